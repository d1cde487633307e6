"""How large is a difference between two policies, and how sure is it?

One effect, one interval. The effect is the mean paired difference over J blocks (seeds). Its
interval counts both sources of chance, seeds and test images:

    half-width² = max(c² v / J, t² s² / J) + z² q / n

    s²  variance between blocks of a block's difference, J - 1 degrees of freedom
    v   s² moderated by the spread of all policies (`augbench.reports.statistics.spread`)
    q   max(0, variance over images of their mean difference - mean over images of the variance
        between blocks / J): what the choice of the n images adds
    c,z Dunnett's critical values for all comparisons with the baseline together, with the degrees
        of freedom of v and of the normal distribution
    t   Student's two-sided quantile at .7 of the error that all comparisons share: where a policy
        is much noisier than the others, its own spread alone must agree

A lone comparison, and one of two policies with each other, has no spread of others: then the
half-width² is t² s² / J + z² q / n with the plain quantiles at the error divided by the number of
comparisons (Bonferroni). Simulated for 1 to 20
policies, 3 to 10 seeds and spreads that differ tenfold: `benchmarks/settling.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.reports.statistics.dunnett import critical_value
from augbench.reports.statistics.level import ALPHA, Level
from augbench.reports.statistics.spread import PRIOR_DEGREES, moderated
from numpy.typing import NDArray

SEEDS_FOR_INTERVALS = 3
#: part of the error of all comparisons at which a policy's own spread must agree
OWN_SHARE = 0.7
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A mean paired difference over blocks, with what its interval needs.

    Attributes:
        blocks: how many blocks (seeds) both policies finished, J.
        mean: the mean difference, a fraction; NaN without blocks.
        variance: s², between blocks; NaN with fewer than 2.
        image_variance: q / n, the part of the images; 0 where images are not the same in all
            blocks or were not kept.
        equal: all predictions of both policies are the same in all blocks.
        shared: the variance between blocks by all policies (`shared_variance`); NaN for a lone
            comparison.
    """

    blocks: int
    mean: float
    variance: float
    image_variance: float = 0.0
    equal: bool = False
    shared: float = math.nan

    @property
    def same_by_chance(self) -> bool:
        """Blocks that differ by exactly the same amount: a small test part, not certainty."""
        return self.blocks >= 2 and self.variance == 0.0 and not self.equal

    def half_width(self, level: Level) -> float:
        """Half the width of the two-sided interval at this level; NaN where there is none."""
        if self.blocks < SEEDS_FOR_INTERVALS or (self.same_by_chance and math.isnan(self.shared)):
            return math.nan
        if self.equal:
            return 0.0
        return float(self._half_width(level.alpha, level.comparisons))

    def interval(self, level: Level) -> tuple[float, float]:
        """The two-sided interval at this level, (NaN, NaN) where there is none."""
        half = self.half_width(level)
        return self.mean - half, self.mean + half

    def touches(self, value: float = 0.0, comparisons: int = 1) -> float:
        """The error of all comparisons at which the interval touches `value`; NaN without one."""
        if math.isnan(self.half_width(Level(ALPHA, comparisons))):
            return math.nan
        if self.equal:
            return 1.0 if value == self.mean else 0.0
        return float(
            touching_error(self.mean - value, lambda error: self._half_width(error, comparisons))
        )

    def _half_width(self, error: Any, comparisons: int) -> Any:
        return half_width(
            self.variance, self.shared, self.image_variance, self.blocks, error, comparisons
        )


def paired_effect(
    differences: Sequence[float] | Floats,
    right_a: NDArray[np.bool_] | None = None,
    right_b: NDArray[np.bool_] | None = None,
    equal: bool = False,
    shared: float = math.nan,
) -> Effect:
    """The effect of policy a over policy b.

    Args:
        differences: a's figure less b's in each block, (J,).
        right_a: which images a got right, bool (J, n), or how often, a fraction; the same images
            in every block; or None.
        right_b: the same of b.
        equal: all predictions of a and b are the same.
        shared: the variance between blocks by all policies, for a comparison with the baseline.

    Returns:
        The effect; without `right_a` and `right_b` its interval is the plain paired t interval.
    """
    values = np.asarray(differences, dtype=np.float64)
    blocks = len(values)
    mean = float(values.mean()) if blocks else math.nan
    variance = float(values.var(ddof=1)) if blocks > 1 else math.nan
    # Accuracies are counts divided by n: what differs by rounding only does not differ.
    if blocks > 1 and np.ptp(values) < 1e-12:
        variance = 0.0
    images = 0.0
    if right_a is not None and right_b is not None and blocks > 1 and right_a.shape[1] > 1:
        images = image_variance(right_a.astype(np.float64) - right_b.astype(np.float64))
    return Effect(blocks, mean, variance, images, equal, shared)


def image_variance(differences: Floats) -> float:
    """What the choice of test images adds to the variance of the mean, q / n (q as above).

    Args:
        differences: right(a) - right(b) of each image in each block, (J, n), values -1, 0, 1.
    """
    blocks, images = differences.shape
    of_means = differences.mean(axis=0).var(ddof=1)
    within = differences.var(axis=0, ddof=1).mean() / blocks
    return float(max(0.0, of_means - within) / images)


def half_width(
    variance: Any, shared: Any, image_variance: Any, blocks: int, error: Any, comparisons: int = 1
) -> Any:
    """Half the width of the interval (formula above); broadcasts over all but blocks, comparisons.

    Args:
        variance: s², a policy's own.
        shared: the variance by all policies, NaN for a lone comparison.
        image_variance: q / n.
        blocks: J, at least 2.
        error: two-sided, of all comparisons together.
        comparisons: with the same baseline.
    """
    df = blocks - 1
    lone = np.isnan(shared)
    each = np.asarray(error) / comparisons
    seeds = critical_value(each, 1, df) ** 2 * variance / blocks
    images = critical_value(each, 1, math.inf)
    if not np.all(lone):
        own = critical_value(OWN_SHARE * np.asarray(error), 1, df) ** 2 * variance / blocks
        together = critical_value(error, comparisons, PRIOR_DEGREES + df) ** 2
        of_all = together * moderated(variance, shared, df) / blocks
        seeds = np.where(lone, seeds, np.maximum(own, of_all))
        images = np.where(lone, images, critical_value(error, comparisons, math.inf))
    return np.sqrt(seeds + images**2 * image_variance)


def touching_error(mean: Any, half_width_at: Callable[[Any], Any]) -> Any:
    """The two-sided error at which mean ± half-width touches 0, by bisection; broadcasts.

    Args:
        mean: differences.
        half_width_at: the half-widths at errors of the same shape.

    Returns:
        Errors between 1e-300 and 1; 1 where the mean is 0.
    """
    size = np.abs(np.asarray(mean, np.float64))
    low = np.full(size.shape, math.log(1e-300))
    high = np.zeros(size.shape)
    for _ in range(64):
        middle = (low + high) / 2
        # A smaller error makes a wider interval: it still covers 0 where the root lies above.
        covers = half_width_at(np.exp(middle)) > size
        low = np.where(covers, middle, low)
        high = np.where(covers, high, middle)
    return np.where(size == 0.0, 1.0, np.exp(high))
