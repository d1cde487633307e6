"""Of which classes are how many images generated, and what is shown of them?"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from augbench.policies.enlarge.copies import class_order
from augbench.policies.quality.neighbours import nearest_to
from augbench.policies.random import stream

from augbench.tiles import tiled

FEW = 20
COLUMNS, ROWS = 8, 4
MANY = 20
"""Classes beyond which a sheet has one row, so that a page with a sheet a class stays small."""


def classes_with_enough(labels: np.ndarray, classes: int) -> tuple[list[int], list[int]]:
    """Return the classes with at least 20 images, and those with fewer but some.

    Args:
        labels: int64, N, the class numbers 0…K−1 of the real images.
        classes: K.
    """
    counts = np.bincount(labels, minlength=classes)
    enough = [int(k) for k in np.flatnonzero(counts >= FEW)]
    return enough, [int(k) for k in np.flatnonzero((counts > 0) & (counts < FEW))]


def pool_labels(real: np.ndarray, wanted: Sequence[int], count: int, seed: int) -> np.ndarray:
    """Return the classes int64 of ``count`` images to generate, in the real proportion.

    Every beginning of the list holds the classes in proportion, and does not depend on ``count``.

    Args:
        real: int64, N, labels of the real images.
        wanted: the classes to generate.
        count: at least 0.
        seed: the block's.
    """
    own = real[np.isin(real, wanted)]
    return np.resize(own[class_order(own, stream(seed, "gan", "classes"))], count)


def sheets(images: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return a contact sheet for each class that has images.

    Args:
        images: uint8, N×H×W×C.
        labels: int64, N.
        names: the class names.
    """
    named = {}
    present = np.unique(labels)
    count = COLUMNS * (ROWS if len(present) <= MANY else 1)
    for k in present:
        name = re.sub(r"[^\w-]+", "-", names[k])
        shown = images[np.flatnonzero(labels == k)[:count]]
        named[f"sheet_generated_{k:02d}_{name}"] = tiled(shown, COLUMNS, line=1)
    return named


def closest_sheet(
    images: np.ndarray, features: np.ndarray, real: np.ndarray, real_features: np.ndarray
) -> np.ndarray:
    """Return the sixteen closest pairs: generated images above their nearest real neighbours.

    Args:
        images: uint8, N×H×W×C.
        features: float, N×d, of ``images``.
        real: uint8, M×H×W×C.
        real_features: float, M×d.
    """
    distance, row = nearest_to(features, real_features)
    closest = np.argsort(distance, kind="stable")[: 2 * COLUMNS]
    rows = []
    for first in range(0, len(closest), COLUMNS):
        some = closest[first : first + COLUMNS]
        for part in (images[some], np.asarray(real[row[some]])):
            blank = np.zeros((COLUMNS - len(some), *part.shape[1:]), np.uint8)
            rows.append(np.concatenate([part, blank]))
    return tiled(np.concatenate(rows), COLUMNS, line=1)
