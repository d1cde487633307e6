"""How are folds and parts taken where groups of images, of any classes, belong on one side?"""

from __future__ import annotations

import numpy as np
from augbench.bench.data.folds import NEVER, dealt
from augbench.bench.data.sources.source import SPLITS, TRAIN, count
from augbench.bench.data.stratify import carved_size, shuffled

from augbench.errors import InputError

#: the most of all images that equal pixels may join into one group
_LARGEST_JOINED = 0.1


def units_of(duplicate_of: np.ndarray, group_of: np.ndarray) -> np.ndarray:
    """Return what belongs on one side, int64, N: rows with equal numbers do.

    Groups with equal pixels are joined, but where that makes much of all images one, as blank ones
    in every group do, groups stay as they are.

    Args:
        duplicate_of: int64, N, the first row with the same pixels.
        group_of: int64, N, the first row of the same group.
    """
    alone = np.bincount(group_of, minlength=len(group_of))[group_of] == 1
    apart = np.where(alone, duplicate_of, group_of)
    joined = group_of.copy()
    while True:
        least = _least(_least(joined, duplicate_of), group_of)
        if (least == joined).all():
            break
        joined = least
    largest = max(_LARGEST_JOINED * len(apart), np.bincount(apart).max(initial=0))
    return joined if np.bincount(joined).max(initial=0) <= largest else apart


def _least(numbers: np.ndarray, set_of: np.ndarray) -> np.ndarray:
    """Return for each row the least number in its set."""
    least = np.full(len(numbers), len(numbers), np.int64)
    np.minimum.at(least, set_of, numbers)
    return least[set_of]


def grouped_folds(labels: np.ndarray, split: np.ndarray, unit_of: np.ndarray, K: int) -> np.ndarray:
    """Return the fold of each training row, int64, N; `NEVER` elsewhere.

    The largest units are dealt first, each to the fold that has least of its classes; then single
    images, as `folds` deals them. What holds all images of a class is trained on in every block.

    Args:
        labels: int64, N.
        split: uint8, N, as given, indices into ``SPLITS``.
        unit_of: int64, N, as `units_of` returns it.
        K: how many folds, at least 2.

    Raises:
        InputError: a fold would stay empty.
    """
    rows, unit, counts = _counted(labels, split, unit_of)
    totals, sizes = counts.sum(0), counts.sum(1)
    free = ~_holds_a_class(counts)
    fold_of_unit = np.full(len(counts), NEVER, np.int64)
    of_class = np.zeros((K, counts.shape[1]), np.int64)
    order = shuffled(len(counts), 0, "group fold")
    order = order[np.argsort(-sizes[order], kind="stable")]
    for which in order[(free & (sizes > 1))[order]].tolist():
        own = counts[which]
        load = of_class @ (own / np.maximum(totals, 1))
        whole = ((own > 0) & (of_class + own == totals)).any(1)
        chosen = int(np.lexsort((of_class.sum(1), load, whole))[0])
        fold_of_unit[which] = chosen
        of_class[chosen] += own
    for label in range(counts.shape[1]):
        single = np.flatnonzero(free & (sizes == 1) & (counts[:, label] == 1))
        single = single[shuffled(len(single), 0, "group fold", label)]
        fold_of_unit[single] = dealt(len(single), of_class[:, label], of_class.sum(1))
        of_class[:, label] += np.bincount(fold_of_unit[single], minlength=K)
    if not of_class.sum(1).all():
        raise InputError(
            f"--folds {K} is too many: the images that can be tested on fall into "
            f"{count(int(free.sum()), 'group')} that stay together; give fewer, or a test part"
        )
    fold = np.full(len(labels), NEVER, np.int64)
    fold[rows] = fold_of_unit[unit]
    return fold


def grouped_carved(
    labels: np.ndarray, split: np.ndarray, unit_of: np.ndarray, wanted: int, seed: int
) -> np.ndarray:
    """Return ``split`` with about a share of the training rows of each class in another split.

    Units are taken in an order of the seed's own, each where that brings the classes nearer to
    their share.

    Args:
        labels: int64, N.
        split: uint8, N, indices into ``SPLITS``.
        unit_of: int64, N, as `units_of` returns it.
        wanted: the split that is carved, an index into ``SPLITS``.
        seed: decides which units.

    Raises:
        InputError: no unit can be spared.
    """
    rows, unit, counts = _counted(labels, split, unit_of)
    totals = counts.sum(0)
    share = np.array([carved_size(int(number)) for number in totals])
    weight = 1 / np.maximum(share, 1)
    taken = np.zeros(len(totals), np.int64)
    chosen = np.zeros(len(counts), bool)
    spared = np.flatnonzero(~_holds_a_class(counts))
    if not len(spared):
        raise InputError(
            f"the images fall into groups that hold whole classes: none can be split off for "
            f"{SPLITS[wanted]}; give a {SPLITS[wanted]} part, or finer groups"
        )
    spared = spared[shuffled(len(spared), seed, "group split", wanted)]
    left = np.abs(share - taken) @ weight
    nearest, first = np.inf, int(spared[0])
    for which in spared.tolist():
        after = taken + counts[which]
        apart = np.abs(share - after) @ weight
        if not chosen.any() and apart < nearest:
            nearest, first = apart, which
        if apart < left and (after < totals)[counts[which] > 0].all():
            chosen[which], taken, left = True, after, apart
    if not chosen.any():
        chosen[first] = True
    result = split.copy()
    result[rows[chosen[unit]]] = wanted
    return result


def _counted(
    labels: np.ndarray, split: np.ndarray, unit_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the training rows, the place of each one's unit, and images by unit and class."""
    rows = np.flatnonzero(split == TRAIN)
    _, unit = np.unique(unit_of[rows], return_inverse=True)
    counts = np.zeros((int(unit.max(initial=-1)) + 1, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (unit, labels[rows]), 1)
    return rows, unit, counts


def _holds_a_class(counts: np.ndarray) -> np.ndarray:
    """Return which units hold all images of a class, bool."""
    return ((counts > 0) & (counts == counts.sum(0))).any(1)
