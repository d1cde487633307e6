"""How is a split taken from a training split: stratified, repeatable, equal images on one side?"""

from __future__ import annotations

import numpy as np
from augbench.bench.data.sources.source import TRAIN
from augbench.policies.random import uniforms

from augbench.errors import InputError

#: the share of a class that is split off for validation, and before that for test
SHARE = 0.2


def carved_size(number: int) -> int:
    """Return how many of a class's ``number`` images are split off: a fifth, at least 1 of 2."""
    return max(1, int(SHARE * number + 0.5)) if number > 1 else 0


def carved(
    labels: np.ndarray, split: np.ndarray, duplicate_of: np.ndarray, wanted: int, seed: int
) -> np.ndarray:
    """Return ``split`` with a share of the training rows of each class in another split.

    Images of a class with equal pixels stay on one side: no image is tested on that was trained
    on. A split may hold a few images fewer than its share for that.

    Args:
        labels: int64, N.
        split: uint8, N, indices into ``SPLITS``.
        duplicate_of: int64, N, the first row with the same pixels.
        wanted: the split that is carved, an index into ``SPLITS``.
        seed: decides which rows.
    """
    result = split.copy()
    for label in np.unique(labels):
        rows = np.flatnonzero((labels == label) & (split == TRAIN))
        rows = rows[shuffled(len(rows), seed, "split", wanted, int(label))]
        _, set_of, sizes = np.unique(duplicate_of[rows], return_inverse=True, return_counts=True)
        result[_whole_sets(rows, set_of, sizes, carved_size(len(rows)))] = wanted
    return result


def _whole_sets(rows: np.ndarray, set_of: np.ndarray, sizes: np.ndarray, wanted: int) -> np.ndarray:
    """Return about ``wanted`` of ``rows`` in their order, sets of equal images whole.

    Sets are taken while they fit; where none does, the smallest one. A class that is one set of
    equal images has to be cut.
    """
    if len(sizes) in (1, len(rows)):
        return rows[:wanted]
    room = wanted
    whole: dict[int, bool] = {}
    for which in set_of.tolist():
        if which not in whole:
            whole[which] = bool(sizes[which] <= room)
            room -= int(sizes[which]) if whole[which] else 0
    if wanted and room == wanted:
        whole[int(sizes.argmin())] = True
    return rows[np.array([whole[which] for which in set_of.tolist()], bool)]


def balanced(
    train: np.ndarray, labels: np.ndarray, size: int, classes: int, seed: int
) -> np.ndarray:
    """Return ``size`` of the rows ``train``, the classes in turn, until a class has no more.

    Raises:
        InputError: ``size`` is below one image a class.
    """
    if size < classes:
        raise InputError(f"--train-size {size} is below one image for each of {classes} classes")
    turn = np.empty(len(train), np.int64)
    for label in np.unique(labels[train]):
        of_class = np.flatnonzero(labels[train] == label)
        turn[of_class] = shuffled(len(of_class), seed, "train size", int(label))
    place = shuffled(classes, seed, "train size")[labels[train]]
    return np.sort(train[np.lexsort((place, turn))[:size]])


def shuffled(number: int, seed: int, *name: str | int) -> np.ndarray:
    """Return a permutation of 0…number−1; by sorting, which no NumPy version does otherwise."""
    return np.argsort(uniforms(number, seed, *name), kind="stable")
