"""Are copies found that were saved anew or made darker, and nothing else?"""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from augbench.bench.search.data_look.near_duplicates import near_duplicates
from PIL import Image
from sklearn.datasets import load_sample_images

SIDE = 48


def photos(count: int, seed: int = 0) -> np.ndarray:
    """Cut-outs of two photographs, at other places and scales."""
    rng = np.random.default_rng(seed)
    pictures = load_sample_images().images
    found = []
    for number in range(count):
        picture, side = pictures[number % 2], int(rng.integers(60, 200))
        top, left = (int(rng.integers(0, size - side)) for size in picture.shape[:2])
        found.append(cv2.resize(picture[top : top + side, left : left + side], (SIDE, SIDE)))
    return np.stack(found)


def saved(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=70)
    return np.asarray(Image.open(file))


COPIES = {
    "saved as JPEG": saved,
    "darker": lambda image: (image * 0.8 + 10).astype(np.uint8),
}


def dataset_of(images: np.ndarray, equal: dict[int, int] | None = None) -> Any:
    count = len(images)
    duplicate_of = np.arange(count)
    for row, first in (equal or {}).items():
        duplicate_of[row] = first
    return SimpleNamespace(
        images=images,
        shape=images.shape[1:],
        labels=np.arange(count) % 2,
        paths=tuple(f"{row}.png" for row in range(count)),
        duplicate_of=duplicate_of,
    )


def parts_of(train: int, validation: int, test: int) -> dict[str, np.ndarray]:
    rows = np.split(np.arange(train + validation + test), [train, train + validation])
    return dict(zip(("train", "validation", "test"), rows, strict=True))


@pytest.mark.parametrize("how", COPIES)
def test_a_changed_copy_in_another_part_is_a_leak(how: str) -> None:
    images = photos(100)
    images[90] = COPIES[how](images[4])  # a test image of the same class as its source
    images[70] = COPIES[how](images[11])  # a validation image of another class
    train, validation, test = near_duplicates(dataset_of(images), parts_of(60, 20, 20))
    assert (train.found, validation.found, test.found) == (0, 1, 1)
    assert (validation.other_class, test.other_class) == (1, 0)
    assert test.example == ("90.png", "4.png") and test.looked_at == 20
    assert test.compared_with == 60


def test_copies_within_the_training_part_are_told_of_both() -> None:
    images = photos(80)
    images[50] = saved(images[3])
    (train,) = near_duplicates(dataset_of(images), parts_of(80, 0, 0))
    assert train.found == 2 and set(train.example) == {"3.png", "50.png"}


def test_equal_images_are_told_elsewhere_and_empty_ones_are_no_copies() -> None:
    images = photos(60)
    images[50] = images[3]
    images[20:40] = np.arange(20, dtype=np.uint8)[:, None, None, None]
    of_parts = near_duplicates(dataset_of(images, {50: 3}), parts_of(40, 20, 0))
    assert [one.found for one in of_parts] == [0, 0]


def test_small_images_are_not_judged() -> None:
    small = np.zeros((9, 16, 16, 1), np.uint8)
    assert near_duplicates(dataset_of(small), parts_of(5, 2, 2)) == ()


def test_of_many_images_a_sample_is_looked_at() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (11_000, 24, 24, 1), np.uint8)
    train, test = (
        near_duplicates(dataset_of(images), parts_of(10_400, 0, 600))[place] for place in (0, 1)
    )
    assert (train.looked_at, train.compared_with, test.looked_at) == (500, 10_000, 500)
