"""What does an interval say of a difference, and what would it take to settle it?

The verdict reads the interval of `augbench.reports.statistics.effect` and nothing else. A p-value
is the adjusted level at which the interval touches 0, so that p <= .05 exactly where the interval
excludes 0.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

import numpy as np
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Effect, Floats, half_width
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.spread import PRIOR_DEGREES, moderated
from scipy import stats

SEEDS_FOR_P_VALUES = 5
SEEDS_CAP = 10_000
# The variance is known to a factor of 22 at 3 seeds: the 10 and 90 % points of its distribution.
SD_TAIL = 0.10
# What must be said with a verdict; the kinds of the findings that say it.
FEW_SEEDS = "fewer-seeds-than-needed"
EQUAL_PREDICTIONS = "equal-predictions"
SAME_DIFFERENCE = "same-difference-in-every-seed"
SMALL = "smaller-than-matters"


@dataclass(frozen=True)
class Known:
    """What looks leave of a difference.

    Each look has paid for its interval, and all of them hold together with the probability that
    the looks share, so what they have in common does too (Jennison and Turnbull, Journal of the
    Royal Statistical Society B 51, 1989): another look never makes an answer less sure.

    Attributes:
        low: the lower bound; NaN where no look gave an interval.
        high: the upper bound.
        looks: what each look saw whose interval counts, and its level.
    """

    low: float = math.nan
    high: float = math.nan
    looks: tuple[tuple[Effect, Level], ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Low and high."""
        return self.low, self.high

    @property
    def p_value(self) -> float:
        """The smallest adjusted level at which the interval of a look touches 0.

        It is <= .05 exactly where the bounds exclude 0; NaN without an interval.
        """
        touching = (
            level.adjusted(effect.touches(0.0, level.comparisons)) for effect, level in self.looks
        )
        return min(touching, default=math.nan)

    def narrowed(self, effect: Effect, level: Level) -> Known:
        """What a further look leaves; intervals that exclude each other leave the last one."""
        low, high = effect.interval(level)
        if math.isnan(low):
            return self
        now = Known(low, high, ((effect, level),))
        if math.isnan(self.low):
            return now
        both = max(self.low, now.low), min(self.high, now.high)
        return now if both[0] > both[1] else Known(*both, self.looks + now.looks)


NOTHING = Known()


def verdict(
    effect: Effect, level: Level, margin: float, before: Known = NOTHING
) -> tuple[str, str]:
    """What an interval at this level says of a difference.

    Args:
        effect: the difference.
        level: the error, and how many comparisons share it.
        margin: differences up to this fraction do not matter.
        before: what earlier looks left of the difference.

    Returns:
        One of better, worse, equivalent, inconclusive, and what must be said with it: `FEW_SEEDS`,
        `EQUAL_PREDICTIONS`, `SAME_DIFFERENCE`, `SMALL` (a difference that is sure but whose whole
        interval lies inside the margin), or "".
    """
    if effect.blocks < SEEDS_FOR_INTERVALS:
        return "inconclusive", FEW_SEEDS
    if effect.equal:
        return "equivalent", EQUAL_PREDICTIONS
    low, high = before.narrowed(effect, level).bounds
    if math.isnan(low):
        return "inconclusive", SAME_DIFFERENCE
    inside = -margin < low and high < margin
    if low > 0:
        return "better", SMALL if inside else ""
    if high < 0:
        return "worse", SMALL if inside else ""
    return ("equivalent" if inside else "inconclusive"), ""


def p_value(effect: Effect, level: Level, before: Known = NOTHING) -> float:
    """The p-value of `Known` after this look; NaN with fewer than 5 seeds."""
    if effect.blocks < SEEDS_FOR_P_VALUES:
        return math.nan
    return before.narrowed(effect, level).p_value


def equivalence(effect: Effect, alpha: float, margin: float) -> tuple[tuple[float, float], float]:
    """Two one-sided tests (Schuirmann 1987) of |difference| < margin, at level alpha.

    They reject exactly where the interval of level 1 - 2 alpha lies inside ± margin.

    Returns:
        That interval, and the p-value: the smallest alpha at which the tests reject, at least .5
        where the mean lies outside the margin; NaN where there is no interval.
    """
    bounds = effect.interval(Level(2 * alpha))
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
    lone = math.isnan(effect.shared)
    df = effect.blocks - 1 + (0 if lone else PRIOR_DEGREES)
    known = (
        effect.variance if lone else moderated(effect.variance, effect.shared, effect.blocks - 1)
    )
    if effect.blocks < SEEDS_FOR_INTERVALS or not known > 0:
        return None, None
    target = max(abs(effect.mean), margin - abs(effect.mean))
    low, high = (
        _seeds_for(df * known / quantile, effect, target, level.next_look())
        for quantile in stats.chi2.ppf([1 - SD_TAIL, SD_TAIL], df)
    )
    return low, high


def _seeds_for(variance: float, effect: Effect, target: float, level: Level) -> int | None:
    shared = math.nan if math.isnan(effect.shared) else variance

    def enough(count: int) -> bool:
        half = half_width(
            variance, shared, effect.image_variance, count, level.alpha, level.comparisons
        )
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
    if not len(errors):
        return 0
    adjusted = stats.false_discovery_control(np.where(np.isnan(errors), 1.0, errors))
    return int((adjusted <= alpha).sum())
