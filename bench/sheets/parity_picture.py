"""The picture of `augbench parity`: the worst image by each engine, and what differs, amplified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from augbench.bench.sheets.pixels import resized
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from augbench.policies.engines.parity import Parity

PANEL = 240  # px, the longer side of a panel
_GAP, _TITLE = 12, 22
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)


def picture(compared: Parity) -> Image.Image:
    """Return the original and each engine's picture in a row, each pair's difference below.

    Differences are absolute, multiplied so that the largest one is white.
    """
    above = [(name, "", image) for name, image in compared.pictures.items()]
    below = []
    for pair in compared.pairs:
        a, b = compared.pictures[pair.engine_a], compared.pictures[pair.engine_b]
        apart = np.abs(a.astype(np.int16) - b.astype(np.int16))
        largest = int(apart.max())
        times = 255 // largest if largest else 1
        note = f"difference x {times}, largest {largest}" if largest else "no difference"
        below.append(
            (f"{pair.engine_a} and {pair.engine_b}", note, (apart * times).astype(np.uint8))
        )
    width, height = _panel_size(compared.shape)
    columns = max(len(above), len(below))
    step_x, step_y = max(width, 190) + _GAP, height + 2 * _TITLE + _GAP
    canvas = Image.new("RGB", (_GAP + columns * step_x, 2 * step_y + _TITLE + 2 * _GAP), _PAPER)
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(14)
    # the font that comes with Pillow has no arrows and no ×
    caption = compared.draws.replace("↔", "left-right").replace("↕", "up-down")
    pen.text((_GAP, _GAP // 2), caption, _INK, font)
    for line, panels in enumerate((above, below)):
        y = _TITLE + _GAP + line * step_y
        for column, (title, note, image) in enumerate(panels):
            x = _GAP + column * step_x
            pen.text((x, y), title, _INK, font)
            if note:
                pen.text((x, y + _TITLE - 4), note, _FAINT, font)
            top = y + (2 * _TITLE if line else _TITLE)
            canvas.paste(resized(image, (width, height), Image.Resampling.BOX), (x, top))
    return canvas


def _panel_size(shape: tuple[int, int, int]) -> tuple[int, int]:
    """Return width and height of a panel in which every pixel is still a square."""
    height, width, _ = shape
    factor = PANEL / max(height, width)
    if factor > 1:
        factor = int(factor)
    return max(1, round(width * factor)), max(1, round(height * factor))
