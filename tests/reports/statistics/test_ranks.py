"""Are ranks, critical differences and corrections those of Demšar's paper and of SciPy?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.reports.statistics.ranks import (
    Ranking,
    critical_difference,
    groups_of,
    holm,
    iman_davenport,
    ranking,
    ranks_of,
)
from scipy import stats

# Demšar (2006), table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets. The two .975 of
# "voting" have the ranks 2 and 3 there, so they differed before they were rounded.
TABLE_6 = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9752, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_ranks_of_the_paper_with_their_ties() -> None:
    ranks = ranks_of(TABLE_6)
    assert ranks[5].tolist() == [1, 2.5, 4, 2.5]
    assert ranks[9].tolist() == [2.5, 2.5, 2.5, 2.5]
    assert np.round(ranks.mean(axis=0), 3).tolist() == [3.143, 2.000, 2.893, 1.964]


def test_what_differs_by_rounding_only_shares_its_rank() -> None:
    assert ranks_of(np.array([[0.1 + 0.2, 0.3, 0.2]])).tolist() == [[1.5, 1.5, 3]]


def test_friedman_and_iman_davenport_are_those_of_the_paper_but_for_ties() -> None:
    """The paper's formula does not correct for ties: 9.28 and 3.69; SciPy's does."""
    ranks = ranks_of(TABLE_6)
    n, k = ranks.shape
    plain = 12 * n / (k * (k + 1)) * (np.sum(ranks.mean(axis=0) ** 2) - k * (k + 1) ** 2 / 4)
    assert plain == pytest.approx(9.28, abs=0.005)
    assert iman_davenport(plain, k, n)[0] == pytest.approx(3.69, abs=0.005)
    tied = [int(c) for row in ranks for c in np.unique(row, return_counts=True)[1]]
    correction = 1 - sum(t**3 - t for t in tied) / (n * k * (k**2 - 1))
    found = ranking(TABLE_6)
    chi2 = n * (k - 1) * found.statistic / (n - 1 + found.statistic)
    assert chi2 == pytest.approx(plain / correction)
    assert chi2 == pytest.approx(stats.friedmanchisquare(*TABLE_6.T).statistic)
    assert found.p_value == pytest.approx(stats.f.sf(found.statistic, 3, 39))


def test_the_f_distribution_has_the_papers_critical_value() -> None:
    """F(3, 39) is 2.85 at level .05."""
    chi2 = 2.845 * 14 * 3 / (13 + 2.845)
    statistic, p_value = iman_davenport(chi2, 4, 14)
    assert statistic == pytest.approx(2.845)
    assert p_value == pytest.approx(0.05, abs=0.0005)


def test_critical_values_of_nemenyi_are_those_of_table_5() -> None:
    at_05 = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]
    at_10 = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]
    for alpha, wanted in ((0.05, at_05), (0.10, at_10)):
        for k, q in zip(range(2, 11), wanted, strict=True):
            # N = k (k + 1) / 6 data sets leave q itself.
            found = critical_difference(k, 1, alpha) / math.sqrt(k * (k + 1) / 6)
            assert found == pytest.approx(q, abs=0.0015)


def test_the_papers_critical_differences() -> None:
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, alpha=0.10) == pytest.approx(1.12, abs=0.005)


def test_the_papers_example_tells_no_pair_apart_at_five_per_cent_although_ranks_differ() -> None:
    found = ranking(TABLE_6)
    assert found.differ
    assert [int(at) for at in found.order] == [3, 1, 2, 0]
    assert found.groups == ((0, 3),)
    ranks = np.sort(found.mean_ranks)
    # At level .10, as in its figure 1a: C4.5 differs from C4.5+m and from C4.5+m+cf.
    assert groups_of(ranks, critical_difference(4, 14, 0.10)) == ((0, 2), (2, 3))


def test_holm_is_that_of_the_paper() -> None:
    """z of 2.416, 2.343 and .512; p of .016, .019 and .607, times 3, 2 and 1."""
    adjusted = holm(ranking(TABLE_6).mean_ranks, 0, 14)
    assert math.isnan(adjusted[0])
    assert adjusted[3] == pytest.approx(3 * 2 * stats.norm.sf(2.416), abs=0.0002)
    # Step-down: the second is at least the first, 2 × .019 < 3 × .016.
    assert adjusted[1] == adjusted[3]
    assert adjusted[2] == pytest.approx(0.607, abs=0.002)


def test_groups_are_the_longest_ones_only() -> None:
    assert groups_of([1.0, 1.4, 2.0, 2.3, 4.0], 1.1) == ((0, 2), (1, 3))
    assert groups_of([1.0, 3.0, 5.0], 1.0) == ()
    assert groups_of([1.0, 2.0], 1.0) == ()
    assert groups_of([1.0, 1.0, 1.0], 0.5) == ((0, 2),)


def test_under_ten_data_sets_nothing_is_tested() -> None:
    found = ranking(TABLE_6[:9])
    assert not found.tested
    assert math.isnan(found.p_value)
    assert found.groups == ()
    assert ranking(TABLE_6[:10]).tested


def test_two_policies_are_tested_by_wilcoxons_signed_ranks() -> None:
    two = TABLE_6[:, [0, 3]]
    found = ranking(two)
    differences = np.round(two[:, 0] - two[:, 1], 12)
    assert found.test == "Wilcoxon"
    assert found.p_value == stats.wilcoxon(differences, zero_method="zsplit").pvalue
    assert found.p_value < 0.05
    assert found.groups == ()


@pytest.mark.parametrize("policies", [2, 3])
def test_policies_that_are_always_equal_differ_in_nothing(policies: int) -> None:
    found = ranking(np.full((12, policies), 0.5))
    assert found.p_value == 1.0
    assert not found.differ
    assert found.groups == ((0, policies - 1),)


def test_the_same_order_everywhere_is_certain() -> None:
    found = ranking(np.tile([0.9, 0.8, 0.7], (20, 1)))
    assert found.p_value == 0.0
    assert found.groups == ()


def test_false_alarms_of_the_test_stay_at_their_level() -> None:
    rng = np.random.default_rng(0)
    alarms = [ranking(rng.standard_normal((12, 4))).differ for _ in range(1000)]
    # 1,000 repetitions at 5 %: a standard error of .7 points.
    assert 0.03 < np.mean(alarms) < 0.07


def test_nearly_the_same_order_everywhere_is_a_finite_statistic() -> None:
    f, p = iman_davenport(14 * 3 - 0.5, 4, 14)
    assert f == pytest.approx(13 * 41.5 / 0.5)
    assert p == pytest.approx(stats.f.sf(f, 3, 39))


def test_adjusted_p_values_are_probabilities() -> None:
    assert np.nanmax(holm(np.array([2.0, 2.01, 1.99, 2.0]), 0, 12)) == 1.0


def test_ranks_differ_at_five_per_cent_and_below() -> None:
    means = np.array([1.4, 1.6])
    assert Ranking(12, means, tested=True, p_value=0.05).differ
    assert not Ranking(12, means, tested=True, p_value=0.0501).differ
    assert not Ranking(9, means, p_value=0.01).differ
