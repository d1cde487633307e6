"""Are the images of a class all the same? Pixel deviation, SSIM within a class, Vendi score."""

from __future__ import annotations

from typing import Any

import numpy as np
from augbench.policies.quality.hold_out import evenly_spaced
from augbench.policies.random import stream

PAIRS = 20
MOST = 1_000
"""Images of a class whose pixels' deviation is taken."""


def pixel_deviation(images: Any, labels: np.ndarray) -> float:
    """Return the standard deviation of a pixel among the images of a class, 0…127.5.

    The mean over pixels, and over classes with two images or more; 0 where all images of every
    class are equal.

    Args:
        images: uint8, N×H×W×C, an array or an `ImageStack`; of a class 1,000 at most are read.
        labels: int, N.
    """
    values = []
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        if len(rows) > 1:
            some = images[rows[evenly_spaced(len(rows), MOST)]]
            values.append(some.astype(np.float32).std(axis=0).mean())
    return float(np.mean(values)) if values else 0.0


def similarity_within(images: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Return the mean SSIM of up to 20 random pairs of different rows a class, −1…1.

    Odena et al. 2017 use it to find collapse: 1 where all images of a class are equal.
    """
    values = []
    for k in np.unique(labels):
        rows = np.flatnonzero(labels == k)
        rng = stream(seed, "ssim", int(k))
        if len(rows) > 1:
            pairs = np.array([rng.choice(rows, 2, replace=False) for _ in range(PAIRS)])
            values.append(ssim(images[pairs[:, 0]], images[pairs[:, 1]]).mean())
    return float(np.mean(values)) if values else 0.0


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each pair, float64 N. Wang et al. 2004, eq. 13.

    Gaussian window of 7×7 pixels, σ = 1.5, inside the image only, mean over channels.

    Args:
        first: uint8, N×H×W×C, at least 7×7.
        second: uint8, N×H×W×C.
    """
    x, y = first.astype(np.float64), second.astype(np.float64)
    mean_x, mean_y = _blur(x), _blur(y)
    variance = _blur(x * x) - mean_x**2 + _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variance + c2)
    return np.asarray((light * structure).mean(axis=(1, 2, 3)))


def _blur(x: np.ndarray) -> np.ndarray:
    window = np.exp(-0.5 * (np.arange(-3, 4) / 1.5) ** 2)
    window /= window.sum()
    for axis in (1, 2):
        length = x.shape[axis] - 6
        parts = [w * np.take(x, range(i, i + length), axis) for i, w in enumerate(window)]
        x = np.sum(parts, axis=0)
    return x


def vendi_score(features: np.ndarray) -> float:
    """Return how many different images there seem to be among N, 1…N.

    exp of the entropy of the eigenvalues of K/N with cosine similarities K. Friedman & Dieng 2023.

    Args:
        features: float, N×d, N up to about 1,000.
    """
    x = np.asarray(features, np.float64)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    values = np.linalg.svd(x / np.sqrt(len(x)), compute_uv=False) ** 2
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))
