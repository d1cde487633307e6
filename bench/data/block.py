"""Which images does a seed train on, validate on and test on?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from augbench.bench.data import loading
from augbench.bench.data.dataset import Dataset
from augbench.bench.data.parts import Parts, splits_with_test
from augbench.bench.data.sides import Sides
from augbench.bench.data.sources.source import TEST, TRAIN, VALIDATION
from augbench.bench.data.stratify import balanced
from augbench.policies.code_identity import code_digest


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


def block(dataset: Dataset, seed: int, parts: Parts = Parts()) -> Block:  # noqa: B008
    """Return the rows of ``seed``: the splits as given, the missing ones taken from training.

    Without a test split, a block tests on one fold: folds are the same for all seeds, so that after
    K blocks every image was tested on once. A missing validation split differs by seed and takes a
    fifth of what is left of each class, rounded, at least one image where a class has two. Of one
    seed, a smaller ``train_size`` is part of a larger.

    Raises:
        InputError: ``train_size`` is below one image a class, or there are too many folds.
    """
    splits = splits_with_test(dataset, parts)
    split = splits[seed % len(splits)]
    if not (split == VALIDATION).any():
        split = Sides.of(dataset).carved(split, VALIDATION, seed)
    train = np.flatnonzero(split == TRAIN)
    if parts.train_size is not None:
        train = balanced(train, dataset.labels, parts.train_size, len(dataset.classes), seed)
    return Block(train, np.flatnonzero(split == VALIDATION), np.flatnonzero(split == TEST))


def training_key(dataset: Dataset, rows: np.ndarray) -> str:
    """Return a hash of what a training split holds: the data, how they were read, and which rows.

    Part of the name of all that is learnt from it, so that nothing learnt from other images, such
    as those of another version's split, is taken for it.
    """
    code = code_digest(loading.__name__, __name__)
    digest = hashlib.sha256(f"{dataset.fingerprint} {dataset.shape} {code}".encode())
    digest.update(np.ascontiguousarray(rows, np.int64).tobytes())
    return digest.hexdigest()[:32]
