"""How much do differences to one baseline vary between blocks, as all policies together tell?

A policy's own variance has two degrees of freedom at three blocks. The spread of all policies is
worth a few more: Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004), with
a prior of fixed weight, since one estimated from a handful of policies is too bold.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: degrees of freedom that the spread of all policies is worth beside a policy's own
PRIOR_DEGREES = 2.0
Floats = NDArray[np.float64]


def shared_variance(figures: Floats) -> float:
    """Return the variance between blocks of a difference to the baseline, by all policies.

    The larger of two estimates: the mean of the policies' own variances, and twice the residual
    variance of the block design (a figure is that of its block plus that of its policy plus
    noise). The first is right where the baseline is the noisy one, the second where a few policies
    are; both are where all are alike.

    Args:
        figures: (m + 1, J), the baseline's in the first row; NaN where a trial is missing.

    Returns:
        The variance; NaN for fewer than two policies with two blocks each, since one alone has
        nothing to be compared with.
    """
    differences = figures[1:] - figures[0]
    enough = (~np.isnan(differences)).sum(axis=1) >= 2
    if enough.sum() < 2:
        return math.nan
    own = np.nanvar(differences[enough], axis=1, ddof=1)
    rows = np.concatenate([[True], enough])
    return max(float(own.mean()), 2.0 * _residual_variance(figures[rows]))


def shared_variances(figures: Floats) -> Floats:
    """Return `shared_variance` of many sets of figures none of which is missing.

    Args:
        figures: (sets, m + 1, J), the baseline's in the first rows.

    Returns:
        The variances, (sets,); NaN for fewer than two policies.
    """
    sets, rows, columns = figures.shape
    if rows < 3:
        return np.full(sets, math.nan)
    own = (figures[:, 1:] - figures[:, :1]).var(axis=2, ddof=1).mean(axis=1)
    fit = figures.mean(axis=2, keepdims=True) + figures.mean(axis=1, keepdims=True)
    left = figures - fit + figures.mean(axis=(1, 2), keepdims=True)
    return np.maximum(own, 2.0 * (left**2).sum(axis=(1, 2)) / ((rows - 1) * (columns - 1)))


def moderated(own: Any, shared: Any, df: int) -> Any:
    """Return the policies' own variances weighted with the shared one by degrees of freedom."""
    return (PRIOR_DEGREES * shared + df * own) / (PRIOR_DEGREES + df)


def _residual_variance(figures: Floats) -> float:
    """Return the variance left by an additive fit of rows (policies) and columns (blocks)."""
    rows, columns = figures.shape
    if not np.isnan(figures).any():
        fit = figures.mean(axis=1, keepdims=True) + figures.mean(axis=0) - figures.mean()
        return float(((figures - fit) ** 2).sum() / ((rows - 1) * (columns - 1)))
    row, column = np.nonzero(~np.isnan(figures))
    design = np.zeros((len(row), rows + columns))
    design[np.arange(len(row)), row] = 1.0
    design[np.arange(len(row)), rows + column] = 1.0
    values = figures[row, column]
    effects, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    left = len(values) - int(rank)
    return float(((values - design @ effects) ** 2).sum() / left) if left > 0 else 0.0
