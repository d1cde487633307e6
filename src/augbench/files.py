"""Files that are whole or not there at all, and locks between processes."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

#: what a half-written file is called, so that what a killed process left can be found
PART = ".part"


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing; it takes the place of ``path`` when all went well.

    A reader sees the old file or the new one, never a part; its folder is made where absent.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{PART}")
    try:
        with part.open("wb") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> Path:
    r"""Write a file so that it is there whole or not at all; return its path.

    Text becomes UTF-8, line breaks as they stand; what UTF-8 has no bytes for (parts of file names
    in another encoding) is written as ``\udcxx``.
    """
    if isinstance(content, str):
        content = content.encode("utf-8", errors="backslashreplace")
    with written_whole(path) as file:
        file.write(content)
    return path


def sweep_parts(folder: Path) -> None:
    """Remove what killed processes left half-written in ``folder``."""
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file ``path``; ``wait`` is called once where another process holds it."""
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
