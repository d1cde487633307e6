"""Does a page hold pictures with all their pixels, within its budget?"""

from __future__ import annotations

import io

import numpy as np
import pytest
from augbench.reports.render import pictures
from PIL import Image

from augbench.errors import ReportError


def images(count: int, side: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 1), (9, 7, 3), (9, 7, 4)])
def test_a_small_picture_keeps_every_pixel(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    back = np.asarray(Image.open(io.BytesIO(pictures.png(pixels, 64))))
    assert np.array_equal(back, pixels[..., 0] if shape[-1] == 1 else pixels)


def test_a_large_picture_is_averaged_down_to_the_longest_side() -> None:
    pixels = np.zeros((200, 100, 3), dtype=np.uint8)
    pixels[::2] = 200
    back = np.asarray(Image.open(io.BytesIO(pictures.png(pixels, 50))))
    assert back.shape == (50, 25, 3)
    assert np.all(back == 100)


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4)), np.zeros((4, 4, 5), np.uint8), np.zeros((0, 4), np.uint8)]
)
def test_what_is_no_picture_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ReportError, match="no picture"):
        pictures.png(array, 64)


def test_a_budget_counts_what_it_refuses() -> None:
    budget = pictures.Budget(left=2000)
    made = [budget.picture(pixels, "noise") for pixels in images(5)]
    assert budget.refused == made.count(None) > 0
    assert sum(len(picture.uri) for picture in made if picture) <= 2000
