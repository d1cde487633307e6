"""Are hues turned and colours multiplied as `colorsys` and ITU-R 601 have it?"""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from augbench.policies.augment.colour import ColorJitter
from augbench.policies.base import Batch
from scipy import stats

from augbench.errors import InputError

COLOURS = np.random.default_rng(2).integers(0, 256, (6, 5, 4, 3), np.uint8)


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.eye(count, dtype=np.float32), np.arange(count), 5, 0, step)


def by_hand(pixel: np.ndarray, turn: float, factor: float) -> np.ndarray:
    values = pixel / 255
    luma = values @ [0.299, 0.587, 0.114]
    hue, saturation, value = colorsys.rgb_to_hsv(*np.clip(luma + factor * (values - luma), 0, 1))
    return 255 * np.array(colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value))


@pytest.mark.parametrize("options", [(0.5, 0.0), (0.0, 1.0), (0.1, 0.5)])
def test_each_pixel_is_that_of_the_formula(options: tuple[float, float]) -> None:
    policy = ColorJitter(*options)
    changed = policy.change(batch_of(COLOURS))
    turns, factors = policy._draw(batch_of(COLOURS))
    for image, made, turn, factor in zip(COLOURS, changed.images, turns, factors, strict=True):
        wanted = [by_hand(pixel, turn, factor) for pixel in image.reshape(-1, 3)]
        assert np.abs(made.reshape(-1, 3) - np.array(wanted)).max() <= 0.51


def test_turns_and_factors_are_even_to_both_sides() -> None:
    many = batch_of(np.zeros((2000, 1, 1, 3), np.uint8))
    turns, factors = ColorJitter(hue=0.2, saturation=0.4)._draw(many)
    assert stats.kstest(turns, stats.uniform(-0.2, 0.4).cdf).pvalue > 0.01
    assert stats.kstest(factors, stats.uniform(0.6, 0.8).cdf).pvalue > 0.01
    assert abs(np.corrcoef(turns, factors)[0, 1]) < 0.06


def test_what_has_no_colour_stays_as_it_is() -> None:
    grey = np.repeat(COLOURS[..., :1], 3, axis=3)
    changed = ColorJitter(0.5, 1.0).change(batch_of(grey)).images
    np.testing.assert_array_equal(changed, grey)
    with pytest.raises(InputError, match="1 channels have no colour"):
        ColorJitter().check((8, 8, 1), 3)


def test_extremes_are_the_ends_of_both_ranges() -> None:
    red = np.zeros((1, 1, 1, 3), np.uint8)
    red[..., 0] = 255
    back, on, grey, strong = ColorJitter(hue=1 / 3, saturation=1.0).extremes(red)
    assert on.images.ravel().tolist() == [0, 255, 0]
    assert back.images.ravel().tolist() == [0, 0, 255]
    assert grey.images.ravel().tolist() == [76, 76, 76]  # Pillow's luma of red
    assert strong.images.ravel().tolist() == [255, 0, 0]


def test_equal_batches_change_alike_and_say_by_how_much() -> None:
    first, again, other = (ColorJitter().change(batch_of(COLOURS, step)) for step in (0, 0, 1))
    np.testing.assert_array_equal(first.images, again.images)
    assert (first.images != other.images).any()
    assert all("°, saturation ×" in line for line in ColorJitter().describe(batch_of(COLOURS)))
