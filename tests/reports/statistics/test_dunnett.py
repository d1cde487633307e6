"""Dunnett's critical values against SciPy, and against what is known of his tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.reports.statistics.dunnett import critical_value
from scipy import stats


@pytest.mark.parametrize(
    ("comparisons", "df", "published"),
    [(2, 5, 3.03), (4, 6, 3.26), (4, 10, 2.89), (9, 20, 2.95), (4, math.inf, 2.44)],
)
def test_critical_values_are_those_of_dunnetts_tables(
    comparisons: int, df: float, published: float
) -> None:
    assert critical_value(0.05, comparisons, df) == pytest.approx(published, abs=0.011)


def test_they_are_those_of_the_multivariate_t_distribution_of_scipy() -> None:
    shape = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    c = float(critical_value(0.05, 3, 7))
    joint = stats.multivariate_t(shape=shape, df=7, seed=1)
    inside = joint.cdf(np.full(3, c), lower_limit=np.full(3, -c), maxpts=200_000)
    assert 1 - inside == pytest.approx(0.05, abs=3e-4)


def test_a_lone_comparison_has_students_quantile() -> None:
    assert critical_value(0.05, 1, 4) == pytest.approx(stats.t.ppf(0.975, 4))
    assert critical_value(0.05, 1, math.inf) == pytest.approx(stats.norm.ppf(0.975))


@pytest.mark.parametrize("error", [0.3, 0.04, 0.0005, 1e-9])
def test_they_lie_between_those_of_one_and_of_independent_comparisons(error: float) -> None:
    c = float(critical_value(error, 5, 6))
    assert stats.t.isf(error / 2, 6) < c <= stats.t.isf(error / 10, 6) + 1e-9


@pytest.mark.parametrize(
    ("error", "comparisons", "df", "exact"),
    [
        (0.05, 2, 2, 5e-4),
        (0.05, 4, 4, 2e-5),
        (0.01, 4, 4, 2e-5),
        (1e-4, 3, 8, 2e-5),
        (0.05, 10, 6, 2e-5),
        (0.005, 20, 12, 2e-5),
        (0.05, 5, math.inf, 2e-5),
    ],
)
def test_their_error_is_what_was_asked_by_plain_sums_over_baseline_and_spread(
    error: float, comparisons: int, df: float, exact: float
) -> None:
    c = float(critical_value(error, comparisons, df))
    z, step = np.linspace(-9.0, 9.0, 1501, retstep=True)
    s, parts = np.ones(1), np.ones(1)
    if math.isfinite(df):
        s = np.linspace(0.0, math.sqrt(stats.chi2.isf(1e-15, df) / df), 3001)
        density = 2 * s * df * stats.chi2.pdf(df * s**2, df)
        parts = density / density.sum()
    reach = math.sqrt(2) * c * s[:, None]
    inside = (stats.norm.cdf(z + reach) - stats.norm.cdf(z - reach)) ** comparisons
    coverage = parts @ inside @ stats.norm.pdf(z) * step
    assert (1 - coverage) / error == pytest.approx(1.0, abs=exact)


def test_an_error_of_one_is_touched_by_no_width_at_all() -> None:
    assert critical_value(1.0, 4, 6) == pytest.approx(0.0, abs=1e-6)
    assert critical_value(0.999, 4, 6) < critical_value(0.99, 4, 6) < 0.6
