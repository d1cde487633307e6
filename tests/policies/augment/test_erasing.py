"""Does random erasing cover as much, as slim and as often as its paper says?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.augment.erasing import RandomErasing
from augbench.policies.base import Batch
from scipy import stats

from augbench.errors import InputError


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.eye(count, dtype=np.float32), np.arange(count), 5, 0, step)


def holes(policy: RandomErasing, count: int = 600, side: int = 100) -> list[np.ndarray]:
    """Return where black boxes are on white images, a mask an image."""
    images = np.full((count, side, side, 1), 255, np.uint8)
    changed = policy.change(batch_of(images))
    np.testing.assert_array_equal(changed.labels, np.eye(count))
    return list(changed.images[..., 0] == 0)


@pytest.fixture(scope="module")
def sides() -> np.ndarray:
    """Heights and widths of boxes that always fit, of which each is a full rectangle."""
    found = []
    for mask in holes(RandomErasing(p=1.0, scale=(0.02, 0.2), ratio=(0.5, 2.0), fill=0)):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        assert mask.sum() == height * width
        found.append((height, width))
    return np.array(found)


def test_the_covered_share_is_even_between_the_ends_of_scale(sides: np.ndarray) -> None:
    shares = sides.prod(axis=1) / 100**2
    assert stats.kstest(shares, stats.uniform(0.02, 0.18).cdf).pvalue > 0.01
    assert shares.mean() == pytest.approx((0.02 + 0.2) / 2, abs=0.007)


def test_slimness_is_even_on_a_logarithmic_scale(sides: np.ndarray) -> None:
    slim = np.log2(sides[:, 0] / sides[:, 1])
    assert stats.kstest(slim, stats.uniform(-1, 2).cdf).pvalue > 0.01


def test_boxes_lie_anywhere_in_the_image() -> None:
    masks = np.array(holes(RandomErasing(p=1.0, scale=(0.04, 0.04), ratio=(1, 1), fill=0)))
    top = masks.any(2).argmax(1)  # of boxes of 20 rows
    assert stats.kstest(top / 81, "uniform").pvalue > 1e-3
    assert (top.min(), top.max()) == (0, 80)


def test_p_is_the_share_of_images_that_are_changed() -> None:
    changed = np.mean([mask.any() for mask in holes(RandomErasing(p=0.3, fill=0))])
    assert abs(changed - 0.3) < 3 * np.sqrt(0.3 * 0.7 / 600)
    assert not any(mask.any() for mask in holes(RandomErasing(p=0.0, fill=0), 20))


def test_boxes_that_cannot_fit_leave_the_image_as_it_is() -> None:
    flat = np.full((30, 4, 60, 3), 9, np.uint8)
    changed = RandomErasing(p=1.0, scale=(0.3, 0.3), ratio=(3, 3)).change(batch_of(flat))
    np.testing.assert_array_equal(changed.images, flat)


def test_noise_covers_each_value_by_itself_and_equal_batches_alike() -> None:
    images = np.zeros((50, 40, 40, 3), np.uint8)
    policy = RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1, 1))
    first, again = (policy.change(batch_of(images)).images for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != policy.change(batch_of(images, 1)).images).any()
    levels = first[first.any(axis=3)]
    assert stats.chisquare(np.bincount(levels.ravel(), minlength=256)[1:]).pvalue > 1e-3
    assert np.abs(np.corrcoef(levels.T) - np.eye(3)).max() < 0.03
    assert not images.any()


def test_the_description_is_the_share_and_the_extreme_the_largest_box() -> None:
    images = np.full((8, 50, 50, 1), 255, np.uint8)
    policy = RandomErasing(fill=0)
    hidden = (policy.change(batch_of(images)).images == 0).mean(axis=(1, 2, 3))
    assert policy.describe(batch_of(images)) == [f"{share:.0%} erased" for share in hidden]
    (largest,) = policy.extremes(images)
    assert (largest.images == 0).mean() == pytest.approx(0.33, abs=0.02)


@pytest.mark.parametrize(
    "options", [{"scale": (0.3, 0.1)}, {"ratio": (2, 1)}, {"fill": "white"}, {"fill": 256}]
)
def test_impossible_options_are_refused(options: dict) -> None:
    with pytest.raises(InputError):
        RandomErasing(**options)
