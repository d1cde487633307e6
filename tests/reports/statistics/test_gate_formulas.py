"""Figures of the gate against the formulas that its module states, written out once more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.gate import (
    ACCURACY,
    GAP,
    SHARES,
    WORST_CLASS,
    GateStanding,
    MeasureStanding,
    failing_design,
    passing_design,
    question,
    rest_variance,
    safe,
    weight_of_pairs,
)
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.spread import shared_variance
from scipy import stats

from tests.reports.statistics.made_lifts import (
    MARGIN,
    RNG,
    SIGN,
    Measured,
    Row,
    lift,
    measured,
    then_of,
)


def look(
    then: Measured, now: Measured, seeds: Sequence[int], extent: Mapping[str, int] | None = None
) -> Mapping[str, GateStanding]:
    """One look at all blocks."""
    blocks = [{name: rows[s] for name, rows in now.items() if s in rows} for s in seeds]
    names = [name for name in now if name != "none"]
    design = Design(MARGIN, len(seeds), (Stage(len(seeds)),))
    asked = question(then_of(then), seeds)
    whole = dict.fromkeys(names, len(seeds)) | dict(extent or {})
    return asked.look(blocks, {}, names, whole, "none", design)  # type: ignore[return-value]


def differences(
    then: Measured, now: Measured, name: str, seeds: Sequence[int], measure: Any
) -> tuple[np.ndarray, float]:
    """D of each seed, and what the lifts of then that have no partner add to their variance."""
    before = {s: lift(then, name, s, measure) for s in then[name]}
    if not set(seeds) <= set(before):
        apart = [lift(now, name, s, measure) - np.mean([*before.values()]) for s in seeds]
        return SIGN[measure] * np.array(apart), float(np.var([*before.values()], ddof=1)) / len(
            before
        )
    j, j0 = len(seeds), len(before)
    w = 1 / 2 + j / (2 * j0)
    rest = [value for s, value in before.items() if s not in seeds]
    mean = float(np.mean(rest)) if rest else 0.0
    pairs = [lift(now, name, s, measure) - w * before[s] - (1 - w) * mean for s in seeds]
    more = (1 - w) ** 2 * float(np.var([*before.values()], ddof=1)) / (j0 - j) if rest else 0.0
    return SIGN[measure] * np.array(pairs), more


CASES = {
    "pairs alone": (range(6), range(6)),
    "more seeds then": (range(9), range(4)),
    "not the first ones": (range(8), [5, 2, 7]),
    "other seeds": (range(7), [3, 4, 20, 21]),
    "one seed more than then": (range(4), range(5)),
}


@pytest.mark.parametrize("measure", SHARES)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_bounds_are_those_of_the_stated_formula(
    case: tuple[Sequence[int], Sequence[int]], measure: Any
) -> None:
    seeds_then, seeds_now = case
    then, now = measured(["none", "a", "b"], seeds_then), measured(["none", "a", "b"], seeds_now)
    of_none = np.array([now["none"][s][measure] for s in seeds_now])
    rows = [SIGN[measure] * (of_none - _then_of_none(then["none"], seeds_now, measure))]
    standings = look(then, now, seeds_now)
    for name in "ab":
        expected, _ = differences(then, now, name, seeds_now, measure)
        rows.append(rows[0] + expected)
    shared = shared_variance(np.array(rows))
    for name in "ab":
        expected, more = differences(then, now, name, seeds_now, measure)
        one = standings[name].measures[measure]
        assert one.effect.mean == pytest.approx(expected.mean())
        assert one.effect.variance == pytest.approx(expected.var(ddof=1))
        assert one.effect.shared == pytest.approx(shared)
        assert one.then == pytest.approx(
            np.mean([lift(then, name, s, measure) for s in seeds_then])
        )
        assert one.now == pytest.approx(np.mean([lift(now, name, s, measure) for s in seeds_now]))
        for known, error in (
            (one.passing, 2 * 0.04 * (1.0 if measure == ACCURACY else 0.2)),
            (one.failing, 2 * 0.04 * (0.6 if measure == ACCURACY else 0.2)),
        ):
            (effect, level), *others = known.looks
            assert not others and level.alpha == pytest.approx(error) and level.comparisons == 2
            t, z = stats.t.isf(error / 4, len(seeds_then) - 1), stats.norm.isf(error / 4)
            assert effect.image_variance == pytest.approx(more * (t / z) ** 2)
            half = effect.half_width(level)
            assert known.bounds == pytest.approx((expected.mean() - half, expected.mean() + half))
        assert one.known.bounds == (one.passing.low, one.failing.high)


def _then_of_none(none: Mapping[int, Row], seeds: Sequence[int], measure: str) -> np.ndarray:
    """What the formula takes off the figures of the baseline policy in each seed."""
    before = {s: row[measure] for s, row in none.items()}
    if not set(seeds) <= set(before):
        return np.full(len(seeds), np.mean([*before.values()]))
    w = 1 / 2 + len(seeds) / (2 * len(before))
    rest = [value for s, value in before.items() if s not in seeds]
    other = (1 - w) * float(np.mean(rest)) if rest else 0.0
    return np.array([w * before[s] + other for s in seeds])


def test_weights_of_pairs_and_what_the_others_add() -> None:
    assert weight_of_pairs(5, 5) == 1.0
    assert weight_of_pairs(3, 12) == pytest.approx(0.625)
    assert rest_variance(0.9, 5, 5, paired=True) == 0.0
    assert rest_variance(0.9, 6, 5, paired=True) == 0.0
    assert rest_variance(0.9, 3, 12, paired=True) == pytest.approx(0.375**2 * 0.9 / 9)
    assert rest_variance(0.9, 3, 12, paired=False) == pytest.approx(0.9 / 12)


@pytest.mark.parametrize("then", [2, 3, 8])
def test_a_variance_known_by_few_seeds_is_widened_by_students_quantile(then: int) -> None:
    level = Level(0.06, 3)
    wider = stats.t.isf(0.01, then - 1) / stats.norm.isf(0.01)
    assert safe(0.5, level, then) == pytest.approx(0.5 * wider**2)


def test_accuracy_passes_at_the_whole_error_and_measures_fail_at_their_parts() -> None:
    design = Design(MARGIN)
    assert passing_design(design, ACCURACY).spends == 2.0
    assert {m: failing_design(design, m).spends for m in SHARES} == pytest.approx(
        {ACCURACY: 1.2, GAP: 0.4, WORST_CLASS: 0.4}
    )
    assert passing_design(design, GAP).spends == failing_design(design, GAP).spends
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_a_policy_is_judged_in_its_own_blocks_and_missing_trials_are_left_out() -> None:
    seeds = range(6)
    then, now = measured(["none", "a", "b"], seeds), measured(["none", "a", "b"], seeds)
    del now["b"][1]
    standings = look(then, now, seeds, {"a": 4})
    expected, more = differences(then, now, "a", range(4), ACCURACY)
    effect = standings["a"].measures[ACCURACY].effect
    assert effect.blocks == 4 and effect.image_variance > more > 0
    assert effect.mean == pytest.approx(expected.mean())
    assert effect.variance == pytest.approx(expected.var(ddof=1))
    assert standings["b"].effect.blocks == 5
    there = [s for s in seeds if s != 1]
    without, _ = differences(then, now, "b", there, ACCURACY)
    assert standings["b"].effect.mean == pytest.approx(without.mean())
    assert standings["b"].effect.variance == pytest.approx(without.var(ddof=1))


def test_a_policy_as_it_was_is_equal_and_says_nothing_of_the_noise() -> None:
    seeds = range(5)
    then, now = measured(["none", "a", "b", "c"], seeds), measured(["none", "a", "b", "c"], seeds)
    now["none"], now["a"] = then["none"], then["a"]
    standings = look(then, now, seeds)
    assert standings["a"].effect.equal and standings["a"].word == "passed"
    assert standings["a"].known.bounds == (0.0, 0.0)
    rows = [np.zeros(5)]
    for name in "bc":
        rows.append(differences(then, now, name, seeds, ACCURACY)[0])
    assert standings["b"].effect.shared == pytest.approx(shared_variance(np.array(rows)))
    assert not standings["b"].effect.equal


@pytest.mark.parametrize("change", ["a figure", "a baseline's figure", "a seed", "a missing one"])
def test_a_policy_is_as_it_was_only_where_every_figure_is(change: str) -> None:
    seeds = [0, 1, 2, 3]
    then = measured(["none", "a"], seeds)
    now = {name: {s: dict(row) for s, row in rows.items()} for name, rows in then.items()}
    if change == "a figure":
        now["a"][3][GAP] += 2e-6
    elif change == "a baseline's figure":
        for name in now:  # the lift stays
            now[name][2][WORST_CLASS] += 2e-6
    elif change == "a seed":
        now = {name: {s + (s == 3): row for s, row in rows.items()} for name, rows in now.items()}
        seeds = [0, 1, 2, 4]
    else:
        del now["a"][0][WORST_CLASS]
    assert not look(then, now, seeds)["a"].effect.equal
    rounded = {
        name: {s: {m: value + 1e-6 for m, value in row.items()} for s, row in rows.items()}
        for name, rows in then.items()
    }
    assert look(then, rounded, [0, 1, 2, 3])["a"].effect.equal


def test_a_measure_that_neither_side_has_keeps_a_policy_as_it_was() -> None:
    then = measured(["none", "a"], range(3))
    for rows in then.values():
        for row in rows.values():
            del row[WORST_CLASS]
    standing = look(then, then, range(3))["a"]
    assert standing.effect.equal and standing.word == "passed"
    none_there = standing.measures[WORST_CLASS]
    assert none_there.word == "open" and math.isnan(none_there.then) and math.isnan(none_there.now)


def test_one_lift_of_then_has_no_spread() -> None:
    then, now = measured(["none", "a"], [0]), measured(["none", "a"], range(4))
    effect = look(then, now, range(4))["a"].effect
    assert effect.blocks == 4 and effect.image_variance == 0.0


def test_another_look_leaves_what_all_looks_have_in_common() -> None:
    seeds = range(6)
    then, now = measured(["none", "a"], range(10)), measured(["none", "a"], seeds)
    blocks = [{name: rows[s] for name, rows in now.items()} for s in seeds]
    design, asked = Design(MARGIN, 3, (Stage(6),)), question(then_of(then), seeds)
    before: Mapping[str, Any] = {}
    bounds: dict[str, list[tuple[float, float]]] = {m: [] for m in SHARES}
    for count in range(3, 7):
        before = asked.look(blocks[:count], before, ["a"], {"a": count}, "none", design)
        alone = asked.look(blocks[:count], {}, ["a"], {"a": count}, "none", design)
        for measure, all_bounds in bounds.items():
            one: MeasureStanding = alone["a"].measures[measure]  # type: ignore[attr-defined]
            all_bounds.append(one.known.bounds)
            left = before["a"].measures[measure].known
            assert left.low == max(low for low, _ in all_bounds)
            assert left.high == min(high for _, high in all_bounds)


def needed(mean: float, sd: float, blocks: int) -> int | None:
    """How many seeds `GateStanding.needed` names, for a lone policy."""
    then = measured(["none", "a"], range(blocks))
    noise = RNG.standard_normal(blocks)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    now: Measured = {"none": then["none"], "a": {}}
    for s in range(blocks):
        row = then["a"][s]
        now["a"][s] = {m: value + SIGN[m] * (mean + sd * noise[s]) for m, value in row.items()}
    standing = look(then, now, range(blocks))["a"]
    assert standing.word == "open"
    low, high = standing.needed(MARGIN)
    assert low == high
    return low


@pytest.mark.parametrize(
    ("mean", "target"),
    [
        (-0.005, 0.015),  # to pass: surely above -margin
        (0.01, 0.03),
        (-0.05, 0.05),  # to fail: surely below 0
        (-0.03, 0.03),
    ],
)
def test_so_many_seeds_are_needed_until_the_half_width_is_the_distance(
    mean: float, target: float
) -> None:
    sd, blocks = 0.08, 5
    error = 0.08  # of accuracy's passing side, for one policy

    def half(count: int) -> float:
        return float(stats.t.isf(error / 2, count - 1)) * sd / math.sqrt(count)

    count = needed(mean, sd, blocks)
    assert count is not None and count > blocks
    assert half(count) <= target < half(count - 1)


def test_no_number_of_seeds_is_named_where_none_can_be() -> None:
    assert needed(-0.0195, 0.08, 5) is None  # more than 200
    few = look(measured(["none", "a"], range(5)), measured(["none", "a"], range(2)), range(2))["a"]
    assert few.needed(MARGIN) == (None, None)
    then = measured(["none", "a"], range(3))
    assert look(then, then, range(3))["a"].needed(MARGIN) == (None, None)
