"""The order of rows: equal for all policies, complete, of equal length for an enlarged set."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.trial.sampler import epoch_rows, steps_per_epoch
from augbench.policies.training_set import ImageStack, TrainingSet


def training_set(real: int, new: int = 0, **options: object) -> TrainingSet:
    images = np.zeros((real, 2, 2, 1), np.uint8)
    train = TrainingSet(ImageStack([(images, None)]), np.arange(real) % 2, ("a", "b"))
    if new:
        added = np.ones((new, 2, 2, 1), np.uint8)
        train = train.followed_by(added, np.arange(new) % 2, "generated", **options)  # type: ignore[arg-type]
    return train


def rows(
    train: TrainingSet, epoch: int, real: int = 100, seed: int = 0, reseed: int = 0
) -> np.ndarray:
    return epoch_rows(train, real, seed, epoch, 10, 32, reseed)


def test_each_epoch_of_a_plain_set_shows_every_image_once_in_another_order() -> None:
    train = training_set(100)
    first, second = rows(train, 0), rows(train, 1)
    assert sorted(first) == sorted(second) == list(range(100))
    assert (first != second).any()


def test_the_order_depends_on_seed_and_reseed_and_on_nothing_else() -> None:
    train = training_set(100)
    assert (rows(train, 3) == rows(train, 3)).all()
    assert (rows(train, 3) != rows(train, 3, seed=1)).any()
    assert (rows(train, 3) != rows(train, 3, reseed=1)).any()


def test_an_enlarged_set_is_shown_whole_over_as_many_epochs_as_it_is_larger() -> None:
    train = training_set(100, 200)
    shown = np.concatenate([rows(train, epoch) for epoch in range(3)])
    assert sorted(shown) == list(range(300))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_share_is_kept_in_every_batch_and_leaves_the_order_of_the_others(share: float) -> None:
    mixed = rows(training_set(100, 900, share=share), 2)
    plain = rows(training_set(100), 2)
    for start in range(0, 100, 32):
        batch = mixed[start : start + 32]
        assert (batch >= 100).sum() == round(share * len(batch))
    assert (mixed[mixed < 100] == plain[mixed < 100]).all()


def test_a_share_goes_through_the_whole_pool_before_it_repeats() -> None:
    train = training_set(100, 60, share=0.3)
    taken = np.concatenate([r[r >= 100] for r in (rows(train, 0), rows(train, 1))])
    assert len(np.unique(taken[:60])) == 60


def test_pretraining_shows_new_rows_first_then_real_ones_only() -> None:
    train = training_set(100, 300, share=0.3, mode="pretrain")
    assert all((rows(train, epoch) >= 100).all() for epoch in range(3))
    assert all((rows(train, epoch) < 100).all() for epoch in range(3, 10))


def test_the_last_short_batch_is_a_step_too() -> None:
    assert steps_per_epoch(100, 32) == 4
    assert steps_per_epoch(96, 32) == 3
