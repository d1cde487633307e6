"""Do two clouds of features cover each other, and is one a copy of the other? Nearest neighbours.

Features are float arrays N×d, distances Euclidean. Everything is walked through in chunks, so
that no N×N matrix is ever in memory. Written out here: scikit-learn's chunked distances add in
another order and differ in last bits, and its k-means fills clusters that equal images leave empty
by moving their centres, which gives other figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.quality.distances import CHUNK, squared_distances
from augbench.policies.random import stream

NEIGHBOURS = 5


@dataclass(frozen=True)
class Overlap:
    """How two clouds cover each other.

    Attributes:
        precision: the part of the generated images that lie within reach of a real one.
        recall: the part of the real images that lie within reach of a generated one.
        density: how many real neighbourhoods a generated image lies in, over ``k``; about 1.
        coverage: the part of the real neighbourhoods with a generated image in it.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def overlap(real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOURS) -> Overlap:
    """Return precision, recall, density and coverage with neighbourhoods of ``k`` images.

    Kynkäänniemi et al. 2019, eqs. 1 and 2; Naeem et al. 2020, eqs. 3 and 4. All depend on the
    numbers of images: only figures of equal N, M and k can be compared.

    Args:
        real: float, N×d; their neighbourhoods reach to the k-th nearest other real image.
        fake: float, M×d.
        k: at least 1; smaller sets than k + 1 use all there are.
    """
    x, y = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    reach, reach_of_fake = nearest_within(x, k), nearest_within(y, k)
    inside, touched = np.zeros(len(y)), np.zeros(len(y), bool)
    recalled, covered = np.zeros(len(x), bool), np.zeros(len(x), bool)
    for rows in _chunks(len(x)):
        distances = np.sqrt(squared_distances(x[rows], y))
        within = distances < reach[rows, None]
        inside += within.sum(axis=0)
        touched |= within.any(axis=0)
        recalled[rows] = (distances < reach_of_fake).any(axis=1)
        covered[rows] = within.any(axis=1)
    return Overlap(
        float(touched.mean()),
        float(recalled.mean()),
        float(inside.mean() / min(k, max(1, len(x) - 1))),
        float(covered.mean()),
    )


def nearest_within(x: np.ndarray, k: int) -> np.ndarray:
    """Return each row's distance to its k-th nearest other row, float64 N."""
    k = min(k, len(x) - 1)
    distances = np.zeros(len(x))
    for rows in _chunks(len(x)):
        squares = squared_distances(x[rows], x)
        squares[np.arange(len(squares)), np.arange(len(x))[rows]] = 0.0
        distances[rows] = np.sqrt(np.partition(squares, k, axis=1)[:, k])
    return distances


def nearest_to(x: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance float64 N of each row of ``x`` to the nearest of ``others``, and its row.

    Args:
        x: float, N×d.
        others: float, M×d.
    """
    x, others = np.asarray(x, np.float64), np.asarray(others, np.float64)
    distances, row = np.zeros(len(x)), np.zeros(len(x), np.int64)
    for rows in _chunks(len(x)):
        squares = squared_distances(x[rows], others)
        row[rows] = squares.argmin(axis=1)
        distances[rows] = np.sqrt(squares[np.arange(len(squares)), row[rows]])
    return distances, row


def authentic(fake: np.ndarray, train: np.ndarray) -> float:
    """Return AuthPct as a fraction: images farther from their source than it from its like.

    A generated image is authentic if it is farther from its nearest training image t than t is from
    its own nearest: d(fake, t) > d(t, nearest other training image). Alaa et al. 2022,
    section 3.3. A pool of copies has 0; the figure of held-out real images is its floor.
    """
    distance, row = nearest_to(fake, train)
    return float((distance > nearest_within(np.asarray(train, np.float64), 1)[row]).mean())


def copying_score(fake: np.ndarray, held: np.ndarray, train: np.ndarray) -> float:
    """Return C_T, the Mann–Whitney z of distances to training images. Meehan et al. 2020, eq. 2.

    About standard normal where generated images are as far from the training images as held-out
    real ones; far below 0 where they are nearer. Blurred images are nearer too: the score says
    "suspicious", not "copied".
    """
    from scipy.stats import rankdata

    own, real = nearest_to(fake, train)[0], nearest_to(held, train)[0]
    ranks = rankdata(np.concatenate([own, real]))
    m, n = len(own), len(real)
    u = ranks[:m].sum() - m * (m + 1) / 2
    return float((u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12))


def nearly_equal(images: np.ndarray, train: Any, tolerance: float = 2.0) -> float:
    """Return the part of uint8 images that some training image equals but for ``tolerance``.

    The differences of the means of 8×8 fields are never larger than those of the pixels (Jensen),
    so that only the few pairs whose fields agree are compared pixel by pixel.

    Args:
        images: uint8, N×H×W×C.
        train: uint8, M×H×W×C, an array or an `ImageStack`; read in parts.
        tolerance: grey levels, root of the mean square over the pixels.
    """
    equal, fields = np.zeros(len(images), bool), _fields(images)
    for rows in _chunks(len(train)):
        part = train[rows]
        near = squared_distances(fields, _fields(part)) <= tolerance**2 * fields.shape[1] + 1e-3
        candidates, others = np.nonzero(near & ~equal[:, None])
        for pairs in _chunks(len(candidates)):
            differences = images[candidates[pairs]].astype(np.float32) - part[others[pairs]]
            apart = np.square(differences).mean(axis=(1, 2, 3))
            equal[candidates[pairs][apart <= tolerance**2]] = True
    return float(equal.mean())


def _fields(images: np.ndarray) -> np.ndarray:
    """Return the means of 8×8 fields of equal area of each image, float64 N×64·C."""
    import cv2

    small = [cv2.resize(i.astype(np.float32), (8, 8), interpolation=cv2.INTER_AREA) for i in images]
    return np.stack(small).reshape(len(images), -1).astype(np.float64)


def different_bins(real: np.ndarray, fake: np.ndarray, bins: int, seed: int) -> float:
    """Return NDB/K: the part of K clusters of real images that hold too many or too few others.

    Too many or few: a two-sided z-test of two proportions at 5 %. Richardson & Weiss 2018,
    section 2. About .05 where both come from one distribution, near 1 after a collapse.

    Args:
        real: float, N×d; k-means (Lloyd, ten rounds) finds the clusters in them.
        fake: float, M×d.
        bins: K, at most N.
        seed: of the images that k-means starts from.
    """
    x, y = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    centres = x[stream(seed, "bins").choice(len(x), bins, replace=False)]
    for _ in range(10):
        nearest = nearest_to(x, centres)[1]
        for k in np.unique(nearest):
            centres[k] = x[nearest == k].mean(axis=0)
    n, m = len(x), len(y)
    p = np.bincount(nearest_to(x, centres)[1], minlength=bins) / n
    q = np.bincount(nearest_to(y, centres)[1], minlength=bins) / m
    shared = (p * n + q * m) / (n + m)
    error = np.sqrt(np.maximum(shared * (1 - shared) * (1 / n + 1 / m), 1e-12))
    return float((np.abs(p - q) / error > 1.959964).mean())


def _chunks(count: int) -> list[slice]:
    return [slice(first, first + CHUNK) for first in range(0, count, CHUNK)]
