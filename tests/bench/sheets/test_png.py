"""A sheet as PNG: every image with its own pixels, and all names on the sheet."""

from __future__ import annotations

import io

import numpy as np
import pytest
from augbench.bench.sheets.png import to_png
from PIL import Image

from tests.bench.sheets.making_sheets import sheet_of


@pytest.mark.parametrize("shape", [(16, 16, 1), (40, 64, 3), (128, 97, 3)])
def test_the_png_holds_every_image_by_whole_factors(shape: tuple[int, ...]) -> None:
    import cv2

    rng = np.random.default_rng(0)
    images = list(rng.integers(0, 256, (3, *shape), np.uint8))
    picture = np.asarray(Image.open(io.BytesIO(to_png(sheet_of(images)))))
    factor = max(1, round(128 / max(shape[:2])))
    left = []
    for image in images:
        colour = np.broadcast_to(image, (*shape[:2], 3)).repeat(factor, 0).repeat(factor, 1)
        differences = cv2.matchTemplate(picture, np.ascontiguousarray(colour), cv2.TM_SQDIFF)
        lowest, _, (x, y), _ = cv2.minMaxLoc(differences)
        there = picture[y : y + colour.shape[0], x : x + colour.shape[1]]
        assert np.array_equal(there, colour), lowest
        left.append(x)
    assert left[0] < left[1] < left[2] and len(set(np.diff(left))) == 1


def test_large_images_are_shrunk_and_long_names_stay_on_the_sheet() -> None:
    image = np.zeros((600, 900, 3), np.uint8)
    content = to_png(sheet_of([image, image], "字 " + "long" * 200))
    picture = Image.open(io.BytesIO(content))
    assert picture.width < 800 and picture.height < 900
    border = np.asarray(picture)[:, -20:]
    assert (border == 255).all()
