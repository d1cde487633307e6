"""Which real images does a generator learn from, and which is it judged by?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.random import stream
from augbench.policies.training_set import TrainingSet

Shape = tuple[int, int, int]
CHUNK = 1024


@dataclass(frozen=True)
class HoldOut:
    """A block's real images as a generator uses them: nine tenths to learn from, one to judge by.

    Attributes:
        fit: uint8, N×H×W×C, an array or an `ImageStack`.
        fit_labels: int64, N.
        held: uint8, M×H×W×C, of which the networks of a GAN learn nothing.
        held_labels: int64, M.
        classes: the class names.
    """

    fit: Any
    fit_labels: np.ndarray
    held: np.ndarray
    held_labels: np.ndarray
    classes: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """H×W×C."""
        height, width, depth = self.fit.shape[1:]
        return height, width, depth


def held_out_rows(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Return which rows are held out, bool N: a stratified tenth, at least 1 of 5 or more images.

    A group stays on one side, so that nothing is judged by what was learnt from: all of it is held
    out, or, where it is too large or of several classes, none. Where all groups of a class are too
    large, as those of patients may be, the smallest is held out if it is a third of it at most.

    Args:
        labels: int, N.
        groups: int, N, the same number for rows that stay together.
        seed: the block's.
    """
    held = np.zeros(len(labels), bool)
    sizes = np.bincount(groups)
    for k in np.unique(labels):
        rows = stream(seed, "hold out", int(k)).permutation(np.flatnonzero(labels == k))
        room, own = max(round(len(rows) / 10), int(len(rows) >= 5)), np.bincount(groups[rows])
        whole = [group for group in np.unique(groups[rows]) if own[group] == sizes[group]]
        if room and whole and (least := min(sizes[whole])) > room:
            room = least if 3 * least <= len(rows) else 0
        for group in dict.fromkeys(groups[rows].tolist()):
            if own[group] == sizes[group] <= room:
                held[groups == group] = True
                room -= sizes[group]
    return held


def pixel_groups(images: Any) -> np.ndarray:
    """Return a number int64 N for each of uint8 images N×H×W×C, the same for equal pixels."""
    numbers: dict[bytes, int] = {}
    groups = np.zeros(len(images), np.int64)
    for first in range(0, len(images), CHUNK):
        for row, image in enumerate(images[first : first + CHUNK], first):
            digest = hashlib.sha256(image.tobytes()).digest()
            groups[row] = numbers.setdefault(digest, len(numbers))
    return groups


def joined(grouping: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return groups int64 N of rows that either of two groupings (int, N) keeps together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, first = np.unique(grouping, return_inverse=True)
    _, second = np.unique(other, return_inverse=True)
    count = int(first.max()) + 1
    size = count + int(second.max()) + 1
    links = coo_array((np.ones(len(first)), (first, count + second)), (size, size))
    return np.asarray(connected_components(links, directed=False)[1][first], np.int64)


def evenly_spaced(count: int, most: int) -> np.ndarray:
    """Return at most ``most`` of the rows 0…count−1, spread evenly: data often stand in order."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def held_out(train: TrainingSet, real: np.ndarray, seed: int) -> HoldOut:
    """Return the ``real`` rows (int64) of a training set as a `HoldOut`."""
    images, labels = train.images.repeated(real), np.asarray(train.labels[real], np.int64)
    groups = pixel_groups(images)
    if len(train.group) and len(real):
        groups = joined(groups, train.group[real])
    held = held_out_rows(labels, groups, seed)
    rows = np.flatnonzero(~held)
    return HoldOut(
        images.repeated(rows),
        labels[rows],
        np.asarray(images[np.flatnonzero(held)]),
        labels[held],
        train.classes,
    )
