"""A sheet in a terminal: half blocks, two pixels a character."""

from __future__ import annotations

import textwrap

import numpy as np
from augbench.bench.sheets.pixels import printable, resized
from augbench.bench.sheets.sheet import Sheet


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
            panels = row.panels[:fitting]
            lines += _beside([_half_blocks(panel.image, column) for panel in panels], column)
            captions = sheet.columns if not number else [panel.caption for panel in panels]
            lines += _beside(
                [
                    [part.ljust(column) for part in textwrap.wrap(printable(text), column)[:3]]
                    for text in captions[:fitting]
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
    pixels = np.asarray(resized(image, (column, 2 * rows)))
    return [
        "".join(
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m▀"
            for a, b in zip(pixels[2 * y], pixels[2 * y + 1], strict=True)
        )
        + "\x1b[0m"
        for y in range(rows)
    ]
