"""Which policy ranks first over several data sets, and is that more than chance?

As in J. Demšar, "Statistical comparisons of classifiers over multiple data sets", Journal of
Machine Learning Research 7 (2006), 1-30. A data set is one observation: within it the policies
get ranks, 1 for the best, equal ones their mean rank. Friedman's test says whether the mean ranks
differ at all; only where it does, two further questions are answered. Nemenyi: which policies
differ from which? Those whose mean ranks are at least the critical difference apart,

    CD = q √(k (k + 1) / (6 N)),    k policies, N data sets,

with q the studentised range of k means and endless degrees of freedom, divided by √2. Holm: which
policies differ from the baseline? z = (R_i − R_0) / √(k (k + 1) / (6 N)) with Holm's step-down
correction for k − 1 comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

ALPHA = 0.05
DATASETS_FOR_RANKS = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Mean ranks of k policies over N data sets, and what they prove.

    Attributes:
        datasets: N.
        mean_ranks: 1 is the best, (k,).
        tested: whether there are enough data sets for what follows; else it is NaN and empty.
        test: the name of the test that `p_value` is of.
        statistic: its statistic.
        p_value: of "all policies rank alike".
        critical_difference: mean ranks at least this far apart differ at level .05.
        groups: ranges (first, last) of places in the order of mean ranks, within which no two
            policies are told apart; only the largest, and only those of two and more.
    """

    datasets: int
    mean_ranks: Floats
    tested: bool = False
    test: str = ""
    statistic: float = math.nan
    p_value: float = math.nan
    critical_difference: float = math.nan
    groups: tuple[tuple[int, int], ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the ranks differ by more than chance explains, at level .05."""
        return self.tested and self.p_value <= ALPHA

    @property
    def order(self) -> NDArray[np.int64]:
        """The places of the policies, the best mean rank first, (k,)."""
        return np.argsort(self.mean_ranks, kind="stable")


def ranks_of(figures: Floats) -> Floats:
    """Ranks within each data set, 1 for the highest figure, equal figures their mean rank.

    Args:
        figures: accuracies, (N, k). Counts of the same images divided alike: what differs by
            rounding only is equal.

    Returns:
        float64 (N, k); each row sums to k (k + 1) / 2.
    """
    return np.asarray(stats.rankdata(-np.round(figures, 12), axis=1), dtype=np.float64)


def ranking(figures: Floats) -> Ranking:
    """Rank policies over data sets, and test the ranks from 10 data sets on.

    Args:
        figures: test accuracies, (N, k), without gaps.
    """
    count, policies = figures.shape
    ranks = ranks_of(figures)
    means = ranks.mean(axis=0) if count else np.full(policies, math.nan)
    if count < DATASETS_FOR_RANKS or policies < 2:
        return Ranking(count, means)
    test, statistic, p_value = _test(figures, ranks)
    apart = critical_difference(policies, count)
    # Without a difference over all, none between two is claimed (Demšar, 3.2.2).
    wide = apart if p_value <= ALPHA else math.inf
    groups = groups_of(np.sort(means), wide)
    return Ranking(count, means, True, test, statistic, p_value, apart, groups)


def _test(figures: Floats, ranks: Floats) -> tuple[str, float, float]:
    count, policies = figures.shape
    if policies == 2:
        differences = np.round(figures[:, 0] - figures[:, 1], 12)
        if not differences.any():
            return "Wilcoxon", math.nan, 1.0
        test = stats.wilcoxon(differences, zero_method="zsplit")
        return "Wilcoxon", float(test.statistic), float(test.pvalue)
    if np.ptp(ranks) == 0.0:
        return "Friedman", 0.0, 1.0
    # scipy corrects for ties. Iman and Davenport (1980) mend the test's lack of power: their F
    # is what Demšar recommends.
    chi2 = float(stats.friedmanchisquare(*ranks.T).statistic)
    return "Friedman", *iman_davenport(chi2, policies, count)


def iman_davenport(chi2: float, policies: int, datasets: int) -> tuple[float, float]:
    """F = (N − 1) χ² / (N (k − 1) − χ²) and its p-value with k − 1 and (k − 1)(N − 1) degrees."""
    left = datasets * (policies - 1) - chi2
    if left <= 1e-9:
        return math.inf, 0.0
    f = (datasets - 1) * chi2 / left
    return f, float(stats.f.sf(f, policies - 1, (policies - 1) * (datasets - 1)))


def critical_difference(policies: int, datasets: int, alpha: float = ALPHA) -> float:
    """Nemenyi's: mean ranks at least this far apart differ at the level alpha, over all pairs."""
    q = float(stats.studentized_range.ppf(1 - alpha, policies, np.inf)) / math.sqrt(2)
    return q * _standard_error(policies, datasets)


def _standard_error(policies: int, datasets: int) -> float:
    return math.sqrt(policies * (policies + 1) / (6 * datasets))


def groups_of(ranks: Sequence[float] | Floats, apart: float) -> tuple[tuple[int, int], ...]:
    """The longest runs of ranks, sorted upwards, that span less than `apart`.

    Returns:
        Ranges (first, last) of places, last included, of at least two places each; none lies
        within another.
    """
    groups: list[tuple[int, int]] = []
    for first in range(len(ranks)):
        last = max(at for at in range(len(ranks)) if ranks[at] - ranks[first] < apart)
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return tuple(groups)


def holm(mean_ranks: Floats, baseline: int, datasets: int) -> Floats:
    """Holm's adjusted p-values of "ranks like the baseline".

    Args:
        mean_ranks: (k,).
        baseline: its place.
        datasets: N.

    Returns:
        float64 (k,), NaN for the baseline itself.
    """
    policies = len(mean_ranks)
    z = (mean_ranks - mean_ranks[baseline]) / _standard_error(policies, datasets)
    raw = 2 * stats.norm.sf(np.abs(z))
    others = [at for at in np.argsort(raw, kind="stable") if at != baseline]
    adjusted = np.full(policies, math.nan)
    least = 0.0
    for step, at in enumerate(others):
        least = max(least, min(1.0, float(raw[at]) * (policies - 1 - step)))
        adjusted[at] = least
    return adjusted
