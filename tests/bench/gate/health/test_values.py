"""Are wrapped, clipped, black and overwritten images found, and honest effects left alone?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augbench.policies.base import Batch, Policy

from tests.bench.gate.health.asking import health, kinds, told


def each(low: float, high: float, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(low, high, (len(images), 1, 1, 1))


def as_levels(images: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


def lighter(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    return as_levels(images + each(-30, 30, images, rng)), labels


def lighter_and_wrapped(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    return (images + each(-30, 30, images, rng)).astype(np.int64).astype(np.uint8), labels


def contrast_and_wrapped(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    return (images * each(1.0, 1.6, images, rng)).astype(np.int64).astype(np.uint8), labels


def noise_and_wrapped(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    noise = rng.normal(0, 15, images.shape).astype(np.int64)
    return (images + noise).astype(np.uint8), labels


def noise(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    return as_levels(images + rng.normal(0, 15, images.shape)), labels


def solarized(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    threshold = rng.integers(100, 240, (len(images), 1, 1, 1))
    return np.where(images >= threshold, 255 - images, images).astype(np.uint8), labels


def inverted(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    which = rng.random((len(images), 1, 1, 1)) < 0.5
    return np.where(which, 255 - images, images).astype(np.uint8), labels


def erased(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    out = images.copy()
    for image in out:
        top, left = rng.integers(0, 14, 2)
        image[top : top + 10, left : left + 12] = rng.integers(0, 2) * 255
    return out, labels


@pytest.mark.parametrize("wrapped", [lighter_and_wrapped, contrast_and_wrapped, noise_and_wrapped])
def test_levels_that_overflow_are_a_fault(wrapped: Any) -> None:
    check = health(wrapped)
    assert (check.verdict, kinds(check)) == ("fault", ["values-wrapped"])
    assert "grey levels wrap around" in told(check)


def spread(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    least, most = (edge(images, axis=(1, 2, 3), keepdims=True) for edge in (np.min, np.max))
    stretched = (images - least) * (255 / np.maximum(most - least, 1)) + 255 * (most == least)
    mirrored = rng.random((len(images), 1, 1, 1)) < 0.5
    return as_levels(np.where(mirrored, stretched[:, :, ::-1], stretched)), labels


@pytest.mark.parametrize("honest", [lighter, noise, solarized, inverted, erased, spread])
def test_levels_that_are_cut_or_turned_round_or_covered_are_none(honest: Any) -> None:
    assert health(honest).verdict == "healthy", told(health(honest))


def test_many_levels_cut_off_are_a_caution() -> None:
    def harsh(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        return as_levels(images + each(90, 140, images, rng)), labels

    check = health(harsh)
    assert (check.verdict, kinds(check)) == ("caution", ["values-clipped"])
    assert "of grey levels end at 0 (0 %) or 255" in told(check)


def test_floats_below_1_that_are_taken_for_levels_are_black() -> None:
    def scaled(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        return (images / 255 * each(0.6, 1.0, images, rng)).astype(np.uint8), labels

    check = health(scaled)
    assert (check.verdict, kinds(check)[0]) == ("fault", "images-black")
    assert "100 % of images come out black" in told(check)


def test_levels_that_are_taken_for_floats_below_1_are_white() -> None:
    def cut(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        factor = each(0.9, 1.1, images, rng)
        return as_levels(np.clip(images.astype(np.float32) * factor, 0, 1) * 255), labels

    check = health(cut)
    assert (check.verdict, kinds(check)[0]) == ("fault", "images-white")
    assert "of images come out white" in told(check)


class Overwriting(Policy):
    """Darkens a quarter of the image, or softens the label, where it lies."""

    def __init__(self, images: bool, labels: bool) -> None:
        self.images, self.labels = images, labels

    def change(self, batch: Batch) -> Batch:
        images = batch.images if self.images else batch.images.copy()
        labels = batch.labels if self.labels else batch.labels.copy()
        left = batch.replace().rng.integers(0, 16, len(images))
        for image, at in zip(images, left, strict=True):
            image[:8, at : at + 8] //= 2
        labels *= 0.9
        labels += 0.1 / labels.shape[1]
        return batch.replace(images=images, labels=labels)


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (True, False, "into the images that"),
        (False, True, "into the labels that"),
        (True, True, "into the images and labels that"),
    ],
)
def test_a_batch_that_is_written_over_is_a_fault(images: bool, labels: bool, says: str) -> None:
    check = health(Overwriting(images, labels))
    assert (check.verdict, kinds(check)) == ("fault", ["input-changed"])
    assert says in told(check)


def test_the_same_on_a_copy_is_healthy() -> None:
    check = health(Overwriting(images=False, labels=False))
    assert check.verdict == "healthy", told(check)
