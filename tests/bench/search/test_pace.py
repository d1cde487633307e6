"""How long may a trial be? Each lever in turn, and never past what was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from augbench.bench.options.model import Settings
from augbench.bench.search.pace import MOST_EPOCHS, SMALLEST_SIDE, WANTED_TRIALS, length_for

SETTINGS = Settings(jobs=2)


def length(budget: float, images: int = 500, pace: float = 0.005, side: int = 64, **options):
    epochs = options.pop("epochs", None)
    return length_for(replace(SETTINGS, **options), images, 10, side, pace, budget, epochs)


def test_with_much_time_a_trial_is_as_long_as_is_useful():
    long = length(36_000)
    assert (long.train_size, long.side) == (None, None)
    assert long.epochs == 38  # 600 steps of 16 an epoch


def test_few_images_do_not_make_endless_epochs():
    assert length(36_000, images=40).epochs == MOST_EPOCHS


def test_less_time_means_fewer_epochs_then_smaller_images():
    some, few = length(1500), length(300)
    assert some.side is None
    assert 10 <= some.epochs < 38
    assert few.side is not None
    assert SMALLEST_SIDE <= few.side < 64


@pytest.mark.parametrize("budget", [300, 900, 1800])
@pytest.mark.parametrize("images", [200, 2_000, 50_000])
@pytest.mark.parametrize("pace", [0.0005, 0.005])
def test_enough_trials_fit_wherever_the_levers_reach(budget, images, pace):
    one = length(budget, images, pace)
    floor = one.side == SMALLEST_SIDE and one.train_size == 500 and one.epochs == 5
    assert floor or one.seconds * WANTED_TRIALS / SETTINGS.jobs <= budget


def test_what_was_asked_for_stays():
    asked = length(60, images=10_000, epochs=20, train_size=3000, image_size=(64, 64))
    assert (asked.epochs, asked.train_size, asked.side) == (20, 3000, None)
