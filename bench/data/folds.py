"""Which fold is each image tested in? One partition that follows from the data alone."""

from __future__ import annotations

import numpy as np
from augbench.bench.data.sources.source import TRAIN
from augbench.bench.data.stratify import shuffled

from augbench.errors import InputError

#: the fold of a row that is never tested on
NEVER = -1


def folds(labels: np.ndarray, split: np.ndarray, duplicate_of: np.ndarray, K: int) -> np.ndarray:
    """Return the fold of each row that a data set gives for training, int64, N; `NEVER` elsewhere.

    Each class is dealt to the folds as evenly as may be, and what is left over goes to the folds
    that hold least. Rows of a class with equal pixels stay together, and join those of another
    class; a class that is one set of equal images has to be cut. No fold holds a whole class, so
    that there is something to train on in every block; the image of a class of one is never tested.

    Args:
        labels: int64, N.
        split: uint8, N, as given, indices into ``SPLITS``.
        duplicate_of: int64, N, the first row with the same pixels.
        K: how many folds, at least 2.

    Raises:
        InputError: a fold would stay empty.
    """
    fold = np.full(len(labels), NEVER, np.int64)
    fold_of_pixels: dict[int, int] = {}
    held = np.zeros(K, np.int64)
    usable = split == TRAIN
    sets_of_pixels = np.bincount(duplicate_of[usable], minlength=len(labels))
    for label in np.unique(labels[usable]):
        rows = np.flatnonzero(usable & (labels == label))
        if len(rows) == 1:
            continue
        rows = rows[shuffled(len(rows), 0, "fold", int(label))]
        pixels = duplicate_of[rows]
        if len(np.unique(pixels)) == 1:
            pixels = rows  # one set of equal images: cut
        of_class = np.zeros(K, np.int64)
        repeated = sets_of_pixels[pixels] > 1
        for which in dict.fromkeys(pixels[repeated].tolist()):
            members = rows[pixels == which]
            whole = of_class + len(members) == len(rows)
            twin = np.arange(K) != fold_of_pixels.get(which, NEVER)
            chosen = int(np.lexsort((held, of_class, twin, whole))[0])
            fold[members] = chosen
            fold_of_pixels.setdefault(which, chosen)
            of_class[chosen] += len(members)
            held[chosen] += len(members)
        single = rows[~repeated]
        places = dealt(len(single), of_class, held)
        fold[single] = places
        held += np.bincount(places, minlength=K)
    if not held.all():
        images = int(held.sum())
        raise InputError(
            f"--folds {K} is too many: there are {images:,} images to test on, and a fold would "
            "stay empty; give fewer, or --fixed-test"
        )
    return fold


def dealt(number: int, of_class: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return folds for ``number`` images one by one: each where its class has fewest so far.

    Args:
        number: how many images.
        of_class: int64, K, how many images of the class each fold has.
        held: int64, K, how many images of all classes; the fewer go first at a tie.
    """
    K = len(held)
    most = number // K + int(of_class.max()) + 1  # no fold is dealt more
    level = of_class[:, None] + np.arange(min(number, most))
    fold = np.broadcast_to(np.arange(K)[:, None], level.shape)
    order = np.lexsort((fold.ravel(), held[fold.ravel()], level.ravel()))
    return fold.ravel()[order[:number]]
