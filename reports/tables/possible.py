"""Which differences are possible at all? An interval does not reach beyond them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def within_possible(
    interval: tuple[float, float], of_baseline: Sequence[float], least: float = 0.0
) -> tuple[float, float]:
    """An interval of a mean difference, cut to what the baseline's figures leave room for.

    A figure that lies in `least` … 1 differs from one whose mean is b by `least` − b … 1 − b. The
    true mean difference lies in there for sure, so a cut interval covers it as often as the whole.

    Args:
        interval: low and high, NaN where there is none.
        of_baseline: the baseline's figure in each block; what is not known does not count.
        least: the smallest figure there is: 0 for shares, −1 for gaps between shares.
    """
    known = [value for value in of_baseline if not np.isnan(value)]
    if not known:
        return interval
    mean = float(np.mean(known))
    low, high = interval
    # NaN compares as False with everything and so stays.
    return (
        least - mean if low < least - mean else low,
        1.0 - mean if high > 1.0 - mean else high,
    )
