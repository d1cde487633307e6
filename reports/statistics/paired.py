"""How sure is a difference between two policies?

One effect, one interval, one rule. The effect is the mean paired difference over J blocks (seeds).
Its interval counts both sources of chance, seeds and test images:

    half-width² = t² s² / J + z² q / n

    s²  variance between blocks of a block's difference, J - 1 degrees of freedom
    q   max(0, variance over images of their mean difference - mean over images of the variance
        between blocks / J): what the choice of the n images adds
    t,z two-sided quantiles of Student's t with J - 1 degrees of freedom and of the normal
        distribution, both at the same level

The level is 1 - alpha / m for m comparisons (Bonferroni), where alpha is what the run's look may
spend. The verdict reads that interval and nothing else. A p-value is the adjusted level at which
the interval touches 0, so that p <= .05 exactly where the interval excludes 0.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

ALPHA = 0.05
FIRST_LOOK = 0.04
SEEDS_FOR_INTERVALS = 3
SEEDS_FOR_P_VALUES = 5
SEEDS_CAP = 10_000
# The variance is known to a factor of 22 at 3 seeds: the 10 and 90 % points of its distribution.
SD_TAIL = 0.10
SMALLER = "smaller than matters"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """How much chance of a false alarm a table may spend.

    Attributes:
        alpha: what this look at the run may spend over all its comparisons.
        comparisons: how many comparisons share alpha, at least 1.
        look: which look this is, counted from 1.
        looks: how many looks the run folder remembers.
    """

    alpha: float
    comparisons: int = 1
    look: int = 1
    looks: int = 1

    @property
    def each(self) -> float:
        """The two-sided error of one interval: alpha / comparisons."""
        return self.alpha / max(1, self.comparisons)

    @property
    def confidence(self) -> float:
        """The level of one interval, 1 - alpha / comparisons."""
        return 1.0 - self.each

    def adjusted(self, raw: float) -> float:
        """A raw two-sided level as p-value: at most .05 exactly where raw is at most `each`."""
        return min(1.0, raw * ALPHA / self.each)

    def next_look(self) -> Level:
        """The level when more seeds are added."""
        look = self.looks + 1
        return Level(alpha_of_look(look), self.comparisons, look, look)


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
    """

    blocks: int
    mean: float
    variance: float
    image_variance: float = 0.0
    equal: bool = False

    @property
    def settled_by_chance(self) -> bool:
        """Blocks that differ by exactly the same amount: a small test part, not certainty."""
        return self.blocks >= 2 and self.variance == 0.0 and not self.equal

    def half_width(self, error: float) -> float:
        """Half the width of the two-sided interval with this error; NaN where there is none."""
        if self.blocks < SEEDS_FOR_INTERVALS or (self.variance == 0.0 and not self.equal):
            return math.nan
        if self.equal:
            return 0.0
        return float(
            half_width(self.variance / self.blocks, self.image_variance, self.blocks - 1, error)
        )

    def interval(self, error: float) -> tuple[float, float]:
        """The two-sided interval with this error, (NaN, NaN) where there is none."""
        half = self.half_width(error)
        return self.mean - half, self.mean + half

    def touches(self, value: float = 0.0) -> float:
        """The two-sided error at which the interval touches `value`; NaN without interval."""
        if math.isnan(self.half_width(ALPHA)):
            return math.nan
        if self.equal:
            return 1.0 if value == self.mean else 0.0
        return float(
            touching_error(
                self.mean - value,
                self.variance / self.blocks,
                self.image_variance,
                self.blocks - 1,
            )
        )


def alpha_of_look(look: int) -> float:
    """What the look with this number (from 1) may spend: .04, then .005, .0025, ...

    The later looks share .01 by halves, so that any number of them spends at most .05 in all.
    """
    return FIRST_LOOK if look <= 1 else (ALPHA - FIRST_LOOK) * 2.0 ** (1 - look)


def level_of(seeds: Sequence[int], looks: Sequence[Sequence[int]], comparisons: int) -> Level:
    """The level of a table of these seeds in a run that was looked at as `looks` says.

    A run that was never extended spends .04 too and not .05: whether it will be extended is not
    known when it is read, and a look cannot be taken back. A table of an earlier look keeps that
    look's level. Seeds that no look names count as the next look.
    """
    known = [frozenset(look) for look in looks]
    wanted = frozenset(seeds)
    look = known.index(wanted) + 1 if wanted in known else len(known) + 1
    return Level(alpha_of_look(look), max(1, comparisons), look, max(look, len(known)))


