"""Have noise and blur the strength that they say? Against closed formulas and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.augment.noise_and_blur import GaussianBlur, GaussianNoise
from augbench.policies.base import Batch, Policy
from scipy import ndimage, stats


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.eye(count, dtype=np.float32), np.arange(count), 5, 0, step)


def photographs(count: int, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(1)
    rough = rng.integers(0, 256, (count, 24, 18, channels)).astype(float)
    return ndimage.gaussian_filter(rough, (0, 1, 1, 0)).astype(np.uint8)


def test_the_deviation_of_noise_is_even_from_none_to_the_largest() -> None:
    images = np.full((300, 40, 40, 1), 127, np.uint8)
    noisy = GaussianNoise(std=0.1).change(batch_of(images)).images.astype(float)
    rounding = 1 / 12
    variance = np.maximum(noisy.var(axis=(1, 2, 3)) - rounding, 0)
    assert stats.kstest(np.sqrt(variance), stats.uniform(0, 25.5).cdf).pvalue > 0.01
    assert abs(noisy.mean() - 127) < 0.1


def test_noise_is_gaussian_and_of_each_value_by_itself() -> None:
    images = np.full((1, 300, 300, 3), 127, np.uint8)
    policy = GaussianNoise(std=0.1)
    noise = policy.change(batch_of(images)).images[0].astype(float) - 127
    assert abs(stats.kurtosis(noise.ravel())) < 0.05
    assert np.abs(np.corrcoef(noise.reshape(-1, 3).T) - np.eye(3)).max() < 0.02
    said = float(policy.describe(batch_of(images))[0].split()[1])
    assert noise.std() == pytest.approx(said, rel=0.02, abs=0.05)


def test_noise_stops_at_black_and_white() -> None:
    images = np.stack([np.zeros((30, 30, 1), np.uint8), np.full((30, 30, 1), 255, np.uint8)])
    noisy = GaussianNoise(std=0.5).extremes(images)[0].images
    assert abs((noisy[0] == 0).mean() - 0.5) < 0.05 and abs((noisy[1] == 255).mean() - 0.5) < 0.05


@pytest.mark.parametrize("channels", [1, 3])
def test_a_blurred_image_is_that_of_scipy(channels: int) -> None:
    images = photographs(12, channels)
    policy = GaussianBlur(sigma=2.0, p=0.7)
    blurred = policy.change(batch_of(images)).images
    sigmas = policy._draw(batch_of(images))
    assert 0 < np.count_nonzero(sigmas) < 12
    for image, made, sigma in zip(images, blurred, sigmas, strict=True):
        if sigma == 0:
            np.testing.assert_array_equal(made, image)
            continue
        radius = int(3.5 * sigma)
        wanted = ndimage.gaussian_filter(
            image.astype(float), (sigma, sigma, 0), mode="mirror", radius=(radius, radius, 0)
        )
        assert np.abs(made - wanted).max() <= 1.01


def test_widths_of_blur_are_even_and_a_share_stays_sharp() -> None:
    drawn = GaussianBlur(sigma=1.5, p=0.25)._draw(batch_of(np.zeros((2000, 1, 1, 1), np.uint8)))
    assert abs((drawn > 0).mean() - 0.25) < 0.03
    assert stats.kstest(drawn[drawn > 0], stats.uniform(0.1, 1.4).cdf).pvalue > 0.01


@pytest.mark.parametrize("policy", [GaussianNoise(), GaussianBlur()])
def test_equal_batches_change_alike_and_others_otherwise(policy: Policy) -> None:
    images = photographs(8)
    kept = images.copy()
    first, again, other = (policy.change(batch_of(images, step)).images for step in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(images, kept)
    assert (first != other).any() and first.dtype == np.uint8
