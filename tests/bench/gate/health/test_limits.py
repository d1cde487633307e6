"""Limits of what health calls a fault, on maps and levels that are made, not rendered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from augbench.bench.gate.health.independence import dependence, flips_together
from augbench.bench.gate.health.probe import Outcomes
from augbench.bench.gate.health.randomness import _varies
from augbench.bench.gate.rendering.cards import LEVELS
from augbench.bench.gate.rendering.measuring import Measured
from augbench.policies.spec.draws import draw
from augbench.policies.spec.geometry import backward_matrices
from augbench.policies.spec.loading import load_spec

SHAPE = (24, 36, 3)
SPEC = {"rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": 0.2}


def measured(
    count: int, scale: np.ndarray | None = None, bend: float = 0.0, **fields: np.ndarray
) -> Measured:
    """What is read of so many images that a spec's own draws moved."""
    drawn = draw(load_spec(SPEC), 0, 0, count, SHAPE[:2])
    drawn = dataclasses.replace(drawn, **fields)
    maps = backward_matrices(drawn, SHAPE[:2], quirks="none", flips=True)[:, :2]
    factor = np.ones(count) if scale is None else scale
    grey = np.array(LEVELS) * factor[:, None] + np.array([0.0, bend, 0.0])
    return Measured(SHAPE, maps, np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize(("count", "heard"), [(39, False), (40, True), (200, True)])
def test_a_shared_number_is_heard_from_forty_images_on(count: int, heard: bool) -> None:
    turns = np.linspace(5, 35, count)
    one = measured(count, scale=0.5 + turns / 100, theta=turns)
    found = dependence(one)
    assert bool(found) == heard
    if heard:
        assert set(found[0].figures["pair"]) == {"scale", "theta"}
        assert (found[0].figures["images"], found[0].figures["r"]) == (count, 1.0)


@pytest.mark.parametrize(("bend", "heard"), [(0.0, True), (0.9, True), (1.5, False), (30.0, False)])
def test_nothing_is_known_of_movements_where_levels_bend(bend: float, heard: bool) -> None:
    turns = np.linspace(-30, 30, 200)
    one = measured(200, scale=0.7 + turns / 200, bend=bend, theta=turns)
    assert bool(dependence(one)) == heard


def test_a_weak_correlation_is_none_however_sure_it_is() -> None:
    rng = np.random.default_rng(0)
    turns = rng.uniform(-30, 30, 4000)
    for share, heard in ((0.2, False), (0.5, True)):
        mixed = share * turns / 30 + (1 - share**2) ** 0.5 * rng.uniform(-1, 1, 4000)
        assert bool(dependence(measured(4000, scale=0.6 + 0.2 * mixed, theta=turns))) == heard


@pytest.mark.parametrize(
    ("share", "turned", "count", "together"),
    [
        (0.1, 0.0, 200, False),  # a rare event
        (0.2, 0.0, 200, True),
        (0.5, 0.0, 200, True),
        (0.8, 0.0, 200, True),
        (0.9, 0.0, 200, False),  # nearly always: a half turn as it is
        (0.5, 50.0, 200, False),  # turned so far, both flips may be a half turn
        (0.5, 0.0, 40, True),
        (0.5, 0.0, 38, False),
    ],
)
def test_both_flips_at_once_are_a_fault_where_they_are_common(
    share: float, turned: float, count: int, together: bool
) -> None:
    both = np.arange(count) < share * count
    turns = np.full(count, turned)
    one = measured(count, theta=turns, flip_horizontal=both, flip_vertical=both)
    assert flips_together(one) == together
    alone = both.copy()
    alone[0] = not alone[0]
    other = measured(count, theta=turns, flip_horizontal=alone, flip_vertical=both)
    assert not flips_together(other)


def test_a_few_draws_that_repeat_are_one_observation_each() -> None:
    turns, none = np.tile(np.linspace(5, 35, 12), 20), np.zeros(240)
    scale = 0.5 + turns / 100
    assert dependence(measured(240, scale=scale, theta=turns, shift_x=none, shift_y=none)) == []
    assert dependence(measured(240, scale=scale, theta=turns))


@pytest.mark.parametrize(
    ("groups", "varies"),
    [
        ([1] * 12, True),
        ([1] * 3, False),  # a third of all could be the same three times over
        ([3, 2, 2, 1], False),  # 10 of 56 pairs of batches are the same: .179 to the 8th
        ([3, 2, 1, 1, 1], True),  # 8 of 56
        ([12], False),
    ],
)
def test_another_epoch_may_be_the_same_by_chance_where_batches_often_are(
    groups: list[int], varies: bool
) -> None:
    kinds = np.repeat(np.arange(len(groups)), groups)
    batches = np.repeat(kinds[:, None], 4, axis=1)
    seen = Outcomes(np.stack([batches, batches]), batches, np.zeros(4, np.int64))
    assert _varies(seen) == varies