def paired_effect(
    differences: Sequence[float] | Floats,
    right_a: NDArray[np.bool_] | None = None,
    right_b: NDArray[np.bool_] | None = None,
    equal: bool = False,
) -> Effect:
    """The effect of policy a over policy b.

    Args:
        differences: a's figure less b's in each block, (J,).
        right_a: which images a got right, bool (J, n), the same images in every block; or None.
        right_b: the same of b.
        equal: all predictions of a and b are the same.

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
    return Effect(blocks, mean, variance, images, equal)


def image_variance(differences: Floats) -> float:
    """What the choice of test images adds to the variance of the mean, q / n (q as above).

    Args:
        differences: right(a) - right(b) of each image in each block, (J, n), values -1, 0, 1.
    """
    blocks, images = differences.shape
    of_means = differences.mean(axis=0).var(ddof=1)
    within = differences.var(axis=0, ddof=1).mean() / blocks
    return float(max(0.0, of_means - within) / images)


def half_width(seed_part: Any, image_part: Any, df: Any, error: Any) -> Any:
    """sqrt(t² seed_part + z² image_part) with t and z at the two-sided `error`; broadcasts."""
    t = special.stdtrit(df, np.asarray(error) / 2)
    z = special.ndtri(np.asarray(error) / 2)
    return np.sqrt(t * t * seed_part + z * z * image_part)


def touching_error(mean: Any, seed_part: Any, image_part: Any, df: Any) -> Any:
    """The two-sided error at which mean ± half_width touches 0, by bisection; broadcasts.

    Args:
        mean: differences.
        seed_part: s² / J.
        image_part: q / n.
        df: J - 1.

    Returns:
        Errors between 1e-300 and 1; 1 where the mean is 0.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(x, np.float64) for x in (mean, seed_part, image_part))
    )
    size = np.abs(arrays[0])
    low = np.full(size.shape, math.log(1e-300))
    high = np.zeros(size.shape)
    for _ in range(64):
        middle = (low + high) / 2
        # A smaller error makes a wider interval: it still covers 0 where the root lies above.
        covers = half_width(arrays[1], arrays[2], df, np.exp(middle)) > size
        low = np.where(covers, middle, low)
        high = np.where(covers, high, middle)
    return np.where(size == 0.0, 1.0, np.exp(high))


def verdict(effect: Effect, error: float, margin: float) -> tuple[str, str]:
    """What an interval with this error says of a difference.

    Args:
        effect: the difference.
        error: the two-sided error of the interval, alpha / m.
        margin: differences up to this fraction do not matter.

    Returns:
        One of better, worse, equivalent, inconclusive, and a remark ("" for none): a difference
        that is sure but whose whole interval lies inside the margin is "smaller than matters".
    """
    if effect.blocks < SEEDS_FOR_INTERVALS:
        return "inconclusive", f"fewer than {SEEDS_FOR_INTERVALS} seeds"
    if effect.equal:
        return "equivalent", "all predictions are equal"
    if effect.settled_by_chance:
        return "inconclusive", "the same difference in every seed: too few test images to tell"
    low, high = effect.interval(error)
    inside = -margin < low and high < margin
    if low > 0:
        return "better", SMALLER if inside else ""
    if high < 0:
        return "worse", SMALLER if inside else ""
    return ("equivalent" if inside else "inconclusive"), ""


def p_value(effect: Effect, level: Level) -> float:
    """The adjusted level at which the interval touches 0; NaN with fewer than 5 seeds."""
    if effect.blocks < SEEDS_FOR_P_VALUES:
        return math.nan
    raw = effect.touches(0.0)
    return math.nan if math.isnan(raw) else level.adjusted(raw)


def equivalence(effect: Effect, alpha: float, margin: float) -> tuple[tuple[float, float], float]:
    """Two one-sided tests (Schuirmann 1987) of |difference| < margin, at level alpha.

    They reject exactly where the interval of level 1 - 2 alpha lies inside ± margin.

    Returns:
        That interval, and the p-value: the smallest alpha at which the tests reject, at least .5
        where the mean lies outside the margin; NaN where there is no interval.
    """
    bounds = effect.interval(2 * alpha)
    if effect.equal:
        return bounds, 0.0 if effect.blocks >= SEEDS_FOR_INTERVALS else math.nan
    one_sided = effect.touches(math.copysign(margin, effect.mean)) / 2
    return bounds, one_sided if abs(effect.mean) < margin else 1.0 - one_sided


def seeds_needed(effect: Effect, level: Level, margin: float) -> tuple[int | None, int | None]:
    """How many seeds would settle an inconclusive difference, as a range.

    The estimate is taken for the truth. Then it settles when the half-width is at most |d| (the
    interval excludes 0) or at most margin - |d| (it lies inside the margin), whichever is wider,
    at the level of the next look. The range is that of the 80 % interval of s (chi²): from few
    seeds the spread itself is hardly known.

    Returns:
        (low, high), each more than the seeds there are, or None where there is no estimate, or no
        number of seeds up to 10,000 does it since the test images alone leave more doubt.
    """
    df = effect.blocks - 1
    if effect.blocks < SEEDS_FOR_INTERVALS or not effect.variance > 0:
        return None, None
    target = max(abs(effect.mean), margin - abs(effect.mean))
    error = level.next_look().each
    squares = df * effect.variance
    low, high = (
        _seeds_for(squares / quantile, effect, target, error)
        for quantile in stats.chi2.ppf([1 - SD_TAIL, SD_TAIL], df)
    )
    return low, high


def _seeds_for(variance: float, effect: Effect, target: float, error: float) -> int | None:
    def enough(count: int) -> bool:
        half = half_width(variance / count, effect.image_variance, count - 1, error)
        return bool(half <= target)

    # The half-width falls with the count, so the first that is enough is found by bisection.
    counts = range(effect.blocks + 1, SEEDS_CAP + 1)
    at = bisect.bisect_left(counts, True, key=enough)
    return counts[at] if at < len(counts) else None


def discoveries(errors: Floats, alpha: float) -> int:
    """How many of these raw p-values Benjamini and Hochberg (1995) reject at rate alpha.

    Args:
        errors: raw p-values, (M,); NaN counts as one that is not rejected.
        alpha: the false discovery rate.
    """
    ordered = np.sort(np.where(np.isnan(errors), 1.0, errors))
    below = np.flatnonzero(ordered <= alpha * np.arange(1, len(ordered) + 1) / len(ordered))
    return int(below[-1]) + 1 if len(below) else 0
