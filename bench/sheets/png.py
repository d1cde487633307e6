"""A sheet as a PNG file: measured, then painted, small images enlarged without blur."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from augbench.bench.sheets.pixels import printable, resized, shown_size
from augbench.bench.sheets.sheet import Row, Sheet

BACKGROUND, INK, MUTED, RULE = "#ffffff", "#1b1f24", "#57606a", "#d0d7de"
_MARGIN, _GUTTER, _GAP = 24, 152, 14
_FONTS = {  # the first that is installed; Pillow's own otherwise
    False: ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf"),
    True: ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arialbd.ttf"),
}
_PLAIN = str.maketrans(
    {"×": "x", "−": "-", "–": "-", "…": "...", "↔": "left-right", "↕": "upside-down", "λ": "lambda"}
)


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
        self._size = shown_size(sheet.shape)
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
        for column, panel in enumerate(row.panels):
            left = _MARGIN + _GUTTER + column * (self._column + _GAP)
            if panel.image is not None and self.picture is not None:
                self.picture.paste(resized(panel.image, self._size), (left, top))
            text = below[column] if below else panel.caption
            ink = INK if below else MUTED
            bottoms.append(self._text(left, top + height + 4, text, 11, ink, self._column, lines=5))
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
