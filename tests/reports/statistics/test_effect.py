"""Effects and their intervals, against SciPy and closed formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.reports.statistics.effect import (
    Effect,
    half_width,
    image_variance,
    paired_effect,
)
from augbench.reports.statistics.level import Level
from scipy import stats

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("seeds", [3, 5, 10, 40])
@pytest.mark.parametrize("error", [0.05, 0.04 / 6, 0.2])
def test_without_images_the_interval_is_the_paired_t_interval_of_scipy(
    seeds: int, error: float
) -> None:
    a, b = RNG.normal(0.8, 0.01, (2, seeds))
    expected = stats.ttest_rel(a, b).confidence_interval(1 - error)
    assert paired_effect(a - b).interval(Level(error)) == pytest.approx(tuple(expected))


def test_the_share_of_the_images_is_that_of_its_definition() -> None:
    right_a, right_b = RNG.random((2, 4, 50)) < 0.7
    differences = right_a.astype(float) - right_b
    of_means = np.var([differences[:, i].mean() for i in range(50)], ddof=1)
    within = np.mean([np.var(differences[:, i], ddof=1) for i in range(50)]) / 4
    effect = paired_effect(differences.mean(axis=1), right_a, right_b)
    assert effect.image_variance == pytest.approx(max(0.0, of_means - within) / 50)


def test_images_that_differ_in_every_seed_alike_are_the_whole_doubt() -> None:
    right_b = np.zeros((3, 100), dtype=bool)
    right_a = np.tile(np.arange(100) < 30, (3, 1))
    right_a[0, 99] = True  # a little noise between seeds
    effect = paired_effect((right_a * 1.0 - right_b).mean(axis=1), right_a, right_b)
    share = np.var(right_a.mean(axis=0), ddof=1) - np.var([1, 0, 0], ddof=1) / 100 / 3
    t, z = stats.t.ppf(0.975, 2), stats.norm.ppf(0.975)
    expected = math.sqrt(t**2 * np.var([31, 30, 30], ddof=1) / 1e4 / 3 + z**2 * share / 100)
    assert effect.half_width(Level(0.05)) == pytest.approx(expected)


def test_images_without_an_effect_of_their_own_add_nothing() -> None:
    rng = np.random.default_rng(0)
    shares = [
        image_variance((rng.random((5, 200)) < 0.7) * 1.0 - (rng.random((5, 200)) < 0.7))
        for _ in range(200)
    ]
    assert min(shares) == 0.0
    assert np.mean(shares) < 0.1 * 2 * 0.7 * 0.3 / 200


def test_the_spread_of_all_policies_counts_beside_a_policys_own() -> None:
    effect = Effect(3, 0.05, 0.01**2, shared=0.02**2)
    variance = (2 * 0.02**2 + 2 * 0.01**2) / 4
    # Dunnett's tables: 4 comparisons, 4 degrees of freedom, two-sided 5 %
    expected = 3.83 * math.sqrt(variance / 3)
    assert effect.half_width(Level(0.05, 4)) == pytest.approx(expected, rel=0.002)


def test_a_policy_much_noisier_than_the_others_must_be_sure_by_itself() -> None:
    effect = Effect(3, 0.05, 0.2**2, shared=0.02**2)
    own = stats.t.ppf(1 - 0.7 * 0.05 / 2, 2) * math.sqrt(0.2**2 / 3)
    assert effect.half_width(Level(0.05, 4)) == pytest.approx(own)


def test_a_spread_of_zero_is_taken_for_chance_where_others_vary() -> None:
    effect = Effect(3, 0.05, 0.0, shared=0.02**2)
    assert 0 < effect.half_width(Level(0.05, 4)) < math.inf
    assert math.isnan(Effect(3, 0.05, 0.0).half_width(Level(0.05, 4)))


def test_effects_of_several_policies_at_once_are_those_of_each() -> None:
    shared = np.array([math.nan, 0.03**2])
    both = half_width(np.full(2, 0.02**2), shared, 1e-6, 5, 0.05, 3)
    each = [half_width(0.02**2, value, 1e-6, 5, 0.05, 3) for value in shared]
    assert both == pytest.approx(np.array(each, float)) and each[0] != pytest.approx(each[1])


def test_two_blocks_that_differ_by_rounding_only_are_the_same_by_chance() -> None:
    effect = paired_effect([0.3, 0.1 + 0.2])
    assert effect.variance == 0.0 and effect.same_by_chance


def test_the_error_at_which_an_interval_touches_zero() -> None:
    equal = Effect(5, 0.0, 0.0, equal=True)
    assert (equal.touches(0.0), equal.touches(0.01)) == (1.0, 0.0)
    assert Effect(5, 0.0, 0.01**2).touches() == 1.0
    whole = Effect(5, 1.0, 0.01**2)
    expected = 2 * stats.t.sf(1.0 / math.sqrt(0.01**2 / 5), 4)
    assert whole.touches() == pytest.approx(expected, rel=1e-6)
