"""Where do decoded pixels live: one folder a data set and size, whole or not there at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from augbench.bench.data.cache.folder import disk_errors_explained

from augbench import outside
from augbench.errors import InputError
from augbench.files import locked, placed_whole, read_sealed, sweep_parts, write_sealed

ENTRY_FORMAT = 7
IMAGES = "images.npy"
_META, _ROWS = "meta", "rows.npz"
#: what ``rows.npz`` holds, a value a row
_COLUMNS = {
    "labels": np.dtype(np.int64),
    "split": np.dtype(np.uint8),
    "duplicate_of": np.dtype(np.int64),
    "group_of": np.dtype(np.int64),
}


@dataclass(frozen=True)
class Entry:
    """One cached data set.

    Attributes:
        key: its name in the cache.
        images: uint8, N×H×W×C, memory-mapped.
        labels: int64, N.
        split: uint8, N, as given.
        duplicate_of: int64, N, the first row with the same pixels.
        group_of: int64, N, the first row of the same group.
        meta: its description, plain JSON values.
    """

    key: str
    images: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    duplicate_of: np.ndarray
    group_of: np.ndarray
    meta: dict[str, Any]


def entry_folder(cache: Path, key: str) -> Path:
    """Return the folder of the entry ``key``, which may be absent."""
    return cache / "data" / key


def read_entry(folder: Path) -> Entry | None:
    """Return the entry in ``folder``, or None where there is none or a damaged one."""
    meta = read_sealed(folder / _META)
    if not isinstance(meta, dict) or meta.get("format") != ENTRY_FORMAT:
        return None
    try:
        images = outside.map_array(folder / IMAGES)
        rows = outside.read_arrays(folder / _ROWS)
        columns = {name: rows[name] for name in _COLUMNS}
    except (OSError, ValueError, KeyError):
        return None
    number = len(meta["paths"])
    if any(columns[name].shape != (number,) for name in _COLUMNS):
        return None
    if any(columns[name].dtype != dtype for name, dtype in _COLUMNS.items()):
        return None
    if images.dtype != np.uint8 or list(images.shape) != meta["shape"] or len(images) != number:
        return None
    return Entry(folder.name, images, **columns, meta=meta)


def describe_images(folder: Path, columns: Mapping[str, np.ndarray], **meta: Any) -> None:
    """Write what an entry holds beside its images, which stand in ``folder`` already.

    Args:
        folder: where the images are and the rest goes.
        columns: ``labels``, ``split``, ``duplicate_of`` and ``group_of``, as in `Entry`.
        meta: what is known of the data set, plain JSON values.
    """
    np.savez(folder / _ROWS, **columns)  # type: ignore[arg-type]
    images = outside.map_array(folder / IMAGES)
    own = {"format": ENTRY_FORMAT, "shape": list(images.shape)}
    write_sealed(folder / _META, own | meta)


def entry_of(
    cache: Path, key: str, build: Callable[[Path], None], wait: Callable[[], None]
) -> Entry:
    """Return the entry ``key``, made by ``build(folder)`` where it is missing or damaged.

    One process at a time builds an entry; ``wait`` is called where another one is at it.

    Raises:
        InputError: the disk is full or fails.
    """
    folder = entry_folder(cache, key)
    if (known := read_entry(folder)) is not None:
        return known
    with locked(folder.with_name(f"{key}.lock"), wait):
        if (known := read_entry(folder)) is not None:
            return known
        sweep_parts(folder.parent, key)
        with disk_errors_explained(folder.parent), placed_whole(folder) as part:
            part.mkdir()
            build(part)
    if (made := read_entry(folder)) is None:
        raise InputError(f"the cache in {folder} was changed while it was made; run it again")
    return made


def write_images(
    file: BinaryIO, images: Iterator[np.ndarray], most: int, shape: tuple[int, int, int]
) -> int:
    """Write an ``.npy`` of at most ``most`` uint8 images of ``shape``; return how many came.

    Plain writes, not a memory map: a full disk is then an error and not the end of the process.
    """
    start = _header(file, most, shape)
    number = 0
    for image in images:
        file.write(np.ascontiguousarray(image).data)
        number += 1
    file.seek(0)
    if _header(file, number, shape) != start:
        raise AssertionError("NumPy reserves room for the number of rows in a header")
    return number


def _header(file: BinaryIO, number: int, shape: tuple[int, int, int]) -> int:
    header = {"descr": "|u1", "fortran_order": False, "shape": (number, *shape)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()
