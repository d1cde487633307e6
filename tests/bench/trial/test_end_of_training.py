"""The test images are predicted after the last third of the epochs, within a limit of cost."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.trial.end_of_training import COST, EndOfTraining, end_epochs


@pytest.mark.parametrize(
    ("epochs", "points"), [(1, 1), (2, 1), (3, 1), (4, 2), (10, 3), (12, 4), (20, 6), (100, 30)]
)
def test_the_end_is_three_tenths_of_the_epochs_rounded_up(epochs: int, points: int) -> None:
    assert end_epochs(epochs) == points


def test_points_are_the_last_epochs() -> None:
    plan = EndOfTraining.of(10, 1000, np.arange(50) % 5)
    assert [plan.point_after(epoch) for epoch in range(10)] == [None] * 7 + [0, 1, 2]


def test_a_small_test_part_is_measured_whole_at_every_point() -> None:
    assert EndOfTraining.of(10, 1000, np.arange(400) % 5).measured.all()


@pytest.mark.parametrize(
    ("epochs", "trained", "images"), [(10, 5000, 10_000), (12, 5000, 10_000), (20, 10_000, 10_000)]
)
def test_a_larger_one_costs_no_more_than_its_share_of_the_training(
    epochs: int, trained: int, images: int
) -> None:
    measured = EndOfTraining.of(epochs, trained, np.arange(images) % 10).measured
    assert not measured.all()
    # A step trains an image in the time in which three are predicted; the last point is free.
    assert measured[:-1].sum() / 3 <= COST * epochs * trained


@pytest.mark.parametrize("trained", [1, 3000, 8000])
def test_images_and_points_count_alike_and_every_point_sees_all_classes(trained: int) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 10_000)
    measured = EndOfTraining.of(10, trained, labels).measured
    an_image = measured.sum(axis=0)
    assert (an_image == an_image[0]).all() and an_image[0] >= 1
    for number in range(10):
        a_point = measured[:, labels == number].sum(axis=1)
        assert np.ptp(a_point) <= 2
