"""How far apart are two clouds of features? Kernel distance, Fréchet distance.

Features are float arrays N×d; larger sets are walked through in chunks, so that no N×N matrix
is ever in memory.
"""

from __future__ import annotations

import numpy as np

CHUNK = 1024


def kernel_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the unbiased KID: squared MMD with the kernel (xᵀy/d + 1)³.

    Bińkowski et al. 2018, eq. 4. About 0 where both come from one distribution (it may be
    slightly negative), larger the more they differ; its expectation does not depend on N.

    Args:
        real: float, N×d, N ≥ 2.
        fake: float, M×d, M ≥ 2.
    """
    x, y = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    return _mean_kernel(x, x, True) + _mean_kernel(y, y, True) - 2 * _mean_kernel(x, y, False)


def _mean_kernel(x: np.ndarray, y: np.ndarray, without_diagonal: bool) -> float:
    total = 0.0
    for first in range(0, len(x), CHUNK):
        total += float(((x[first : first + CHUNK] @ y.T / x.shape[1] + 1.0) ** 3).sum())
    if not without_diagonal:
        return total / (len(x) * len(y))
    diagonal = float((((x * x).sum(1) / x.shape[1] + 1.0) ** 3).sum())
    return (total - diagonal) / (len(x) * (len(x) - 1))


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return |μ₁−μ₂|² + tr(C₁ + C₂ − 2(C₁C₂)^½), the Fréchet distance of two Gaussians.

    Heusel et al. 2017, eq. 6. Biased upwards for few images: of use only from 10 × d on.

    Args:
        real: float, N×d.
        fake: float, M×d.
    """
    x, y = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    first, second = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    values, vectors = np.linalg.eigh(np.atleast_2d(first))
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ np.atleast_2d(second) @ root)
    shared = np.sqrt(np.maximum(inner, 0)).sum()
    offset = ((x.mean(0) - y.mean(0)) ** 2).sum()
    return float(
        offset + np.trace(np.atleast_2d(first)) + np.trace(np.atleast_2d(second)) - 2 * shared
    )


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean distances N×M of float64 rows N×d and M×d."""
    squares = (x * x).sum(1)[:, None] + (y * y).sum(1)[None, :] - 2 * (x @ y.T)
    return np.maximum(squares, 0.0)
