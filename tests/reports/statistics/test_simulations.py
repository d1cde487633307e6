"""Do verdicts keep their promises? A few hundred simulated runs each; more in benchmarks/."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.reports.statistics.effect import paired_effect
from augbench.reports.statistics.level import Level, level_of
from augbench.reports.statistics.verdict import verdict
from augbench.reports.tables.accuracy import accuracy_table
from scipy import stats

from benchmarks.verdicts import (
    World,
    alarms_while_extending,
    called,
    called_equivalent,
    class_discoveries,
    covered,
    false_alarms,
    gap_alarms,
    simulated,
    verdicts,
)

pytestmark = pytest.mark.slow


def at_most(share: float, runs: int) -> int:
    """The count that a true rate of `share` exceeds in one of a thousand simulations."""
    return int(stats.binom.ppf(0.999, runs, share))


def at_least(share: float, runs: int) -> int:
    """The count that a true rate of `share` falls below in one of a thousand simulations."""
    return int(stats.binom.ppf(0.001, runs, share))


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_intervals_cover_the_truth_where_both_seeds_and_images_are_chance(seeds: int) -> None:
    world = World((0.02,), seeds, 120, image_effect=0.2, accuracy=0.5)
    hits, of = covered(world, 300)
    assert of > 290
    assert hits >= at_least(0.95, of)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_intervals_are_not_wider_than_they_must_be_where_only_seeds_are_chance(seeds: int) -> None:
    hits, of = covered(World((0.02,), seeds, 200), 300)
    assert at_least(0.95, of) <= hits <= of - 2


def test_seeds_alone_would_cover_the_truth_too_rarely() -> None:
    world = World((0.02,), 10, 120, image_effect=0.2, accuracy=0.5)
    hits, of = covered(world, 300, images_count=False)
    assert hits < at_least(0.95, of)


@pytest.mark.parametrize(("policies", "seeds"), [(1, 3), (6, 5), (3, 10)])
def test_all_policies_together_raise_few_false_alarms(policies: int, seeds: int) -> None:
    assert false_alarms(World((0.0,) * policies, seeds), 200) <= at_most(0.05, 200)


def test_few_test_images_raise_no_more_false_alarms() -> None:
    world = World((0.0,) * 4, 5, images=40, accuracy=0.75, seed_sd=0.0)
    assert false_alarms(world, 200) <= at_most(0.05, 200)


def test_policies_that_treat_images_differently_raise_no_more_false_alarms() -> None:
    world = World((0.0,) * 4, 5, 120, image_effect=0.2, accuracy=0.5)
    assert false_alarms(world, 200) <= at_most(0.05, 200)


def test_five_times_the_error_would_raise_more_so_that_these_tests_can_fail() -> None:
    alarms = false_alarms(World((0.0,) * 6, 5), 120, Level(0.25, 6))
    assert alarms > at_most(0.05, 120)


def test_looking_again_and_again_is_paid_for() -> None:
    at = (3, 5, 8, 12)
    assert alarms_while_extending(World((0.0,)), at, 200) <= at_most(0.05, 200)
    assert alarms_while_extending(World((0.0,)), at, 200, spend=False) > at_most(0.05, 200)


def test_the_power_is_that_of_the_noncentral_t_distribution() -> None:
    rng = np.random.default_rng(5)
    for seeds, effect in ((3, 3.26), (5, 1.68), (10, 1.0)):
        quantile = stats.t.ppf(1 - 0.05 / 2, seeds - 1)
        power = stats.nct.sf(quantile, seeds - 1, effect * seeds**0.5)
        assert power == pytest.approx(0.8, abs=0.01)  # the table of STATISTICS
        found = sum(
            verdict(paired_effect(rng.normal(effect, 1.0, seeds)), Level(0.05), 0.01)[0] == "better"
            for _ in range(1500)
        )
        assert at_least(power, 1500) <= found <= at_most(power, 1500)


def test_a_large_effect_is_found_and_has_the_right_sign() -> None:
    world = World((0.06, -0.06), 10, 500)
    words = [verdicts(run) for run in simulated(world, 60)]
    assert sum(word[0] == "better" for word in words) >= 50
    assert sum(word[1] == "worse" for word in words) >= 50
    assert not any(word[0] == "worse" or word[1] == "better" for word in words)


@pytest.mark.parametrize("effect", [0.03, -0.03])
def test_a_difference_as_large_as_the_margin_is_seldom_called_equivalent(effect: float) -> None:
    world = World((effect,), 10, 500, image_effect=0.1, accuracy=0.6)
    assert called_equivalent(world, 250, 0.03) <= at_most(0.05, 250)
    assert called(world, 150, "equivalent", 0.03) <= at_most(0.05, 150)


def test_equal_policies_are_called_equivalent_given_enough_seeds_and_images() -> None:
    world = World((0.0,), 10, 1000, image_effect=0.05, seed_sd=0.005)
    assert called_equivalent(world, 60, 0.03) >= 50
    assert called(world, 60, "equivalent", 0.03) >= 45


def test_class_verdicts_keep_the_false_discovery_rate_without_any_effect() -> None:
    shares, _ = class_discoveries(World((0.0,) * 3, 5, 400), 250)
    assert sum(shares) <= at_most(0.05, 250)


def test_class_verdicts_keep_the_false_discovery_rate_beside_true_effects() -> None:
    effects = (0.25, -0.25, 0.25, *(0.0,) * 7)
    shares, true = class_discoveries(World((0.0,) * 2, 5, 800, 0.005, 0.0, 0.5, 10, effects), 100)
    assert sum(shares) <= at_most(0.05, 100)
    assert true >= 0.8 * 3 * 100


def test_gaps_raise_few_false_alarms() -> None:
    assert gap_alarms(4, 5, 120) <= at_most(0.05, 120)


def test_verdict_interval_and_p_value_never_contradict_each_other() -> None:
    seen = set()
    for world in (World((0.04, 0.0), 5, 300), World((0.0,), 6, 2000, seed_sd=0.0)):
        for run in simulated(world, 60):
            level = level_of(run.seeds, run.looks, len(run.challengers))
            table, _ = accuracy_table(run, level, 0.03)
            for row in table.to_dict("records")[1:]:
                low, high, word = row["delta_low"], row["delta_high"], row["verdict"]
                seen.add(word)
                assert (word == "better") == (low > 0)
                assert (word == "worse") == (high < 0)
                outside = low > 0 or high < 0
                assert (word == "equivalent") == (low > -0.03 and high < 0.03 and not outside)
                assert np.isnan(low) or (row["p_value"] <= 0.05) == outside
    assert {"better", "equivalent", "inconclusive"} <= seen
