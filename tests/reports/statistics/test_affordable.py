"""What a gate can afford, against closed formulas and looks at the same figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from augbench.reports.statistics.affordable import (
    Checks,
    Noise,
    affordable,
    noise_of,
    points_up,
    simulated,
)
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.gate import (
    ACCURACY,
    GAP,
    SHARES,
    question,
    weight_of_pairs,
)
from augbench.reports.statistics.spread import shared_variance
from scipy import stats

from tests.reports.statistics.made_lifts import (
    MARGIN,
    SIGN,
    lift,
    measured,
    then_of,
)


def test_points_are_rounded_up_to_a_tenth() -> None:
    assert [points_up(x) for x in (0.0201, 0.02, 0.0299999999999, 0.0)] == [2.1, 2.0, 3.0, 0.0]
    assert points_up(math.inf) == math.inf


def test_noise_may_be_as_large_as_its_upper_confidence_limit() -> None:
    noise = Noise({ACCURACY: {"a": 0.02}}, 5, 6.0)
    slack = math.sqrt(6.0 / float(stats.chi2.ppf(0.2, 6.0)))
    assert noise.slack == pytest.approx(slack)
    assert noise.at_most().sd[ACCURACY]["a"] == pytest.approx(0.02 * slack)
    assert noise.at_most().seeds == 5


def test_noise_is_a_policys_own_weighted_with_that_of_all() -> None:
    then = measured(["none", "a", "b"], range(6))
    del then["b"][2]
    found = noise_of(then_of(then))
    for measure in SHARES:
        none = np.array([then["none"][s][measure] for s in range(6)])
        lifts = {
            name: np.array(
                [lift(then, name, s, measure) if s in then[name] else math.nan for s in range(6)]
            )
            for name in "ab"
        }
        shared = shared_variance(np.array([none, none + lifts["a"], none + lifts["b"]]))
        for name, count in (("a", 6), ("b", 5)):
            own = np.nanvar(lifts[name], ddof=1)
            variance = (2 * shared + (count - 1) * own) / (2 + count - 1)
            assert found.sd[measure][name] == pytest.approx(math.sqrt(variance))
    assert (found.seeds, found.degrees) == (5, 4 + 2)


def test_noise_of_one_policy_is_its_own_and_two_seeds_have_none() -> None:
    then = measured(["none", "a"], range(4))
    found = noise_of(then_of(then))
    lifts = [lift(then, "a", s, ACCURACY) for s in range(4)]
    assert found.sd[ACCURACY]["a"] == pytest.approx(np.std(lifts, ddof=1))
    assert (found.seeds, found.degrees) == (4, 3)
    few = noise_of(then_of(measured(["none", "a"], range(2))))
    assert (few.sd, few.seeds, few.degrees) == ({}, 0, 1.0)


def checks(low: Any, mean: Any, high: Any) -> Checks:
    """Simulated checks of accuracy alone, (looks, runs, policies)."""
    low, mean, high = (np.array(table, float) for table in (low, mean, high))
    names = ("a", "b")[: low.shape[2]]
    return Checks(
        tuple(range(3, 3 + len(low))),
        names,
        {ACCURACY: mean},
        {ACCURACY: low},
        {ACCURACY: high},
        {ACCURACY: len(names) - 1},
    )


def test_a_simulated_check_ends_where_every_policy_has() -> None:
    # three runs of two policies, two looks: passes at once; passes late; regresses late
    low = [[[-0.01, -0.01], [-0.01, -0.05], [-0.01, -0.2]], [[-0.01, -0.01]] * 2 + [[-0.01, -0.2]]]
    mean = [[[0.0, 0.0], [0.0, 0.0], [0.0, -0.1]], [[0.0, 0.0], [0.0, 0.0], [0.0, -0.1]]]
    high = [[[0.1, 0.1], [0.1, 0.1], [0.1, 0.1]], [[0.1, 0.1], [0.1, 0.1], [0.1, -0.01]]]
    outcome = checks(low, mean, high).outcome(0.02)
    assert outcome.passes == pytest.approx(2 / 3)
    assert outcome.alarms == pytest.approx(1 / 3)
    assert outcome.seeds == pytest.approx((3 + 4 + 4) / 3)
    assert checks(low, mean, high).widest == pytest.approx(0.202)


def test_one_policy_that_regresses_spoils_a_check_though_the_other_passed() -> None:
    made = checks([[[-0.01, -0.2]]], [[[0.0, -0.1]]], [[[0.1, -0.05]]])
    outcome = made.outcome(0.02)
    assert (outcome.passes, outcome.alarms) == (0.0, 1.0)


def test_a_drop_moves_the_bounds_of_the_noisiest_policy_alone() -> None:
    # the upper bound is 1 point above the mean
    made = checks([[[-0.01, -0.01]]] * 2, [[[0.0, 0.0]]] * 2, [[[0.01, 0.01]]] * 2)
    assert made.caught(0.0, ACCURACY, 0.0099) == 0.0
    assert made.caught(0.0, ACCURACY, 0.0101) == 1.0
    assert made.caught(0.02, ACCURACY, 0.0101) == 0.0  # less than the margin
    assert made.caught(0.02, ACCURACY, 0.0201) == 1.0


@pytest.mark.parametrize("known", [4, 6, 9])
def test_simulated_bounds_are_those_of_looks_at_the_same_figures(known: int) -> None:
    """Of a lone policy, whose figures the simulation draws as stated."""
    sd, runs, most = {ACCURACY: 0.01, GAP: 0.02}, 3, 6
    noise = Noise({m: {"a": value} for m, value in sd.items()}, known, 5.0)  # type: ignore[misc]
    design = Design(MARGIN, 3, (Stage(most),))
    made = simulated(noise, known, design, runs, seed=7)
    assert made.counts == (3, 4, 5, 6) and made.policies == ("a",)
    for place, (measure, value) in enumerate(sd.items()):
        rng = np.random.default_rng([7, place, known])
        own = np.full(2, value / math.sqrt(2))
        then, now = (own[:, None] * rng.standard_normal((runs, 2, n)) for n in (known, most))
        for run in range(runs):
            sign = SIGN[measure]
            of_then, of_now = (
                {
                    name: {s: {measure: sign * side[run, row, s]} for s in range(side.shape[2])}
                    for row, name in enumerate(("none", "a"))
                }
                for side in (then, now)
            )
            before: Mapping[str, Any] = {}
            asked = question(then_of(of_then), range(most))
            for at, count in enumerate(made.counts):
                blocks = [{name: of_now[name][s] for name in of_now} for s in range(count)]
                before = asked.look(blocks, before, ["a"], {"a": count}, "none", design)
                one = before["a"].measures[measure]
                assert made.mean[measure][at, run, 0] == pytest.approx(one.effect.mean)
                assert made.low[measure][at, run, 0] == pytest.approx(one.passing.low)
                assert made.high[measure][at, run, 0] == pytest.approx(one.failing.high)


def test_the_noisiest_policy_of_each_measure_is_the_one_that_falls() -> None:
    noise = Noise({ACCURACY: {"a": 0.01, "b": 0.03}, GAP: {"a": 0.05}}, 5, 5.0)  # type: ignore[misc]
    made = simulated(noise, 5, Design(MARGIN, 3, (Stage(4),)), 400, seed=1)
    assert made.noisiest == {ACCURACY: 1, GAP: 0}
    # a policy without noise of its own has the largest
    for measure, sds in ((ACCURACY, (0.01, 0.03)), (GAP, (0.05, 0.05))):
        w = weight_of_pairs(4, 5)
        for at, sd in enumerate(sds):
            variance = (1 + w**2) * sd**2 / 4 + (1 - w) ** 2 * sd**2
            spread = made.mean[measure][-1, :, at].std()
            assert spread == pytest.approx(math.sqrt(variance), rel=0.15)


def test_what_can_be_afforded_is_the_smallest_margin_and_drop_that_keep_the_promise() -> None:
    noise = Noise({m: {"a": 0.01} for m in SHARES}, 8, 6.0)  # type: ignore[misc]
    found = affordable(noise, 8, 5, runs=400, seed=2)
    made = simulated(noise, 8, Design(0.01, 3, (Stage(5),)), 400, 2)
    at, below = made.outcome(found.margin), made.outcome(found.margin * 0.98)
    assert at.passes >= 0.95 > below.passes
    assert (found.passes, found.alarms, found.usual) == (at.passes, at.alarms, at.seeds)
    assert made.outcome(found.floor).passes >= 0.5 > made.outcome(found.floor * 0.98).passes
    assert set(found.catches) == set(SHARES)
    for measure, drop in found.catches.items():
        assert made.caught(found.margin, measure, drop) >= 0.83
        assert made.caught(found.margin, measure, drop * 0.98) < 0.83
    assert found.seeds == 5 and 3.0 <= found.usual <= 5.0


def test_a_check_of_fixed_seeds_looks_once() -> None:
    noise = Noise({ACCURACY: {"a": 0.01}}, 8, 6.0)
    fixed, grown = (affordable(noise, 8, 6, fixed=f, runs=200) for f in (True, False))
    assert fixed.usual == 6.0 > grown.usual
    least = affordable(noise, 8, 2, fixed=True, runs=100)
    assert least.usual == 3.0
