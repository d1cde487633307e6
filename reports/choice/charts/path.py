"""How does the path of a search look: who raced in which blocks, who was dropped, who won?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from augbench.reports.charts.svg import safe_text, short_label
from augbench.reports.choice.choice import BASELINE, Choice, Screened
from augbench.reports.choice.unit import of_estimate, of_result, unit
from augbench.reports.choice.wording import struck, struck_reason
from augbench.reports.formatting import is_missing

#: rows of a chart at most; the table has them all
MOST_ROWS = 40
MOST_STRUCK = 12
_ROW = 21
_HEAD = 44.0
# How many letters a label may have, and how wide those of 11 px Arial are, in px.
_LONGEST = 34
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]/- "), frozenset("mwMWGOQ%@\u2026")
_SCREEN = 44.0
_CONFIRM = 150.0
_NARROWEST, _WIDEST = 15.0, 34.0
_SPACE = 380.0
#: verdict -> the mark of a gain, drawn about (0, 0)
_MARKS = {
    "better": "M0,-5.5 L5.5,4.5 L-5.5,4.5 Z",
    "worse": "M0,5.5 L5.5,-4.5 L-5.5,-4.5 Z",
    "inconclusive": "M-4,0 A4,4 0 1 0 4,0 A4,4 0 1 0 -4,0 Z",
    "equivalent": "M-4,-4 L4,-4 L4,4 L-4,4 Z",
    "baseline": "M0,-5 L5,0 L0,5 L-5,0 Z",
}
_CROSS = "M-4.5,-4.5 L4.5,4.5 M-4.5,4.5 L4.5,-4.5"
_PLUS = "M-3,0 L3,0 M0,-3 L0,3"


def path(choice: Choice) -> str:
    """The path of a search: a row a candidate, a mark in each block in which it took part.

    Rows stand in the order of what is believed of them, no augmentation at 0 among them; struck
    out ones follow. The row of the answer is highlighted; what was confirmed goes on to the fresh
    seeds.

    Returns:
        One <svg> element, "" where nothing raced.
    """
    raced, broken = _raced(choice), struck(choice)[:MOST_STRUCK]
    if not raced:
        return ""
    labels = [*raced, *(screened.label for screened in broken)]
    layout = _Layout.of(choice, labels)
    height = _HEAD + _ROW * len(labels) + (8 if broken else 0) + 4
    box = f"0 0 {layout.width:g} {height:g}"
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=box)
    root.set("role", "img")
    root.set("style", f"--natural: {layout.width:.0f}px")
    root.set(
        "aria-label",
        f"The path of the search: {len(raced)} policies in {layout.count} blocks, "
        f"{len(broken)} struck out before; see the table of everything tried.",
    )
    _draw_heads(root, layout)
    y = _HEAD
    for label in raced:
        _draw_raced(root, choice, layout, label, y + _ROW / 2)
        y += _ROW
    if broken:
        _line(root, 0, y + 4, layout.width, y + 4, "var(--grid)", 1)
        y += 8
    for screened in broken:
        _draw_struck(root, layout, screened, y + _ROW / 2)
        y += _ROW
    return ElementTree.tostring(root, encoding="unicode")


def _raced(choice: Choice) -> list[str]:
    """All that raced, by what is believed of them, then what was measured on fresh seeds alone."""
    believed = {
        estimate.policy: estimate.mean
        for estimate in choice.estimates
        if estimate.policy != BASELINE
    }
    there = [label for label in choice.taking_part if label != BASELINE]
    if choice.taking_part:
        believed[BASELINE] = 0.0
        there.append(BASELINE)
    there.sort(key=lambda label: -believed.get(label, float("-inf")))
    pinned = {BASELINE, choice.winner, *(choice.confirm.policies if choice.confirm else ())}
    room = MOST_ROWS - sum(label in pinned for label in there)
    others = [label for label in there if label not in pinned][: max(0, room)]
    shown = [label for label in there if label in pinned or label in set(others)]
    alone = [label for label in pinned if label not in there and label != BASELINE]
    return [*shown, *sorted(alone)]


@dataclass(frozen=True)
class _Layout:
    """Where the columns are: labels, the screen, the blocks, the fresh seeds."""

    label: float
    step: float
    count: int
    screened: bool
    confirm: bool

    @classmethod
    def of(cls, choice: Choice, labels: Sequence[str]) -> _Layout:
        widest = max(_width(_name(label)) for label in labels)
        count = len(choice.blocks)
        step = min(_WIDEST, max(_NARROWEST, _SPACE / max(1, count)))
        confirm = choice.confirm is not None
        return cls(widest + 14, step, count, bool(choice.screen), confirm)

    @property
    def blocks(self) -> float:
        """Where the first block begins."""
        return self.label + (_SCREEN if self.screened else 8)

    @property
    def end(self) -> float:
        """Where the last block ends; what was struck out has room for its reason."""
        return self.blocks + max(150.0, self.step * self.count)

    @property
    def width(self) -> float:
        return self.end + (_CONFIRM if self.confirm else 12)

    def x(self, place: int) -> float:
        """The middle of a block."""
        return self.blocks + self.step * (place + 0.5)


def _name(label: str) -> str:
    return "no augmentation" if label == BASELINE else short_label(label, _LONGEST)


def _width(text: str) -> float:
    """How wide a text is at most, bold as that of the answer may be."""
    return sum(
        4.0 if letter in _NARROW else 9.5 if letter in _WIDE or ord(letter) > 0x2E80 else 6.7
        for letter in text
    )


def _draw_heads(root: Element, layout: _Layout) -> None:
    if layout.screened:
        _text(root, layout.label + _SCREEN / 2 - 4, _HEAD - 8, "screen", "middle")
    if layout.count:
        _text(root, layout.blocks + 2, 14, "race, block by block", "start")
        every = 1 if layout.step >= 18 or layout.count < 10 else 5
        for place in range(layout.count):
            if place == 0 or (place + 1) % every == 0:
                _text(root, layout.x(place), _HEAD - 8, str(place + 1), "middle")
    if layout.confirm:
        _text(root, layout.end + 14, 14, "fresh seeds,", "start")
        _text(root, layout.end + 14, _HEAD - 16, "test images", "start")
    _line(root, 0, _HEAD - 2, layout.width, _HEAD - 2, "var(--rule)", 1)


def _draw_raced(root: Element, choice: Choice, layout: _Layout, label: str, y: float) -> None:
    wins = label == choice.answer.policy
    measured = choice.result is not None and label == choice.result.policy
    group = SubElement(root, "g", {"class": "winner"} if wins else {})
    if wins:
        _rect(group, 0, y - _ROW / 2, layout.width, _ROW)
    _draw_label(group, choice, layout, label, y, bold=wins)
    if layout.screened and label in choice.screened:
        _draw_screened(group, choice.screened[label], layout, y)
    places = choice.taking_part.get(label, [])
    if places:
        first, last = layout.x(places[0]), layout.x(places[-1])
        _line(
            group, first, y, last, y, "var(--accent)" if wins else "var(--rule)", 2 if wins else 1
        )
        if places[0] > 0 and layout.step >= 15:
            _path(group, _PLUS, first - min(11, layout.step / 2 + 3), y, stroke="var(--ink-2)")
        if places[-1] < layout.count - 1:
            end = last + min(10, layout.step / 2 + 1)
            _line(group, last, y, end, y, "var(--rule)", 1)
            _line(group, end, y - 5, end, y + 5, "var(--rule)", 1.5)
    for place in places:
        _draw_gain(group, choice, layout, label, place, y)
    if choice.confirm is not None and label in choice.confirm.policies:
        if places and measured:
            start, end = layout.x(places[-1]) + 7, layout.end + 8
            dashed = _line(group, start, y, end, y, "var(--accent)" if wins else "var(--rule)", 2)
            dashed.set("stroke-dasharray", "3 3")
        _draw_confirmed(group, choice, layout, label, y)


def _draw_label(
    group: Element, choice: Choice, layout: _Layout, label: str, y: float, *, bold: bool
) -> None:
    element = _text(group, layout.label - 8, y + 4, _name(label), "end", "var(--ink)")
    if bold:
        element.set("font-weight", "bold")
    estimate = choice.estimate.get(label)
    believed = f": {of_estimate(choice, estimate)} in the race" if estimate else ""
    SubElement(element, "title").text = f"{safe_text(label)}{believed}"


def _draw_screened(group: Element, screened: Screened, layout: _Layout, y: float) -> None:
    """How well networks that saw only clean images do on it: its affinity, in per cent."""
    if is_missing(screened.affinity):
        return
    words = f"{100 * screened.affinity:.0f}%"
    element = _text(group, layout.label + _SCREEN / 2 - 4, y + 4, words, "middle")
    SubElement(element, "title").text = f"{safe_text(screened.label)}: affinity {words}"


def _draw_gain(
    group: Element, choice: Choice, layout: _Layout, label: str, place: int, y: float
) -> None:
    x, gain, block = layout.x(place), choice.gain(label, place), f"block {place + 1}"
    trial = choice.trial(label, place)
    if label == BASELINE:
        known = trial is not None and not is_missing(trial.figure)
        words = unit(choice).plain(trial.figure) if known and trial else "failed"
        mark = _path(group, _MARKS["baseline"], x, y, fill="var(--baseline)")
        words = f"no augmentation, {block}: {words}"
    elif is_missing(gain):
        failed = trial is not None and trial.error
        mark = _path(group, _CROSS, x, y, stroke="var(--inconclusive)")
        words = f"{safe_text(label)}, {block}: {'failed' if failed else 'no figure'}"
    else:
        kind = sign(gain, choice.margin)
        mark = _path(group, _MARKS[kind], x, y, fill=f"var(--{kind})")
        measure = unit(choice)
        words = f"{safe_text(label)}, {block}: {measure.signed(gain)} {measure.name}"
    SubElement(mark, "title").text = words


def sign(gain: float, margin: float) -> str:
    """Better or worse where a gain is of the margin or more, else inconclusive."""
    return "better" if gain >= margin else "worse" if gain <= -margin else "inconclusive"


def _draw_confirmed(group: Element, choice: Choice, layout: _Layout, label: str, y: float) -> None:
    """The mean on fresh seeds; of what was compared there, its verdict and interval too."""
    confirm, result, x = choice.confirm, choice.result, layout.end + 16
    if confirm is None:
        return
    measure = unit(choice)
    if label == BASELINE:
        _path(group, _MARKS["baseline"], x, y, fill="var(--baseline)")
        return
    if result is not None and label == result.policy:
        kind = result.verdict if result.verdict in _MARKS else "inconclusive"
        between = measure.between(result.low, result.high)
        words = measure.signed(result.mean) + (f" ({between})" if between else "")
        title, bold = f"{of_result(choice, result)}, {result.verdict}", True
    else:
        gain = confirm.gain(label)
        if is_missing(gain):
            return
        kind, words, bold = sign(gain, choice.margin), measure.signed(gain), False
        title = f"{words} {measure.name} on the same fresh seeds"
    mark = _path(group, _MARKS[kind], x, y, fill=f"var(--{kind})")
    SubElement(mark, "title").text = f"{safe_text(label)}: {title}"
    element = _text(group, x + 10, y + 4, words, "start", "var(--ink)")
    if bold:
        element.set("font-weight", "bold")


def _draw_struck(root: Element, layout: _Layout, screened: Screened, y: float) -> None:
    group = SubElement(root, "g")
    _text(group, layout.label - 8, y + 4, _name(screened.label), "end", "var(--ink)")
    x = layout.label + (_SCREEN / 2 - 4 if layout.screened else 8)
    mark = _path(group, _CROSS, x, y, stroke="var(--worse)")
    mark.set("stroke-width", "2.5")
    SubElement(
        mark, "title"
    ).text = f"{safe_text(screened.label)}: {safe_text(struck_reason(screened))}"
    room = int((layout.width - layout.blocks) / _width("n"))
    reason = short_label(f"struck out: {struck_reason(screened)}", room)
    _text(group, layout.blocks + 4, y + 4, reason, "start", "var(--worse)")


def _path(
    parent: Element, d: str, x: float, y: float, *, fill: str = "none", stroke: str = ""
) -> Element:
    mark = SubElement(parent, "path", {"d": d, "transform": f"translate({x:.1f},{y:.1f})"})
    mark.set("fill", fill)
    if stroke:
        mark.set("stroke", stroke)
        mark.set("stroke-width", "1.5")
    return mark


def _rect(parent: Element, x: float, y: float, width: float, height: float) -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
    SubElement(parent, "rect", {**place, "rx": "4", "fill": "var(--area-equivalent)"})


def _line(
    parent: Element, x1: float, y1: float, x2: float, y2: float, color: str, width: float
) -> Element:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    return SubElement(parent, "line", {**ends, "stroke": color, "stroke-width": f"{width:g}"})


def _text(
    parent: Element, x: float, y: float, words: str, anchor: str, color: str = "var(--ink-2)"
) -> Element:
    place: dict[str, Any] = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    element = SubElement(parent, "text", {**place, "fill": color, "font-size": "11"})
    element.text = safe_text(words)
    return element
