"""A picture that was saved again is known again; other pictures of the same things are not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.data import load
from augbench.bench.data import near_duplicates as module
from augbench.bench.data.near_duplicates import near_duplicates
from PIL import Image, ImageFilter

from tests.bench.making_images import class_folders, encoded, write

TRAIN, TEST = 0, 2


def as_jpeg(image: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, "JPEG", quality=50)))


def half(image: Image.Image) -> Image.Image:
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)
    return small.resize(image.size, Image.Resampling.BILINEAR)


def darker(image: Image.Image) -> Image.Image:
    return image.point(lambda level: level * 0.8 + 10)


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1))


CHANGES: list[Callable[[Image.Image], Image.Image]] = [as_jpeg, half, darker, blurred]


@pytest.fixture(scope="module")
def photos(clothing: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """120 photos, 64×64."""
    cache = tmp_path_factory.mktemp("cache")
    return np.array(load(str(clothing), image_size=64, cache=cache).images[:120])


@pytest.mark.parametrize("change", CHANGES)
def test_photos_that_were_saved_again_are_found_with_their_originals(
    photos: np.ndarray, change: Callable[[Image.Image], Image.Image]
) -> None:
    chosen = np.arange(0, 120, 3)
    again = np.stack([np.asarray(change(Image.fromarray(photos[row]))) for row in chosen])
    images = np.concatenate([photos, again])
    split = np.repeat([TRAIN, TEST], [120, 40]).astype(np.uint8)
    found = near_duplicates(images, split, np.arange(160))
    right = [(a, b) for a, b in found if chosen[b - 120] == a]
    assert len(right) >= 0.9 * 40
    assert len(found) - len(right) <= 1


def test_photos_of_the_same_things_are_not_taken_for_one(photos: np.ndarray) -> None:
    split = np.repeat([TRAIN, TEST], 60).astype(np.uint8)
    assert len(near_duplicates(photos, split, np.arange(120))) <= 1


def test_equal_pictures_and_pictures_of_one_part_are_no_pairs(photos: np.ndarray) -> None:
    images = np.concatenate([photos[:50], photos[:1]])
    split = np.zeros(51, np.uint8)
    assert near_duplicates(images, split, np.arange(51)) == []
    split[50] = TEST
    assert near_duplicates(images, split, np.arange(51)) == [(0, 50)]
    assert near_duplicates(images, split, np.append(np.arange(50), 0)) == []


def test_plain_images_are_like_nothing() -> None:
    images = np.repeat(np.arange(40, dtype=np.uint8) * 5, 12 * 12).reshape(40, 12, 12, 1)
    split = np.repeat([TRAIN, TEST], 20).astype(np.uint8)
    assert near_duplicates(images, split, np.arange(40)) == []


def test_of_too_many_pairs_an_even_sample_is_looked_at(
    photos: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.concatenate([photos[:100], photos[:100] // 2 + 20])
    split = np.repeat([TRAIN, TEST], 100).astype(np.uint8)
    whole = near_duplicates(images, split, np.arange(200))
    monkeypatch.setattr(module, "MOST_PAIRS", 2500)
    assert 90 <= len(whole) <= 100
    assert near_duplicates(images, split, np.arange(200)) == [
        (a, b) for a, b in whole if (b - 100) % 4 == 0
    ]


def test_a_data_set_names_those_of_its_given_parts(tmp_path: Path, photos: np.ndarray) -> None:
    for number, image in enumerate(photos[:32]):
        write(tmp_path / "train" / "ab"[number % 2] / f"{number}.png", image)
    write(tmp_path / "test" / "a" / "again.jpg", encoded(photos[4], "JPEG", quality=80))
    write(tmp_path / "test" / "b" / "other.png", photos[100])
    for _ in range(2):  # decoded, and from the cache
        dataset = load(str(tmp_path))
        assert dataset.near_duplicates == (("train/a/4.png", "test/a/again.jpg", "train/test"),)
        assert any("1 image much like one of another part" in text for text in dataset.warnings)
    class_folders(tmp_path / "plain", {"a": 6, "b": 6})
    assert load(str(tmp_path / "plain")).near_duplicates == ()


def test_a_pattern_in_another_colour_is_another_picture(photos: np.ndarray) -> None:
    images = np.concatenate([photos[:60], photos[:30, :, :, ::-1] // 2 + photos[:30] // 4])
    images[60:, ..., 2] = 255 - images[60:, ..., 2]
    split = np.repeat([TRAIN, TEST], [60, 30]).astype(np.uint8)
    assert len(near_duplicates(images, split, np.arange(90))) <= 3
