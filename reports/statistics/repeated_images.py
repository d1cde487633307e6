"""What do images add that were tested in several blocks, where blocks test on folds in turn?

Blocks of different folds test different images: the variance between blocks then counts the choice
of images as it counts all else, and s² / J is right while each image is tested once. Past K blocks
folds come again: other weights, other training images, but the same test images, which average no
further. With m_f the blocks that tested fold f, n_f its images, and q the variance over images of
their expected difference (`augbench.reports.statistics.effect`), images make the mean over J blocks
vary by ``q Σ m_f² / n_f / J²``, and the expectation of s² / J lacks of it

    q Σ (m_f² - m_f) / n_f / (J (J - 1))

which is nothing up to K blocks. q is known from the images that were tested twice or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def repeated_part(images: Sequence[NDArray[Any]], differences: Sequence[Floats]) -> float:
    """Return the variance of the mean over blocks that s² / J lacks; 0 where no images came again.

    Args:
        images: what tells the test images of each block, (n_j,): paths or rows, in one order for
            the same images; blocks share all of them or none.
        differences: right(a) - right(b) of each image of each block, (n_j,).
    """
    J = len(images)
    blocks_of_fold: dict[bytes, list[int]] = {}
    for j, of_block in enumerate(images):
        blocks_of_fold.setdefault(np.asarray(of_block).tobytes(), []).append(j)
    again = [
        np.stack([differences[j] for j in of]) for of in blocks_of_fold.values() if len(of) > 1
    ]
    again = [of_fold for of_fold in again if of_fold.shape[1] > 1]
    if not again:
        return 0.0
    sizes = np.array([of_fold.shape[1] for of_fold in again])
    q = max(0.0, float(np.average([_image_effects(of_fold) for of_fold in again], weights=sizes)))
    times = np.array([len(of_fold) for of_fold in again])
    return float(q * ((times**2 - times) / sizes).sum() / (J * (J - 1)))


def _image_effects(differences: Floats) -> float:
    """Return an unbiased estimate of q from the blocks of one fold, (m, n): may be below 0."""
    m, n = differences.shape
    centred = differences - differences.mean(axis=1, keepdims=True)
    of_means = centred.mean(axis=0).var(ddof=1)
    within = centred.var(axis=0, ddof=1).sum() / (n - 1)
    return float(of_means - within / m)
