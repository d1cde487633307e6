"""What every form of DATA comes down to: rows with a label, a split, and a way to their pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

#: the splits a data set may bring; arrays of splits hold indices into this
SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)

#: ``(height, width), channels`` -> one uint8 image H×W×C of that shape
Reader = Callable[[int, tuple[int, int], int], np.ndarray]
#: called with what is done, what there is to do, and what it is
Progress = Callable[[int, int, str], None]


class UnreadableImageError(ValueError):
    """One image cannot be read; the text says why in a few words."""


@dataclass(frozen=True)
class Table:
    """The rows of a data set before its pixels are cached.

    Attributes:
        paths: N names to show, relative to the data set.
        labels: int64, N, indices into ``classes``.
        split: uint8, N, indices into ``SPLITS``.
        classes: the K class names.
        digests: N content hashes, one an image.
        read: ``(row, (height, width), channels)`` to uint8 H×W×C; raises `UnreadableImageError`.
        warnings: sentences for the report.
        groups: N names, "" for an image that is in no group; None where there are no groups.
    """

    paths: list[str]
    labels: np.ndarray
    split: np.ndarray
    classes: tuple[str, ...]
    digests: list[str]
    read: Reader
    warnings: list[str] = field(default_factory=list)
    groups: list[str] | None = None


@dataclass(frozen=True)
class Source:
    """A data set as found, with what must be known before any pixel is read.

    Attributes:
        name: what to call it in tables.
        key: hash of all content that decides rows and pixels, the final size aside.
        native: the height and width that all images share, or None where they differ.
        channels: 1 if all images are grey, else 3.
        open: reads the table; called only where the cache holds no such rows.
        unreadable: pairs of a path and the reason why it is left out.
        warnings: sentences for the report.
    """

    name: str
    key: str
    native: tuple[int, int] | None
    channels: int
    open: Callable[[], Table]
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def count(number: int, noun: str) -> str:
    """Return ``1 image``, ``2 images``, ``1,234 images``."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def some(names: list[str], most: int = 3) -> str:
    """Return the first few of ``names``, quoted, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
