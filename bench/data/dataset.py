"""What a loaded data set is: images that any process can open again, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.block import with_test
from augbench.bench.data.cache import Entry, read_entry
from augbench.bench.data.source import SPLITS

from augbench.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images of all splits, memory-mapped; to another process goes its reference.

    Attributes:
        name: what tables call it.
        classes: the K class names, in sorted order (Keras's own order for its data sets).
        images: uint8, N×H×W×C, 0…255, C is 1 or 3, read-only.
        labels: int64, N, indices into ``classes``.
        paths: N names, relative to the data set (``train/12`` for arrays).
        split: uint8, N, indices into ``SPLITS``, as given.
        part: uint8, N, the same, with a fixed stratified test part where none was given.
        twin: int64, N, the first row with the same pixels (the row itself where it is the first).
        fingerprint: sha256 of contents, names, labels, splits and size.
        splits: for ``validation`` and ``test``, where they come from.
        unreadable: pairs of a path and the reason why it was left out.
        duplicates: ``(path, path, "train/test")`` of equal pixels in two parts.
        warnings: sentences for the report.
        reference: plain data by which `reopen` opens it in another process.
    """

    name: str
    classes: tuple[str, ...]
    images: np.ndarray
    labels: np.ndarray
    paths: tuple[str, ...]
    split: np.ndarray
    part: np.ndarray
    twin: np.ndarray
    fingerprint: str
    splits: Mapping[str, str]
    unreadable: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]
    reference: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        _, height, width, channels = self.images.shape
        return height, width, channels

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        height, width, channels = self.shape
        return (
            f"Dataset({self.name!r}, {len(self):,} images of {height}×{width}×{channels}, "
            f"{len(self.classes):,} classes)"
        )


def reopen(reference: Mapping[str, Any]) -> Dataset:
    """Open a data set that another process loaded, from its ``reference``; reads no pixel.

    Raises `InputError` where the cache was emptied meanwhile.
    """
    entry = read_entry(Path(reference["folder"]))
    if entry is None:
        raise InputError(f"the cached pixels in {reference['folder']} are gone; run it again")
    known = (reference[word] for word in ("name", "origin", "unreadable", "warnings"))
    return from_entry(entry, *known)


def from_entry(
    entry: Entry,
    name: str,
    origin: str,
    unreadable: list[tuple[str, str]],
    warnings: list[str],
) -> Dataset:
    """Return the data set of a cache entry; ``origin`` says where given splits came from."""
    meta = entry.meta
    part = with_test(entry.labels, entry.split, entry.twin)
    given = {split for split in np.unique(entry.split)}
    paths = tuple(meta["paths"])
    return Dataset(
        name,
        tuple(meta["classes"]),
        entry.images,
        entry.labels,
        paths,
        entry.split,
        part,
        entry.twin,
        meta["fingerprint"],
        {
            "validation": origin if 1 in given else "stratified per seed",
            "test": origin if 2 in given else "stratified fixed",
        },
        tuple((path, reason) for path, reason in [*unreadable, *meta["unreadable"]]),
        _duplicates(paths, part, entry.twin),
        (*warnings, *meta["warnings"]),
        {
            "folder": str(entry.folder),
            "name": name,
            "origin": origin,
            "unreadable": [list(pair) for pair in unreadable],
            "warnings": list(warnings),
        },
    )


def _duplicates(
    paths: tuple[str, ...], part: np.ndarray, twin: np.ndarray
) -> tuple[tuple[str, str, str], ...]:
    """Return pairs of rows with equal pixels in different parts, each later row once."""
    sets: dict[int, list[int]] = {}
    for row in np.flatnonzero(np.bincount(twin, minlength=len(twin))[twin] > 1).tolist():
        sets.setdefault(int(twin[row]), []).append(row)
    pairs = []
    for rows in sets.values():
        first = {int(part[row]): row for row in reversed(rows)}
        lowest = min(first)
        for row in rows:
            if part[row] != lowest:
                words = f"{SPLITS[lowest]}/{SPLITS[part[row]]}"
                pairs.append((paths[first[lowest]], paths[row], words))
    return tuple(pairs)
