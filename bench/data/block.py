"""Which images does a seed train on, validate on and test on?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from augbench.policies.code_identity import code_digest
from augbench.policies.random import uniforms

from augbench.errors import InputError

if TYPE_CHECKING:
    from augbench.bench.data.dataset import Dataset

#: what reads and splits data
_READING = ("augbench.bench.data.loading", "augbench.bench.data.block")
#: the part of a class that is split off for validation, and before that for test
SHARE = 0.2
_TRAIN, _VALIDATION, _TEST = 0, 1, 2


@dataclass(frozen=True)
class Block:
    """The rows of one seed, sorted; every policy of the seed gets these.

    Attributes:
        train: int64, the training split.
        validation: int64, measured after each epoch.
        test: int64, measured at the end.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def block(dataset: Dataset, seed: int, train_size: int | None = None) -> Block:
    """Return the rows of ``seed``: the parts as given, the missing ones split off.

    A missing test part is the same for all seeds, a missing validation part differs by seed; both
    take a fifth of each class, rounded, at least one image where a class has two. ``train_size``
    keeps a class-balanced part of the training split; of one seed, a smaller is part of a larger.

    Raises `InputError` for a ``train_size`` below one image a class.
    """
    part = dataset.part
    if not (part == _VALIDATION).any():
        part = _carved(dataset.labels, part, dataset.twin, _VALIDATION, seed)
    train = np.flatnonzero(part == _TRAIN)
    if train_size is not None:
        train = _balanced(train, dataset.labels, train_size, len(dataset.classes), seed)
    return Block(train, np.flatnonzero(part == _VALIDATION), np.flatnonzero(part == _TEST))


def training_key(dataset: Dataset, rows: np.ndarray) -> str:
    """Return a hash of what a training split holds: the data, how they were read, and which rows.

    Part of the name of all that is learnt from it, so that nothing learnt from other images, such
    as those of another version's split, is taken for it.
    """
    code = code_digest(*_READING)
    digest = hashlib.sha256(f"{dataset.fingerprint} {dataset.shape} {code}".encode())
    digest.update(np.ascontiguousarray(rows, np.int64).tobytes())
    return digest.hexdigest()[:32]


def with_test(labels: np.ndarray, split: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """Return ``split`` with a fixed, stratified test part where it has none."""
    if (split == _TEST).any():
        return split
    return _carved(labels, split, twin, _TEST, 0)


def carved_size(number: int) -> int:
    """Return how many of a class's ``number`` images are split off: a fifth, at least 1 of 2."""
    return max(1, int(SHARE * number + 0.5)) if number > 1 else 0


def _carved(
    labels: np.ndarray, split: np.ndarray, twin: np.ndarray, part: int, seed: int
) -> np.ndarray:
    """Return ``split`` with a stratified ``part`` taken from its training rows.

    Images of a class with equal pixels stay on one side: no image is tested on that was trained
    on. A part may hold a few images fewer than its share for that.
    """
    made = split.copy()
    for label in np.unique(labels):
        rows = np.flatnonzero((labels == label) & (split == _TRAIN))
        rows = rows[_shuffled(len(rows), seed, "split", part, int(label))]
        wanted = carved_size(len(rows))
        _, number, sizes = np.unique(twin[rows], return_inverse=True, return_counts=True)
        made[_whole_sets(rows, number, sizes, wanted)] = part
    return made


def _whole_sets(rows: np.ndarray, number: np.ndarray, sizes: np.ndarray, wanted: int) -> np.ndarray:
    """Return about ``wanted`` of ``rows`` in their order, sets of equal images whole.

    Sets are taken while they fit; where none does, the smallest one. A class that is one set of
    equal images has to be cut.
    """
    if len(sizes) in (1, len(rows)):
        return rows[:wanted]
    room = wanted
    whole: dict[int, bool] = {}
    for which in number.tolist():
        if which not in whole:
            whole[which] = bool(sizes[which] <= room)
            room -= int(sizes[which]) if whole[which] else 0
    if wanted and room == wanted:
        whole[int(sizes.argmin())] = True
    return rows[np.array([whole[which] for which in number.tolist()], bool)]


def _balanced(
    train: np.ndarray, labels: np.ndarray, size: int, classes: int, seed: int
) -> np.ndarray:
    """Return ``size`` of the rows ``train``, the classes in turn, until a class has no more."""
    if size < classes:
        raise InputError(f"--train-size {size} is below one image for each of {classes} classes")
    turn = np.empty(len(train), np.int64)
    for label in np.unique(labels[train]):
        here = np.flatnonzero(labels[train] == label)
        turn[here] = _shuffled(len(here), seed, "train size", int(label))
    place = _shuffled(classes, seed, "train size")[labels[train]]
    return np.sort(train[np.lexsort((place, turn))[:size]])


def _shuffled(number: int, seed: int, *name: str | int) -> np.ndarray:
    """Return a permutation of 0…number−1; by sorting, which no NumPy version does otherwise."""
    return np.argsort(uniforms(number, seed, *name), kind="stable")
