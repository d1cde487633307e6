"""P-values, verdicts and seeds needed, against SciPy and closed formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from augbench.reports.statistics.effect import Effect, paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.verdict import (
    FEW_SEEDS,
    NOTHING,
    SAME_DIFFERENCE,
    SMALL,
    discoveries,
    equivalence,
    p_value,
    seeds_needed,
    verdict,
)
from scipy import stats

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("seeds", [5, 10])
@pytest.mark.parametrize("comparisons", [1, 4])
def test_without_images_the_p_value_is_that_of_scipy_times_the_comparisons(
    seeds: int, comparisons: int
) -> None:
    a, b = RNG.normal(0.8, 0.01, (2, seeds))
    expected = min(1.0, comparisons * stats.ttest_rel(a, b).pvalue)
    level = Level(0.05, comparisons)
    assert p_value(paired_effect(a - b), level) == pytest.approx(expected)


def test_a_p_value_is_the_level_at_which_the_interval_touches_zero() -> None:
    effect = Effect(6, 0.02, 0.015**2, 1e-5)
    raw = effect.touches()
    low, _ = effect.interval(Level(raw))
    assert low == pytest.approx(0.0, abs=1e-12)
    level = Level(0.04, 3)
    low, _ = effect.interval(level)
    assert (p_value(effect, level) <= 0.05) == (low > 0)


@pytest.mark.parametrize("scale", [0.999, 1.001])
def test_a_p_value_passes_the_bound_exactly_where_the_interval_does(scale: float) -> None:
    level = Level(0.04, 5)
    half = Effect(7, 0.0, 0.02**2, 4e-6).half_width(level)
    effect = Effect(7, -scale * half, 0.02**2, 4e-6)
    assert (p_value(effect, level) <= 0.05) == (scale > 1)
    assert verdict(effect, level, 0.001)[0] == ("worse" if scale > 1 else "inconclusive")


def test_tiny_p_values_keep_their_size() -> None:
    values = 0.05 + 1e-6 * np.array([-1.0, 0.0, 1.0, 2.0, -2.0])
    p = p_value(paired_effect(values), Level(0.05))
    assert p == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    assert 0 < p < 1e-15


def test_intervals_need_three_seeds_and_p_values_five() -> None:
    for seeds in (0, 1, 2, 3, 4, 5):
        effect = paired_effect(RNG.normal(0, 0.01, seeds))
        assert math.isnan(effect.interval(Level(0.05))[0]) == (seeds < 3)
        assert math.isnan(p_value(effect, Level(0.05))) == (seeds < 5)
    effect = paired_effect([0.05, 0.051])
    assert verdict(effect, Level(0.05), 0.01) == ("inconclusive", FEW_SEEDS)


@pytest.mark.parametrize(
    ("mean", "sd", "word", "remark"),
    [
        (0.05, 0.01, "better", ""),
        (-0.05, 0.01, "worse", ""),
        (0.004, 0.001, "better", SMALL),
        (-0.004, 0.001, "worse", SMALL),
        (0.0004, 0.002, "equivalent", ""),
        (0.004, 0.02, "inconclusive", ""),
        (0.02, 0.02, "inconclusive", ""),
    ],
)
def test_verdicts_come_in_their_order(mean: float, sd: float, word: str, remark: str) -> None:
    assert verdict(Effect(5, mean, sd**2), Level(0.05), 0.01) == (word, remark)


def test_the_same_difference_in_every_seed_is_no_certainty() -> None:
    effect = paired_effect([0.1 + 0.2, 0.3, 0.3])  # .30000000000000004 is rounding
    assert effect.variance == 0.0
    assert verdict(effect, Level(0.05), 0.01) == ("inconclusive", SAME_DIFFERENCE)
    assert math.isnan(effect.interval(Level(0.05))[0])
    assert math.isnan(p_value(effect, Level(0.05)))


def test_equal_predictions_are_equivalent() -> None:
    effect = paired_effect([0.0] * 5, equal=True)
    assert verdict(effect, Level(0.05), 0.01)[0] == "equivalent"
    assert effect.interval(Level(0.05)) == (0.0, 0.0)
    assert p_value(effect, Level(0.05)) == 1.0


def test_a_missing_figure_gives_no_verdict_and_no_interval() -> None:
    effect = paired_effect([0.05, math.nan, 0.06, 0.05, 0.04])
    assert verdict(effect, Level(0.05), 0.01)[0] == "inconclusive"
    assert math.isnan(effect.interval(Level(0.05))[1])
    assert math.isnan(p_value(effect, Level(0.05)))


@pytest.mark.parametrize("mean", [0.0, 0.004, -0.012, 0.03])
def test_equivalence_is_two_one_sided_t_tests(mean: float) -> None:
    values = mean + 0.006 * RNG.standard_normal(10)
    (low, high), p = equivalence(paired_effect(values), 0.05, 0.01)
    above = stats.ttest_1samp(values, -0.01, alternative="greater").pvalue
    below = stats.ttest_1samp(values, 0.01, alternative="less").pvalue
    assert p == pytest.approx(max(above, below))
    assert (low, high) == pytest.approx(
        tuple(stats.ttest_1samp(values, 0).confidence_interval(0.9))
    )
    assert (p <= 0.05) == (low > -0.01 and high < 0.01)


def test_the_seeds_needed_are_those_of_a_direct_search() -> None:
    effect = Effect(5, 0.012, 0.02**2, 2e-6)
    level = Level(0.04, 2, 1, 1)
    ends = [4 * effect.variance / stats.chi2.ppf(tail, 4) for tail in (0.9, 0.1)]
    error = 0.005 / 2

    def first(variance: float) -> int:
        return next(
            count
            for count in range(6, 10_001)
            if stats.t.ppf(1 - error / 2, count - 1) ** 2 * variance / count
            + stats.norm.ppf(1 - error / 2) ** 2 * 2e-6
            <= 0.012**2
        )

    assert seeds_needed(effect, level, 0.01) == (first(ends[0]), first(ends[1]))


def test_a_tie_needs_the_seeds_that_bring_the_interval_inside_the_margin() -> None:
    low, high = seeds_needed(Effect(5, 0.0, 0.01**2), Level(0.04), 0.01)
    assert low is not None
    assert high is not None
    assert 5 < low < high
    wide, _ = seeds_needed(Effect(5, 0.0, 0.01**2), Level(0.04), 0.03)
    assert wide is not None
    assert wide < low


def test_the_range_of_seeds_is_wide_where_the_spread_is_hardly_known() -> None:
    ratios = []
    for seeds in (3, 20):
        low, high = seeds_needed(Effect(seeds, 0.003, 0.03**2), Level(0.04), 0.001)
        assert low is not None
        assert high is not None
        ratios.append(high / low)
    assert ratios[0] == pytest.approx(22, abs=1)  # STATISTICS: 22-fold at 3 seeds
    assert ratios[1] < 2.5


def test_no_number_of_seeds_helps_where_the_images_are_the_doubt() -> None:
    assert seeds_needed(Effect(5, 0.001, 1e-6, 1e-3), Level(0.04), 0.01) == (None, None)
    assert seeds_needed(Effect(2, 0.01, 1e-4), Level(0.04), 0.01) == (None, None)
    assert seeds_needed(Effect(5, 0.01, 0.0), Level(0.04), 0.01) == (None, None)


def test_discoveries_are_those_of_the_step_up_of_benjamini_and_hochberg() -> None:
    for _ in range(50):
        errors = RNG.random(30) ** RNG.integers(1, 6)
        # Their procedure: the largest k of which the k-th smallest is at most k alpha / M.
        steps = [k for k, p in enumerate(np.sort(errors), 1) if p <= 0.05 * k / 30]
        assert discoveries(errors, 0.05) == max(steps, default=0)
    errors = np.array([0.001, math.nan, 0.02, math.nan])
    assert discoveries(errors, 0.05) == 2
    assert discoveries(np.zeros(0), 0.05) == 0


def test_looks_leave_what_their_intervals_have_in_common() -> None:
    first, second = Effect(5, 0.03, 0.02**2), Effect(6, 0.025, 0.02**2)
    levels = Level(0.04), Level(0.005)
    known = NOTHING.narrowed(first, levels[0]).narrowed(second, levels[1])
    bounds = [effect.interval(at) for effect, at in zip((first, second), levels, strict=True)]
    assert known.bounds == (max(low for low, _ in bounds), min(high for _, high in bounds))
    assert known.p_value == min(p_value(first, levels[0]), p_value(second, levels[1]))


def test_intervals_that_exclude_each_other_leave_the_last() -> None:
    first, last = Effect(5, 0.5, 0.01**2), Effect(6, -0.5, 0.01**2)
    known = NOTHING.narrowed(first, Level(0.04)).narrowed(last, Level(0.005))
    assert known == NOTHING.narrowed(last, Level(0.005))


def test_a_look_without_an_interval_leaves_what_there_was() -> None:
    known = NOTHING.narrowed(Effect(5, 0.03, 0.02**2), Level(0.04))
    assert known.narrowed(Effect(2, 0.03, 0.02**2), Level(0.005)) == known
    assert math.isnan(NOTHING.narrowed(Effect(2, 0.03, 0.0), Level(0.04)).p_value)


def test_the_truth_lies_in_what_all_looks_leave_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(0)
    looks = [(3, Level(0.04)), (5, Level(0.005, 1, 2, 2)), (8, Level(0.0025, 1, 3, 3))]
    missed = 0
    for _ in range(2000):
        values = rng.standard_normal(8)
        known = NOTHING
        for blocks, level in looks:
            known = known.narrowed(paired_effect(values[:blocks]), level)
        missed += not known.low <= 0.0 <= known.high
    assert missed / 2000 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 2000)


def test_intervals_that_touch_leave_the_point_that_they_share() -> None:
    first = Effect(5, 0.03, 0.02**2)
    half = first.half_width(Level(0.04))
    second = Effect(5, 0.03 + 2 * half, 0.02**2)
    known = NOTHING.narrowed(first, Level(0.04))
    known = replace(known, high=second.interval(Level(0.04))[0])
    both = known.narrowed(second, Level(0.04))
    assert both.low == both.high and len(both.looks) == 2


def test_one_seed_more_may_be_enough() -> None:
    effect = Effect(5, 0.03, 0.02**2)
    level = Level(0.04, 1, 1, 1)
    low, _ = seeds_needed(effect, level, 0.0)
    assert low == 6
