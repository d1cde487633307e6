"""Which arrays of an .npz are the images and the labels of which part?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from augbench.bench.data.sources.source import SPLITS, some
from augbench.bench.data.sources.splits import split_of

from augbench.errors import InputError

_WANTED = (
    "it needs x_train and y_train, and optionally x_validation (or x_val) and x_test, or "
    "train_images and train_labels and so on"
)
_IMAGES = ("x", "images", "image", "imgs", "data")
_LABELS = ("y", "labels", "label", "targets", "target")


def names_of_splits(
    file: Path, known: Sequence[str]
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Return the names of images and labels by split, and sentences on what is not obvious.

    A name is that of a part with ``x`` or ``y``, ``images`` or ``labels`` before or behind it, in
    any case: ``x_train``, ``X_val``, ``test_images`` (as MedMNIST has them).

    Args:
        file: for messages.
        known: the names of all arrays.

    Raises:
        InputError: there are none for training, or two for one part, or images without labels.
    """
    images = _by_split(file, known, _IMAGES)
    labels = _by_split(file, known, _LABELS)
    names = {}
    for number, split in enumerate(SPLITS):
        if number in images:
            if number not in labels:
                raise InputError(f"{file} has {images[number]} but no {_label_of(images[number])}")
            names[split] = (images[number], labels[number])
    if "train" not in names:
        raise InputError(f"{file} holds {some(list(known), 8) or 'nothing'}; {_WANTED}")
    warnings = []
    used = {name for pair in names.values() for name in pair}
    if other := [name for name in known if name not in used]:
        warnings.append(f"{file.name}: arrays that are not read: {some(other)}")
    if any(x[:2] != "x_" for x, _ in names.values()):
        read = ", ".join(f"{x} and {y} as {split}" for split, (x, y) in names.items())
        warnings.append(f"{file.name}: arrays are read as parts: {read}")
    return names, warnings


def _by_split(file: Path, known: Sequence[str], words: Sequence[str]) -> dict[int, str]:
    by_split: dict[int, str] = {}
    for name in known:
        split = _split_with(name, words)
        if split is None:
            continue
        if split in by_split:
            raise InputError(f"{file} has both {by_split[split]} and {name}; keep one of them")
        by_split[split] = name
    return by_split


def _split_with(name: str, words: Sequence[str]) -> int | None:
    """Return the part of an array that is named with one of ``words`` at an end of its name."""
    pieces = [piece for piece in re.split(r"[\W_]+", name) if piece]
    for word, rest in ((pieces[:1], pieces[1:]), (pieces[-1:], pieces[:-1])):
        if rest and word[0].lower() in words and (split := split_of("_".join(rest))) is not None:
            return split
    return None


def _label_of(name: str) -> str:
    """Return how the labels would be called of images that are called ``name``."""
    if name[:1] in "xX":
        return chr(ord(name[0]) + 1) + name[1:]
    return re.sub("|".join(_IMAGES[1:]), "labels", name, count=1, flags=re.IGNORECASE)
