"""A sheet in a terminal: right pixels, lines that fit, names that cannot steer it."""

from __future__ import annotations

import re

import numpy as np
from augbench.bench.sheets.terminal import to_terminal

from tests.bench.sheets.making_sheets import sheet_of


def test_half_blocks_hold_two_pixels_each() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 20, 3), np.uint8)
    text = to_terminal(sheet_of([image], "plain"), 20)
    found = re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀", text)
    assert len(found) == 200
    colours = np.array(found, int).reshape(10, 20, 2, 3).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(colours.reshape(20, 20, 3), image)


def test_lines_fit_into_the_terminal_and_names_cannot_steer_it() -> None:
    images = [np.zeros((10, 10, 1), np.uint8)] * 12
    text = to_terminal(sheet_of(images, "\x1b[2Jname" * 9), 50)
    assert "\x1b[2J" not in text and "5 of 12" in text
    bare = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(len(line) for line in bare.splitlines()[3:] if "▀" in line) <= 50
