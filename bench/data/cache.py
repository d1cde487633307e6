"""Where do decoded pixels live: one folder a data set and size, whole or not there at all?"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from augbench.errors import InputError

ENTRY_FORMAT = 1
_HEADROOM = 16 * 2**20


@dataclass(frozen=True)
class Entry:
    """One cached data set: pixels uint8 N×H×W×C (memory-mapped), its rows and its description."""

    folder: Path
    images: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    twin: np.ndarray
    meta: dict[str, Any]


def cache_folder(cache: Path | None = None) -> Path:
    """Return the cache folder: ``cache``, else ``$AUGBENCH_CACHE``, else the user's own; made here.

    Raises `InputError` where it cannot be written.
    """
    if cache is None:
        named = os.environ.get("AUGBENCH_CACHE")
        if named:
            cache = Path(named)
        else:
            from platformdirs import user_cache_dir

            cache = Path(user_cache_dir("augbench"))
    cache = cache.expanduser().absolute()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        raise InputError(
            f"the cache folder {cache} cannot be written ({error.strerror}); set AUGBENCH_CACHE "
            "to a folder that can"
        ) from error
    return cache


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file so that a reader sees the old one or the new one, never a part."""
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise _disk_error(error, path.parent, len(content)) from error
    finally:
        part.unlink(missing_ok=True)


def read_entry(folder: Path) -> Entry | None:
    """Return the entry in ``folder``, or None where there is none or a damaged one."""
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        if meta["format"] != ENTRY_FORMAT:
            return None
        images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
        with np.load(folder / "rows.npz", allow_pickle=False) as rows:
            labels, split, twin = rows["labels"], rows["split"], rows["twin"]
        rows_agree = len(images) == len(labels) == len(split) == len(twin) == len(meta["paths"])
        whole = (folder / "images.npy").stat().st_size == meta["bytes"]
        if not rows_agree or not whole or list(images.shape[1:]) != meta["shape"]:
            return None
        return Entry(folder, images, labels, split, twin, meta)
    except (OSError, ValueError, KeyError, TypeError, EOFError, _bad_zip()):
        return None


def entry_of(
    cache: Path, key: str, build: Callable[[Path], None], wait: Callable[[], None]
) -> Entry:
    """Return the entry ``key``, made by ``build(folder)`` where it is missing or damaged.

    One process at a time builds an entry; ``wait`` is called where another one is at it.
    """
    folder = cache / "data" / key
    found = read_entry(folder)
    if found is not None:
        return found
    with locked(cache / "data" / f"{key}.lock", wait):
        found = read_entry(folder)
        if found is not None:
            return found
        for stale in folder.parent.glob(f"{key}.*.part"):
            shutil.rmtree(stale, ignore_errors=True)
        part = folder.with_name(f"{key}.{uuid.uuid4().hex}.part")
        try:
            part.mkdir()
            build(part)
            if folder.exists():
                shutil.rmtree(folder)
            os.replace(part, folder)
        except OSError as error:
            raise _disk_error(error, folder.parent, None) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    found = read_entry(folder)
    if found is None:
        raise InputError(f"the cache in {folder} was changed while it was made; run it again")
    return found


def check_space(folder: Path, needed: int) -> None:
    """Raise `InputError` where the disk of ``folder`` has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed + _HEADROOM:
        raise InputError(_no_space(folder, needed, free))


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


@contextmanager
def locked(path: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file ``path``; ``wait`` is called where another process holds it."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _bad_zip() -> type[Exception]:
    from zipfile import BadZipFile

    return BadZipFile


def _disk_error(error: OSError, folder: Path, needed: int | None) -> InputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError(_no_space(folder, needed, shutil.disk_usage(folder).free))
    return InputError(f"cannot write the cache in {folder}: {error.strerror or error}")


def _no_space(folder: Path, needed: int | None, free: int) -> str:
    wanted = "more space" if needed is None else f"{_size(needed)}"
    return (
        f"the pixel cache needs {wanted} in {folder}, where {_size(free)} are free; free some, "
        "choose a smaller --image-size, or set AUGBENCH_CACHE to a folder on another disk"
    )


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"
