"""What a loaded data set is: images that any process can open again, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.cache.entry import Entry, entry_folder, read_entry
from augbench.bench.data.cache.folder import cache_folder
from augbench.bench.data.sources.source import SPLITS, TEST, VALIDATION

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
        split: uint8, N, indices into ``SPLITS``, as given; `augbench.bench.data.block` adds what
            is missing.
        duplicate_of: int64, N, the first row with the same pixels, often the row itself.
        group_of: int64, N, the first row of the same group, often the row itself; None where the
            data bring no groups.
        fingerprint: sha256 of contents, names, labels, splits and size.
        split_origins: for ``validation`` and ``test``, where they come from.
        unreadable: pairs of a path and the reason why it was left out.
        duplicates: ``(path, path, "train/test")`` of equal pixels in two given splits.
        near_duplicates: the same of pixels that are not equal but look alike.
        warnings: sentences for the report.
        reference: plain data by which `reopen` opens it in another process; names no folder.
    """

    name: str
    classes: tuple[str, ...]
    images: np.ndarray
    labels: np.ndarray
    paths: tuple[str, ...]
    split: np.ndarray
    duplicate_of: np.ndarray
    group_of: np.ndarray | None
    fingerprint: str
    split_origins: Mapping[str, str]
    unreadable: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str, str], ...]
    near_duplicates: tuple[tuple[str, str, str], ...]
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


def reopen(reference: Mapping[str, Any], cache: Path | None = None) -> Dataset:
    """Open a data set that another process loaded, from its ``reference``; reads no pixel.

    Args:
        reference: that of the loaded data set; it names no path, so that any machine whose cache
            folder holds the pixels can open it.
        cache: the cache folder; by default ``$AUGBENCH_CACHE`` or the user's own.

    Raises:
        InputError: the cache was emptied meanwhile.
    """
    folder = entry_folder(cache_folder(cache), reference["key"])
    entry = read_entry(folder)
    if entry is None:
        raise InputError(f"the cached pixels in {folder} are gone; run it again")
    return from_entry(
        entry,
        reference["name"],
        reference["origin"],
        reference["unreadable"],
        reference["warnings"],
    )


def from_entry(
    entry: Entry,
    name: str,
    origin: str,
    unreadable: Sequence[Sequence[str]],
    warnings: Sequence[str],
) -> Dataset:
    """Return the data set of a cache entry.

    Args:
        entry: its rows and pixels.
        name: what tables call it.
        origin: where given splits came from.
        unreadable: pairs of a path and the reason why it was left out, beside those in the entry.
        warnings: sentences for the report, beside those in the entry.
    """
    meta = entry.meta
    given = set(np.unique(entry.split).tolist())
    paths = tuple(meta["paths"])
    return Dataset(
        name=name,
        classes=tuple(meta["classes"]),
        images=entry.images,
        labels=entry.labels,
        paths=paths,
        split=entry.split,
        duplicate_of=entry.duplicate_of,
        group_of=entry.group_of if meta["grouped"] else None,
        fingerprint=meta["fingerprint"],
        split_origins={
            "validation": origin if VALIDATION in given else "stratified per seed",
            "test": origin if TEST in given else "stratified",
        },
        unreadable=tuple((path, reason) for path, reason in [*unreadable, *meta["unreadable"]]),
        duplicates=pairs_across(paths, entry.split, entry.duplicate_of),
        near_duplicates=tuple(
            (
                paths[first],
                paths[second],
                f"{SPLITS[entry.split[first]]}/{SPLITS[entry.split[second]]}",
            )
            for first, second in meta["near_duplicates"]
        ),
        warnings=(*warnings, *meta["warnings"]),
        reference={
            "key": entry.key,
            "name": name,
            "origin": origin,
            "unreadable": [list(pair) for pair in unreadable],
            "warnings": list(warnings),
        },
    )


def pairs_across(
    paths: tuple[str, ...], split: np.ndarray, first_of: np.ndarray
) -> tuple[tuple[str, str, str], ...]:
    """Return pairs of rows of one set in different splits, each later row once.

    Args:
        paths: N names.
        split: uint8, N, indices into ``SPLITS``.
        first_of: int64, N, the first row of the set, as of equal pixels or of a group.
    """
    repeated = np.bincount(first_of, minlength=len(first_of))[first_of] > 1
    equal_rows: dict[int, list[int]] = {}
    for row in np.flatnonzero(repeated).tolist():
        equal_rows.setdefault(int(first_of[row]), []).append(row)
    pairs = []
    for rows in equal_rows.values():
        first = {int(split[row]): row for row in reversed(rows)}
        lowest = min(first)
        for row in rows:
            if split[row] != lowest:
                words = f"{SPLITS[lowest]}/{SPLITS[split[row]]}"
                pairs.append((paths[first[lowest]], paths[row], words))
    return tuple(pairs)
