"""The variance by all policies, against closed formulas and known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.reports.statistics.spread import moderated, shared_variance

RNG = np.random.default_rng(8)


def block_design(sds: list[float], runs: int, blocks: int) -> np.ndarray:
    """Figures runs x policies x blocks: an effect of the policy, one of the block, and noise."""
    noise = RNG.standard_normal((runs, len(sds), blocks)) * np.array(sds)[:, None]
    return noise + RNG.normal(0, 5, (runs, 1, blocks)) + RNG.normal(0, 5, (runs, len(sds), 1))


def test_it_is_twice_the_variance_of_the_noise_where_all_are_alike() -> None:
    found = [shared_variance(figures) for figures in block_design([1.0] * 5, 400, 6)]
    assert np.mean(found) == pytest.approx(2.0, rel=0.12)


def test_it_is_not_too_small_where_the_baseline_or_one_policy_is_the_noisy_one() -> None:
    noisy_baseline = [shared_variance(f) for f in block_design([3.0, 1, 1, 1, 1], 400, 6)]
    assert np.mean(noisy_baseline) == pytest.approx(10.0, rel=0.12)
    noisy_policy = [shared_variance(f) for f in block_design([1.0, 1, 1, 1, 10], 400, 6)]
    assert np.mean(noisy_policy) > 104 / 4


def test_missing_trials_leave_it_unbiased() -> None:
    complete = block_design([1.0] * 5, 400, 6)
    complete[:, 2, 1] = complete[:, 4, 3:] = math.nan
    found = [shared_variance(figures) for figures in complete]
    assert np.mean(found) == pytest.approx(2.0, rel=0.15)


def test_a_lone_policy_has_none() -> None:
    figures = block_design([1.0] * 3, 1, 4)[0]
    assert math.isnan(shared_variance(figures[:2]))
    figures[2, 1:] = math.nan
    assert math.isnan(shared_variance(figures))


def test_moderation_weighs_by_degrees_of_freedom() -> None:
    assert moderated(np.array([4.0]), 1.0, 2)[0] == pytest.approx((2 * 1.0 + 2 * 4.0) / 4)


def test_with_a_missing_trial_it_is_twice_the_least_squares_residual_variance() -> None:
    figures = block_design([1.0, 1.0, 1.0, 30.0], 1, 6)[0]
    figures[1, 2] = math.nan
    there = ~np.isnan(figures)
    policy, block = np.nonzero(there)
    dummies = np.column_stack([policy[:, None] == np.arange(4), block[:, None] == np.arange(6)])
    values = figures[there]
    left = values - dummies @ (np.linalg.pinv(dummies.astype(float)) @ values)
    expected = 2 * float(left @ left) / (len(values) - (4 + 6 - 1))
    own = np.nanvar(figures[1:] - figures[0], axis=1, ddof=1).mean()
    assert shared_variance(figures) == pytest.approx(max(expected, own)) and expected > own
