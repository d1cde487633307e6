"""How a sheet of labelled images is drawn: as PNG, as one HTML file, or in a terminal."""

from __future__ import annotations

import base64
import io
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

BACKGROUND, INK, MUTED, RULE = "#ffffff", "#1b1f24", "#57606a", "#d0d7de"
IMAGE = 128  # px of an image's width on the sheet, about
_MARGIN, _GUTTER, _GAP = 24, 152, 14
_FONTS = {  # the first that is installed; Pillow's own otherwise
    False: ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf"),
    True: ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arialbd.ttf"),
}
_PLAIN = str.maketrans(
    {"×": "x", "−": "-", "–": "-", "…": "...", "↔": "left-right", "↕": "upside-down", "λ": "lambda"}
)


@dataclass(frozen=True)
class Cell:
    """An image uint8 H×W×C (C is 1 or 3), or None for an empty place, and what is said of it."""

    image: np.ndarray | None
    caption: str


@dataclass(frozen=True)
class Row:
    """A line of images, as many as the sheet has columns."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Band:
    """What belongs to one policy."""

    title: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """Bands of images over the same columns.

    Attributes:
        title: what it is.
        subtitle: of which images.
        columns: a class name a column.
        names: an image's name a column.
        bands: from top to bottom.
    """

    title: str
    subtitle: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    bands: tuple[Band, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """H×W×C of the images, all alike."""
        images = (cell.image for band in self.bands for row in band.rows for cell in row.cells)
        return next(image.shape for image in images if image is not None)


def to_png(sheet: Sheet) -> bytes:
    """Return the sheet as a PNG file, small images enlarged by whole factors without blur."""
    from PIL import Image

    canvas = _Canvas(sheet)
    height = canvas.draw()  # once to measure, once to paint
    canvas.paint_on(Image.new("RGB", (canvas.width, height), BACKGROUND))
    canvas.draw()
    content = io.BytesIO()
    assert canvas.picture is not None
    canvas.picture.save(content, "PNG", optimize=True)
    return content.getvalue()


class _Canvas:
    """Lays a sheet out from top to bottom; without a picture it only measures."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.picture: Any = None
        self._pen: Any = None
        self._size = _shown_size(sheet.shape)
        self._column = max(self._size[0], 96)
        across = len(sheet.columns) * (self._column + _GAP) - _GAP
        self.width = max(2 * _MARGIN + _GUTTER + across, 520)

    def paint_on(self, picture: Any) -> None:
        from PIL import ImageDraw

        self.picture, self._pen = picture, ImageDraw.Draw(picture)

    def draw(self) -> int:
        """Draw everything; return the height."""
        sheet, inner = self.sheet, self.width - 2 * _MARGIN
        top = self._text(_MARGIN, _MARGIN, sheet.title, 20, INK, inner)
        top = self._text(_MARGIN, top + 2, sheet.subtitle, 12, MUTED, inner) + 14
        for number, band in enumerate(sheet.bands):
            if self._pen:
                self._pen.line((_MARGIN, top, self.width - _MARGIN, top), fill=RULE)
            top = self._text(_MARGIN, top + 10, band.title, 15, INK, inner)
            if band.note:
                top = self._text(_MARGIN, top + 2, band.note, 12, MUTED, inner, lines=4)
            top += 8
            for row in band.rows:
                top = self._row(row, top, sheet.columns if not number else ())
            top += 6
        return top + _MARGIN - 10

    def _row(self, row: Row, top: int, below: tuple[str, ...]) -> int:
        height = self._size[1]
        beside = top + max(0, height // 2 - 24)
        named = self._text(_MARGIN, beside, row.label, 12, MUTED, _GUTTER - 16, lines=6)
        bottoms = [top + height, named]
        for column, cell in enumerate(row.cells):
            left = _MARGIN + _GUTTER + column * (self._column + _GAP)
            if cell.image is not None and self.picture is not None:
                self.picture.paste(_enlarged(cell.image, self._size), (left, top))
            said = below[column] if below else cell.caption
            ink = INK if below else MUTED
            bottoms.append(self._text(left, top + height + 4, said, 11, ink, self._column, lines=5))
        return max(bottoms) + 10

    def _text(
        self, left: int, top: int, text: str, size: int, ink: str, width: int, lines: int = 2
    ) -> int:
        """Write text broken into lines; return where the next thing may begin."""
        font = _font(size, bold=size >= 15)
        broken = _broken(text, font, width, lines)
        for number, line in enumerate(broken):
            if self._pen:
                self._pen.text((left, top + number * (size + 4)), line, font=font, fill=ink)
        return top + len(broken) * (size + 4)


def _shown_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return width and height on the sheet: whole multiples of small sides, large ones shrunk."""
    height, width = shape[:2]
    if max(width, height) <= IMAGE:
        factor: float = max(1, round(IMAGE / max(width, height)))
    else:
        factor = min(1.0, 1.5 * IMAGE / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _enlarged(image: np.ndarray, size: tuple[int, int]) -> Any:
    from PIL import Image

    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).convert("RGB")
    sampling = Image.Resampling.NEAREST if size[0] >= picture.width else Image.Resampling.LANCZOS
    return picture.resize(size, sampling)


@cache
def _font(size: int, bold: bool) -> Any:
    from PIL import ImageFont

    for name in _FONTS[bold]:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _broken(text: str, font: Any, width: int, lines: int) -> list[str]:
    """Return the text in at most ``lines`` lines of at most ``width`` pixels."""
    text = printable(text)
    if font.getname()[0] == "Aileron":  # Pillow's own font knows little beyond Latin letters
        text = text.translate(_PLAIN)
    done: list[str] = []
    line = ""
    for word in text.split():
        while word:
            longer = f"{line} {word}" if line else word
            if font.getlength(longer) <= width:
                line, word = longer, ""
            elif line:
                done.append(line)
                line = ""
            else:
                fits = 1
                while fits < len(word) and font.getlength(word[: fits + 1]) <= width:
                    fits += 1
                done.append(word[:fits])
                word = word[fits:]
    done += [line] if line else []
    if len(done) > lines:
        last = done[lines - 1]
        while last and font.getlength(last + "…") > width:
            last = last[:-1]
        done = [*done[: lines - 1], last + "…"]
    return done


def printable(text: str) -> str:
    """Return the text on one line without control characters, which would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{{ sheet.title }}</title>
<style>
:root { color-scheme: light dark; --muted: light-dark(#57606a, #9aa4af);
  --rule: light-dark(#d0d7de, #3a424b); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 100rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 0 0 .3rem;
  overflow-wrap: anywhere }
p { color: var(--muted); margin: .2rem 0 1rem }
section { border-top: 1px solid var(--rule); padding-top: .8rem; margin-top: 1rem;
  overflow-x: auto }
table { border-collapse: collapse }
th { font-weight: normal; text-align: left; overflow-wrap: anywhere; max-width: {{ width }}px;
  padding: 0 .8rem .3rem 0 }
th[scope=row] { color: var(--muted); min-width: 6.5rem; width: 6.5rem; vertical-align: middle;
  font-size: .85rem }
td { padding: 0 .8rem .6rem 0; vertical-align: top; width: {{ width }}px; max-width: {{ width }}px }
figure { margin: 0 } img { display: block; width: {{ width }}px;
  image-rendering: {{ rendering }} }
figcaption { color: var(--muted); font-size: .78rem; overflow-wrap: anywhere; min-height: 1em }
@media print { section { break-inside: avoid } }
</style>
<main>
<h1>{{ sheet.title }}</h1>
<p>{{ sheet.subtitle }}</p>
{% for band in sheet.bands %}
<section tabindex="0" aria-label="{{ band.title }}">
<h2>{{ band.title }}</h2>
{% if band.note %}<p>{{ band.note }}</p>{% endif %}
{% if band.rows %}
<table>
<tr><td></td>{% for name in sheet.columns %}
<th scope="col" title="{{ sheet.names[loop.index0] }}">{{ name }}</th>{% endfor %}</tr>
{% for row in band.rows %}
<tr><th scope="row">{{ row.label }}</th>
{% for cell in row.cells %}<td>{% if cell.image is not none %}<figure>
<img src="{{ cell.image | data }}" width="{{ width }}" height="{{ height }}"
 alt="{{ band.title }}, {{ row.label }}, {{ sheet.columns[loop.index0] }}: {{ cell.caption }}">
<figcaption>{{ cell.caption }}</figcaption></figure>{% endif %}</td>
{% endfor %}</tr>
{% endfor %}
</table>
{% endif %}
</section>
{% endfor %}
</main>
</html>
"""


def to_html(sheet: Sheet) -> str:
    """Return the sheet as one HTML file without scripts or requests; all names stay text."""
    from jinja2 import Environment

    width, height = _shown_size(sheet.shape)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["data"] = _data
    return environment.from_string(_HTML).render(
        sheet=sheet,
        width=width,
        height=height,
        rendering="pixelated" if width > sheet.shape[1] else "auto",
    )


def _data(image: np.ndarray) -> str:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def to_terminal(sheet: Sheet, width: int) -> str:
    """Return the sheet in half blocks (two pixels a character) for a terminal ``width`` wide.

    Columns that do not fit at 8 characters each are left out, and it says so.
    """
    fitting = max(1, min(len(sheet.columns), (width + 1) // 9))
    column = min(32, (width + 1) // fitting - 1)
    lines = [f"\x1b[1m{printable(sheet.title)}\x1b[0m", printable(sheet.subtitle)]
    if fitting < len(sheet.columns):
        lines.append(f"{fitting} of {len(sheet.columns)} images fit into {width} columns")
    for number, band in enumerate(sheet.bands):
        lines += ["", f"\x1b[1m{printable(band.title)}\x1b[0m"]
        lines += textwrap.wrap(printable(band.note), width)
        for row in band.rows:
            lines += [printable(row.label)] if row.label else []
            cells = row.cells[:fitting]
            lines += _beside([_half_blocks(cell.image, column) for cell in cells], column)
            said = sheet.columns if not number else [cell.caption for cell in cells]
            lines += _beside(
                [
                    [part.ljust(column) for part in textwrap.wrap(printable(text), column)[:3]]
                    for text in said[:fitting]
                ],
                column,
            )
    return "\n".join(line.rstrip(" ") for line in lines) + "\n"


def _beside(blocks: list[list[str]], column: int) -> list[str]:
    height = max(map(len, blocks), default=0)
    padded = [block + [" " * column] * (height - len(block)) for block in blocks]
    return [" ".join(parts) for parts in zip(*padded, strict=True)]


def _half_blocks(image: np.ndarray | None, column: int) -> list[str]:
    """Return lines of ``▀``: the upper pixel is its ink, the lower one its ground."""
    if image is None:
        return []
    rows = max(1, round(image.shape[0] / image.shape[1] * column / 2))
    pixels = np.asarray(_enlarged(image, (column, 2 * rows)))
    return [
        "".join(
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m▀"
            for a, b in zip(pixels[2 * y], pixels[2 * y + 1], strict=True)
        )
        + "\x1b[0m"
        for y in range(rows)
    ]
