"""How does a Vega-Lite chart become a static SVG that a page can hold safely?

The SVG keeps CSS variables as colours, so the page's light, dark and print styles apply; each mark
that carries a description gets it as a <title>, which browsers show without any JavaScript.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

import altair as alt

_SVG = "http://www.w3.org/2000/svg"
_MARK = re.compile(r"^p(-?\d+)\|(.*)$", re.DOTALL)
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_ARIA = ("aria-label", "aria-hidden", "aria-roledescription", "role")
# Characters that XML cannot hold, and lone halves of surrogate pairs.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Vega cannot measure what it cannot encode, and a label of hundreds of letters helps nobody.
_LONGEST = 80


def safe_text(text: object) -> str:
    """A name as a chart can draw it: on one line, without characters that XML forbids."""
    line = _NOT_XML.sub("\ufffd", " ".join(str(text).split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def short_label(name: object, longest: int = 30) -> str:
    """A name for an axis: long ones lose their middle, since options at the end tell them apart."""
    text = safe_text(name)
    if len(text) <= longest:
        return text
    tail = longest // 2 - 1
    return f"{text[: longest - tail - 1]}…{text[-tail:]}"


def described(policy: int, text: str) -> str:
    """A mark's description: which policy it belongs to, by its place, and what it says."""
    return f"p{policy}|{_NOT_XML.sub(chr(0xFFFD), text)}"


def to_svg(chart: alt.TopLevelMixin, label: str) -> str:
    """Draws a chart as SVG for a page.

    Args:
        chart: an Altair chart; marks whose `description` came from `described` are given
            `data-policy` and a title.
        label: what a screen reader says in place of the picture.

    Returns:
        The text of one <svg> element without XML declaration, scaled by its viewBox.
    """
    # Starting vl-convert costs a second, which only a page with charts should pay.
    import vl_convert

    configured = chart.configure(background="transparent", font="Arial", padding=4)  # type: ignore[attr-defined]
    configured = (
        configured.configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--ink-2)",
            titleColor="var(--ink-2)",
            titleFontWeight="normal",
            labelFontSize=11,
            titleFontSize=11,
            gridColor="var(--grid)",
            domainColor="var(--rule)",
            tickColor="var(--rule)",
            labelLimit=230,
        )
        .configure_axisY(grid=False, ticks=False, domain=False, labelPadding=6)
        .configure_text(color="var(--ink)", fontSize=11)
    )
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(configured.to_dict(validate=False)))
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_empty(child):
                parent.remove(child)
    for element in root.iter():
        _clean(element)
    root.set("role", "img")
    root.set("aria-label", _NOT_XML.sub("\ufffd", label))
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _is_empty(element: ElementTree.Element) -> bool:
    """Vega draws a frame around every group, most of them without size or colour."""
    if element.get("class") not in ("background", "foreground"):
        return False
    return "fill" not in element.attrib and "stroke" not in element.attrib


def _clean(element: ElementTree.Element) -> None:
    mark = _MARK.match(element.get("aria-label", ""))
    for name in _ARIA:
        element.attrib.pop(name, None)
    for name in ("d", "transform", "x", "y", "x2", "y2", "width", "height"):
        if name in element.attrib:
            element.set(name, _LONG_NUMBER.sub(_shorter, element.attrib[name]))
    if mark:
        element.set("data-policy", mark.group(1))
        title = ElementTree.Element(f"{{{_SVG}}}title")
        title.text = mark.group(2)
        element.insert(0, title)


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
