"""What should a person know of a data set before it is trained on?"""

from __future__ import annotations

import numpy as np
from augbench.bench.data.dataset import Dataset
from augbench.bench.data.sources.source import SPLITS, TRAIN, count, some

from augbench.errors import InputError


def remarks_on(dataset: Dataset, train_size: int | None) -> list[str]:
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
    carved = np.bincount(dataset.labels[dataset.fixed_split == TRAIN], minlength=len(classes))
    for name, usable in (("test", in_split["train"]), ("validation", carved)):
        if name not in given and not (usable > 1).any():
            raise InputError(
                f"{dataset.name}: too few images to split off a {name} part; give "
                f"{'three' if len(given) == 1 else 'two'} or more a class, or a {name} folder"
            )
    if dataset.unreadable:
        path, reason = dataset.unreadable[0]
        files = count(len(dataset.unreadable), "file")
        remarks.append(f"{files} could not be read and left out, as {path}: {reason}")
    if dataset.duplicates:
        a, b, parts = dataset.duplicates[0]
        pairs = count(len(dataset.duplicates), "image")
        remarks.append(f"{pairs} equal to one of another part, as {a} and {b} ({parts})")
    odd = np.flatnonzero(dataset.labels != dataset.labels[dataset.duplicate_of])
    if len(odd):
        a, b = dataset.paths[dataset.duplicate_of[odd[0]]], dataset.paths[odd[0]]
        remarks.append(f"{count(len(odd), 'image')} equal to one of another class, as {a} and {b}")
    if train_size is not None:
        if train_size < len(classes):
            raise InputError(
                f"--train-size {train_size} is below one image for each of {len(classes)} classes"
            )
        if train_size > carved.sum():
            remarks.append(
                f"--train-size {train_size:,} is above the {count(int(carved.sum()), 'image')} "
                "there are to train on; all are used"
            )
    return remarks
