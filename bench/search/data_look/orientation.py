"""Can images be told from their mirror images, and from themselves upside down?

A linear model of small grey versions is asked, by cross-validation: where it cannot tell mirrored
images from real ones, a mirror makes nothing that was not there. It cannot see all that a network
sees, so what it cannot tell is a hint, and what it can is a fact.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

#: px a side of the small versions
SIDE = 16
#: ridge penalty, in units of the mean square of a feature
PENALTY = 1.0
FOLDS = 4
#: images below which nothing can be told
ENOUGH = 40
#: share of images told from which on they can be told: 4 standard deviations of chance in 512
TOLD = 0.6


def told_mirrored(images: np.ndarray) -> float | None:
    """Return the share of images uint8 n×H×W×C told from their mirror images; .5 is chance.

    None where there are too few.
    """
    return _told(images, lambda small: small[:, :, ::-1])


def told_upside_down(images: np.ndarray) -> float | None:
    """Return the share of images told from themselves upside down; as `told_mirrored`."""
    return _told(images, lambda small: small[:, ::-1])


def _told(images: np.ndarray, turned: Callable[[np.ndarray], np.ndarray]) -> float | None:
    if len(images) < ENOUGH:
        return None
    small = np.stack([_small(image) for image in images])
    # the model says of an image and its turned version which is which, by their difference alone
    differences = (small - turned(small)).reshape(len(images), -1)
    order = np.random.default_rng(0).permutation(len(images))
    right = 0.0
    for fold in range(FOLDS):
        judged = order[fold::FOLDS]
        known = np.delete(differences, judged, axis=0)
        square = known.T @ known
        size = len(square)
        square[np.diag_indices(size)] += PENALTY * (np.trace(square) / size + 1e-6)
        scores = differences[judged] @ np.linalg.solve(square, known.sum(axis=0))
        right += float((scores > 0).sum() + 0.5 * (scores == 0).sum())
    return right / len(images)


def _small(image: np.ndarray) -> np.ndarray:
    small = cv2.resize(image.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = small.reshape(SIDE, SIDE, -1).mean(2)
    return (small - small.mean()) / (small.std() + 1e-6)
