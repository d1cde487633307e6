"""What should a person know of a data set before it is trained on?"""

from __future__ import annotations

import numpy as np
from augbench.bench.data.dataset import Dataset
from augbench.bench.data.parts import Parts, splits_with_test
from augbench.bench.data.sources.source import SPLITS, TRAIN, count, some
from augbench.bench.data.stratify import with_test

from augbench.errors import InputError


def remarks_on(dataset: Dataset, parts: Parts) -> list[str]:
    """Return what a person should know of this data set; raise where no block can be made of it."""
    remarks = []
    classes = dataset.classes
    in_split = {
        name: np.bincount(dataset.labels[dataset.split == code], minlength=len(classes))
        for code, name in enumerate(SPLITS)
    }
    given = {name: counts for name, counts in in_split.items() if counts.any()}
    single = [name for name, n in zip(classes, in_split["train"], strict=True) if n == 1]
    if single and len(given) < 3:
        lacking = " and ".join(name for name in SPLITS[1:] if name not in given)
        remarks.append(
            "classes with one training image only, which is trained on, so that the part split "
            f"off for {lacking} lacks them: {some(single)}"
        )
    for name in ("validation", "test"):
        if name in given:
            absent = [one for one, n in zip(classes, given[name], strict=True) if n == 0]
            if absent:
                remarks.append(f"classes without a {name} image: {some(absent)}")
    images_left = _check_parts(dataset, parts, list(given), in_split["train"])
    if dataset.unreadable:
        path, reason = dataset.unreadable[0]
        files = count(len(dataset.unreadable), "file")
        remarks.append(f"{files} could not be read and left out, as {path}: {reason}")
    if dataset.duplicates:
        a, b, where = dataset.duplicates[0]
        pairs = count(len(dataset.duplicates), "image")
        remarks.append(f"{pairs} equal to one of another part, as {a} and {b} ({where})")
    odd = np.flatnonzero(dataset.labels != dataset.labels[dataset.duplicate_of])
    if len(odd):
        a, b = dataset.paths[dataset.duplicate_of[odd[0]]], dataset.paths[odd[0]]
        remarks.append(f"{count(len(odd), 'image')} equal to one of another class, as {a} and {b}")
    if (train_size := parts.train_size) is not None:
        if train_size < len(classes):
            raise InputError(
                f"--train-size {train_size} is below one image for each of {len(classes)} classes"
            )
        if train_size > images_left:
            remarks.append(
                f"--train-size {train_size:,} is above the {count(images_left, 'image')} "
                "there are to train on; all are used"
            )
    return remarks


def _check_parts(dataset: Dataset, parts: Parts, given: list[str], of_class: np.ndarray) -> int:
    """Return how many images a block trains and validates on, the fewest of all blocks.

    Args:
        dataset: the data set.
        parts: how its blocks are made.
        given: the splits that it brings.
        of_class: how many images of each class may be split.

    Raises:
        InputError: a part or a fold would stay empty.
    """

    def check(name: str, usable: np.ndarray) -> None:
        if name not in given and not (usable > 1).any():
            raise InputError(
                f"{dataset.name}: too few images to split off a {name} part; give "
                f"{'three' if len(given) == 1 else 'two'} or more a class, or a {name} folder"
            )

    def left(split: np.ndarray) -> np.ndarray:
        return np.bincount(dataset.labels[split == TRAIN], minlength=len(of_class))

    check("test", of_class)
    check("validation", left(with_test(dataset.labels, dataset.split, dataset.duplicate_of)))
    blocks = [left(split) for split in splits_with_test(dataset, parts)]
    for usable in blocks:
        check("validation", usable)
    return int(min(usable.sum() for usable in blocks))
