"""How large is a difference between two policies, and how sure is it?

One effect, one interval. The effect is the mean paired difference over J blocks (seeds). Its
interval counts both sources of chance, seeds and test images:

    half-width² = t² s² / J + z² q / n

    s²  variance between blocks of a block's difference, J - 1 degrees of freedom
    q   max(0, variance over images of their mean difference - mean over images of the variance
        between blocks / J): what the choice of the n images adds
    t,z two-sided quantiles of Student's t with J - 1 degrees of freedom and of the normal
        distribution, both at the same level
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.reports.statistics.level import ALPHA
from numpy.typing import NDArray
from scipy import special

SEEDS_FOR_INTERVALS = 3
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
    """

    blocks: int
    mean: float
    variance: float
    image_variance: float = 0.0
    equal: bool = False

    @property
    def same_by_chance(self) -> bool:
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


def paired_effect(
    differences: Sequence[float] | Floats,
    right_a: Floats | NDArray[np.bool_] | None = None,
    right_b: Floats | NDArray[np.bool_] | None = None,
    equal: bool = False,
) -> Effect:
    """The effect of policy a over policy b.

    Args:
        differences: a's figure less b's in each block, (J,).
        right_a: how right a was of each image, 0 to 1, (J, n), the same images in every block; or
            None.
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
        differences: right(a) - right(b) of each image in each block, (J, n), values -1 to 1.
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
