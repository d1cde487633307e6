"""How do the values of one parameter now follow from those of the same rows then?"""

from __future__ import annotations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import FEW

from augbench.findings import Finding

#: two samples of draws that are surely not of one distribution
_SURELY = 1e-4
#: a correlation over all rows that no error of measuring has
_STILL_THERE = 0.6


def relation(
    name: str, then: np.ndarray, now: np.ndarray, neutral: float, precision: float
) -> Finding | None:
    """Return what became of a parameter, None where it is what it was.

    Args:
        name: the parameter.
        then: float64, N.
        now: float64, N, the same rows.
        neutral: its value where nothing happens.
        precision: how far a value may be off as measured.
    """
    if agree(then, now, precision):
        return None
    still_then, still_now = agree(then, neutral, precision), agree(now, neutral, precision)
    if still_now:
        if (factor := _small_factor(then - neutral, now - neutral)) is not None:
            return Finding("parameter-scaled", {"parameter": name, "factor": factor})
        return Finding("parameter-dropped", {"parameter": name, **_ranges(then, now)})
    if still_then:
        return Finding("parameter-added", {"parameter": name, **_ranges(then, now)})
    if np.ptp(then) > 4 * precision:
        if finding := _function_of(name, then, now, neutral, precision):
            return finding
        if agree(np.sort(then), np.sort(now), precision):
            return Finding("draws-reordered", {"parameter": name})
    from scipy.stats import ks_2samp

    if ks_2samp(then, now).pvalue > _SURELY:
        return Finding("other-draws", {"parameter": name})
    return Finding("parameter-range", {"parameter": name, **_ranges(then, now)})


def agree(values: np.ndarray, other: np.ndarray | float, precision: float) -> bool:
    """Return whether values are equal as far as was measured, in all rows but a few."""
    return bool((np.abs(values - other) > precision).mean() <= FEW)


def _function_of(
    name: str, then: np.ndarray, now: np.ndarray, neutral: float, precision: float
) -> Finding | None:
    """Return which simple function of then now is: a multiple, an inverse, or cut off."""
    from_neutral, moved = then - neutral, now - neutral
    factor = float(from_neutral @ moved / (from_neutral @ from_neutral))
    if neutral and agree(now, 1 / np.where(then, then, np.nan), 2 * precision):
        return Finding("parameter-inverted", {"parameter": name})
    if abs(factor) > 0.004 and agree(moved, factor * from_neutral, precision * max(1, abs(factor))):
        return Finding("parameter-scaled", {"parameter": name, "factor": factor})
    low, high = float(now.min()), float(now.max())
    inside = (then > low + 2 * precision) & (then < high - 2 * precision)
    if inside.mean() > 0.1 and agree(now, np.clip(then, low, high), precision):
        return Finding("parameter-clipped", {"parameter": name, **_ranges(then, now)})
    return None


def _small_factor(then: np.ndarray, now: np.ndarray) -> float | None:
    """Return the factor of what is still there, though too small to see in one row, or None."""
    if not np.ptp(now) or np.corrcoef(then, now)[0, 1] < _STILL_THERE:
        return None
    return float(then @ now / (then @ then))


def _ranges(then: np.ndarray, now: np.ndarray) -> dict[str, list[float]]:
    return {
        "then": [float(then.min()), float(then.max())],
        "now": [float(now.min()), float(now.max())],
    }
