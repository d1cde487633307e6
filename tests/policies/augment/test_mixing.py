"""Do MixUp and CutMix follow their papers' formulas, labels included?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.augment.mixing import CutMix, MixUp
from augbench.policies.base import Batch
from scipy import stats

from augbench.errors import InputError


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.eye(count, dtype=np.float32), np.arange(count), 5, 0, step)


def noise(count: int, height: int = 12, width: int = 9, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, height, width, channels), np.uint8)


def test_a_mixed_image_is_the_blend_that_its_label_says() -> None:
    images = noise(16)
    mixed = MixUp(alpha=1.0).change(batch_of(images))
    assert mixed.images.dtype == np.uint8 and mixed.labels.dtype == np.float32
    expected = np.einsum("bk,khwc->bhwc", mixed.labels.astype(float), images.astype(float))
    assert np.abs(mixed.images - expected).max() <= 0.5 + 1e-3


def test_each_image_has_a_weight_of_its_own_from_the_beta_distribution() -> None:
    weights = []
    for step in range(40):
        labels = MixUp(alpha=0.4).change(batch_of(np.zeros((32, 1, 1, 1), np.uint8), step)).labels
        own = np.diag(labels)
        weights.append(own[own < 1])  # an image that is its own partner says nothing
    drawn = np.concatenate(weights)
    assert len(np.unique(drawn)) > 1000
    assert stats.kstest(drawn, stats.beta(0.4, 0.4).cdf).pvalue > 0.01


@pytest.mark.parametrize("policy", [MixUp(), CutMix(), CutMix(p=0.5)])
def test_label_rows_sum_to_one_and_the_batch_given_stays_as_it_was(policy: MixUp | CutMix) -> None:
    images = noise(32)
    batch = batch_of(images.copy())
    changed = policy.change(batch)
    np.testing.assert_allclose(changed.labels.sum(axis=1), 1, atol=1e-6)
    assert changed.labels.min() >= 0
    np.testing.assert_array_equal(batch.images, images)
    np.testing.assert_array_equal(policy.change(batch).images, changed.images)


def test_the_label_of_cutmix_counts_the_pixels_of_each_image() -> None:
    images = np.repeat(np.arange(24, dtype=np.uint8), 11 * 7).reshape(24, 11, 7, 1)
    changed = CutMix().change(batch_of(images))
    counted = np.stack([np.bincount(image.ravel(), minlength=24) / 77 for image in changed.images])
    np.testing.assert_allclose(changed.labels, counted, atol=1e-6)


def test_the_box_of_cutmix_is_a_box_at_the_same_place() -> None:
    images = noise(16)
    changed = CutMix().change(batch_of(images))
    for number, image in enumerate(changed.images):
        foreign = (image != images[number]).any(axis=2)
        if foreign.any():
            rows, columns = np.flatnonzero(foreign.any(1)), np.flatnonzero(foreign.any(0))
            box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            assert any(np.array_equal(image[box], other[box]) for other in images)


def test_the_mean_area_of_uncut_boxes_is_that_of_the_beta_distribution() -> None:
    policy = CutMix(alpha=1.0)
    kept = np.concatenate(
        [policy._draw(batch_of(np.zeros((50, 64, 64, 1), np.uint8), step))[2] for step in range(40)]
    )
    # oracle: simulate the paper's algorithm with continuous boxes cut at the border
    rng = np.random.default_rng(0)
    cut = np.sqrt(1 - rng.beta(1, 1, 200_000))
    sides = [
        np.clip(centre + cut / 2, 0, 1) - np.clip(centre - cut / 2, 0, 1)
        for centre in rng.random((2, 200_000))
    ]
    assert abs(kept.mean() - (1 - sides[0] * sides[1]).mean()) < 0.02


def test_p_is_the_share_of_images_that_get_a_box() -> None:
    untouched = np.mean(
        [
            np.mean(CutMix(p=0.25)._draw(batch_of(np.zeros((64, 40, 40, 1), np.uint8), s))[2] == 1)
            for s in range(30)
        ]
    )
    assert abs(untouched - 0.75) < 0.04
    none = CutMix(p=0.0).change(batch_of(noise(8)))
    np.testing.assert_array_equal(none.images, noise(8))


def test_steps_draw_differently() -> None:
    first, second = (MixUp().change(batch_of(noise(8), step)).images for step in (0, 1))
    assert (first != second).any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: MixUp(alpha=0),
        lambda: MixUp(alpha="1"),  # type: ignore[arg-type]
        lambda: CutMix(alpha=-1),
        lambda: CutMix(p=1.5),
        lambda: CutMix(p=True),
    ],
)
def test_impossible_options_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]


def test_the_description_says_the_weight() -> None:
    lines = MixUp().describe(batch_of(noise(4)))
    assert len(lines) == 4 and all("% of row" in line for line in lines)
