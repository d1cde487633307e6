"""The test images are predicted near the end of training, within a limit of cost."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.trial.end_of_training import COST, EndOfTraining, end_epochs
from augbench.bench.trial.training import steps_between_looks


@pytest.mark.parametrize(
    ("epochs", "points"), [(1, 1), (2, 1), (3, 1), (4, 2), (10, 3), (12, 4), (20, 6), (100, 30)]
)
def test_the_end_is_three_tenths_of_the_epochs_rounded_up(epochs: int, points: int) -> None:
    assert end_epochs(epochs) == points


@pytest.mark.parametrize(
    ("epochs", "steps", "points"),
    [
        (10, 31, (233, 248, 264, 279, 295, 310)),  # three epochs, their middles too
        (20, 9, (135, 144, 153, 162, 171, 180)),  # six, and more: their ends alone
        (10, 1, (8, 9, 10)),  # an epoch of one step has no middle
        (3, 8, (24,)),
        (1, 8, (8,)),
    ],
)
def test_points_are_the_middles_and_ends_of_few_epochs_and_the_ends_of_many(
    epochs: int, steps: int, points: tuple[int, ...]
) -> None:
    assert EndOfTraining.of(epochs, steps, 1000, np.arange(50) % 5).steps == points


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 8, 31, 157, 1000])
def test_calls_of_several_steps_reach_every_point_once(steps: int) -> None:
    plan = EndOfTraining.of(10, steps, 1000, np.arange(50) % 5)
    together, reached = steps_between_looks(steps), []
    for epoch in range(10):
        ends = [*range(together, steps, together), steps]
        for before, after in zip([0, *ends], ends, strict=False):
            reached.append(plan.point_between(epoch * steps + before, epoch * steps + after))
    assert [point for point in reached if point is not None] == list(range(len(plan.steps)))


def test_a_small_test_part_is_measured_whole_at_every_point() -> None:
    assert EndOfTraining.of(10, 63, 2000, np.arange(400) % 5).measured.all()


@pytest.mark.parametrize(
    ("epochs", "trained", "images"), [(10, 5000, 10_000), (12, 5000, 10_000), (20, 10_000, 10_000)]
)
@pytest.mark.parametrize("predicted", [0, 3000])
def test_a_larger_one_costs_no_more_than_its_share_of_the_trial(
    epochs: int, trained: int, images: int, predicted: int
) -> None:
    labels = np.arange(images) % 10
    measured = EndOfTraining.of(epochs, 157, trained, labels, predicted).measured
    assert not measured.all()
    # A step trains an image in the time in which three are predicted; the last point is free.
    assert measured[:-1].sum() / 3 <= COST * epochs * (trained + predicted / 3)


def test_images_that_are_predicted_anyway_allow_more() -> None:
    labels = np.arange(2000) % 10
    few, many = (
        EndOfTraining.of(10, 32, 1000, labels, predicted).measured.sum(0)[0]
        for predicted in (0, 13_000)
    )
    assert (few, many) == (1, 4)


@pytest.mark.parametrize("trained", [1, 3000, 8000])
def test_images_and_points_count_alike_and_every_point_sees_all_classes(trained: int) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 10_000)
    measured = EndOfTraining.of(10, 94, trained, labels).measured
    an_image = measured.sum(axis=0)
    assert (an_image == an_image[0]).all() and an_image[0] >= 1
    for number in range(10):
        a_point = measured[:, labels == number].sum(axis=1)
        assert np.ptp(a_point) <= 2
