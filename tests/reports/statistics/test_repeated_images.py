"""What images add that are tested again is what a simulation of folds shows that s² / J lacks."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.reports.statistics.repeated_images import repeated_part

K, SIZE = 5, 40
IMAGE_SD, BLOCK_SD, NOISE_SD = 0.4, 0.03, 0.5


def drawn(rng: np.random.Generator, J: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Blocks on folds in turn; the truth over all images is 0, each image has an effect."""
    effects = rng.normal(0, IMAGE_SD, (K, SIZE))
    images = [np.arange(SIZE) + SIZE * (j % K) for j in range(J)]
    blocks = [
        effects[j % K] + rng.normal(0, BLOCK_SD) + rng.normal(0, NOISE_SD, SIZE) for j in range(J)
    ]
    return images, blocks


def missing(J: int) -> float:
    """The variance of the mean by the model above, less the mean of s² / J."""
    times = np.bincount(np.arange(J) % K, minlength=K)
    of_images = IMAGE_SD**2 / SIZE * (times**2).sum() / J**2
    of_block = IMAGE_SD**2 / SIZE + BLOCK_SD**2 + NOISE_SD**2 / SIZE
    of_mean = of_images + (BLOCK_SD**2 + NOISE_SD**2 / SIZE) / J
    return of_mean - (of_block - of_mean) / (J - 1)  # E s² = (of_block - of_mean) J / (J - 1)


@pytest.mark.parametrize("J", [7, 10, 15, 23])
def test_it_is_what_the_variance_between_independent_blocks_lacks(J: int) -> None:
    rng = np.random.default_rng(J)
    found = np.array([repeated_part(*drawn(rng, J)) for _ in range(4000)])
    assert found.mean() == pytest.approx(missing(J), abs=3.5 * found.std() / np.sqrt(len(found)))


def test_variance_between_blocks_and_it_make_the_variance_of_the_mean() -> None:
    rng = np.random.default_rng(1)
    means, said, alone = [], [], []
    for _ in range(4000):
        images, blocks = drawn(rng, 10)
        values = np.array([block.mean() for block in blocks])
        means.append(values.mean())
        alone.append(values.var(ddof=1) / 10)
        said.append(alone[-1] + repeated_part(images, blocks))
    assert np.mean(said) == pytest.approx(np.var(means), rel=0.06)
    assert np.mean(alone) < 0.8 * np.var(means)


def test_up_to_as_many_blocks_as_folds_nothing_is_missing() -> None:
    assert repeated_part(*drawn(np.random.default_rng(0), K)) == 0.0
    assert repeated_part([], []) == 0.0


def test_a_fold_of_one_image_says_nothing() -> None:
    one = np.array([3])
    assert repeated_part([one, one], [np.array([1.0]), np.array([0.0])]) == 0.0


def test_images_without_effects_of_their_own_add_nothing_on_average() -> None:
    rng = np.random.default_rng(2)
    images = [np.arange(200)] * 2
    found = [repeated_part(images, list(rng.normal(0, 1, (2, 200)))) for _ in range(300)]
    assert 0.0 <= np.mean(found) < 0.3 * 1 / 200 / 2  # cut off at 0
