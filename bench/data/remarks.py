"""What should a person know of a data set before it is trained on?"""

from __future__ import annotations

import numpy as np
from augbench.bench.data.dataset import Dataset, pairs_across
from augbench.bench.data.parts import Parts, splits_with_test
from augbench.bench.data.sides import Sides
from augbench.bench.data.sources.source import SPLITS, TEST, TRAIN, VALIDATION, count, some

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
            absent = [label for label, n in zip(classes, given[name], strict=True) if n == 0]
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
    if dataset.near_duplicates:
        a, b, where = dataset.near_duplicates[0]
        pairs = count(len(dataset.near_duplicates), "image")
        remarks.append(
            f"{pairs} much like one of another part though not equal, as {a} and {b} ({where}); "
            "where that is one picture, keep it in one part"
        )
    odd = np.flatnonzero(dataset.labels != dataset.labels[dataset.duplicate_of])
    if len(odd):
        a, b = dataset.paths[dataset.duplicate_of[odd[0]]], dataset.paths[odd[0]]
        remarks.append(f"{count(len(odd), 'image')} equal to one of another class, as {a} and {b}")
    remarks += _of_groups(dataset, parts)
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


def _of_groups(dataset: Dataset, parts: Parts) -> list[str]:
    """Return what a person should know of groups that belong on one side of every split."""
    if dataset.group_of is None:
        return []
    remarks = []
    pairs = pairs_across(dataset.paths, dataset.split, dataset.group_of)
    if pairs:
        a, b, where = pairs[0]
        remarks.append(
            f"{count(len(pairs), 'image')} of the same group as one of another part, as {a} and "
            f"{b} ({where}): what is tested on may be known from training"
        )
    if parts.of_test(dataset) is not None:
        tested = (splits_with_test(dataset, parts) == TEST).any(0)
        never = np.bincount(dataset.labels[tested], minlength=len(dataset.classes)) == 0
        names = [name for name, absent in zip(dataset.classes, never, strict=True) if absent]
        if names:
            remarks.append(f"classes of one group only, which are never tested on: {some(names)}")
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

    sides = Sides.of(dataset)
    check("test", of_class)
    check("validation", left(sides.with_test(dataset.split)))
    splits = splits_with_test(dataset, parts)
    blocks = [left(split) for split in splits]
    for split, usable in zip(splits, blocks, strict=True):
        check("validation", usable)
        if sides.unit_of is not None and "validation" not in given:
            sides.carved(split, VALIDATION, 0)  # refuses where no group can be spared
    return int(min(usable.sum() for usable in blocks))
