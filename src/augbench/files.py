"""Files and folders that are whole or not there at all, and locks between processes."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from augbench.outside import open_regular

#: how the name of something half-written ends, so that what a killed process left can be found
PART = ".part"


_FORBIDDEN = "it may not be written there; choose another folder, or change its permissions"
#: what the system refuses, and what helps
_REMEDIES = {
    getattr(errno, "EDQUOT", -1): "your quota is spent; free some space, or choose another disk",
    errno.ENOSPC: "the disk is full; free some space, or choose a folder on another one",
    errno.EROFS: "the disk is read-only; choose a folder on another one",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EISDIR: "a folder is there, and a file is to be written; name a file",
}


class WriteError(OSError):
    """A file or folder cannot be written; its text names it and what helps."""

    def __str__(self) -> str:
        return f"cannot write {self.filename}: {self.strerror}"


@contextmanager
def placed_whole(path: Path, within: Path | None = None) -> Iterator[Path]:
    """Give a place beside ``path``; what is made there, a file or a folder, becomes ``path``.

    It does so in one step when all went well, and is removed otherwise, so that a reader sees the
    old one or the new one, never a part. The folder around it is made where absent. A folder that
    is replaced is gone for a moment; a file replaces none.

    Args:
        path: what will be there.
        within: a folder of the same disk to make it in, where somebody watches that of ``path``.

    Raises:
        WriteError: the disk is full, nothing may be written there, or a file meets a folder.
    """
    part = (within or path.parent) / f".{path.name}.{uuid.uuid4().hex[:12]}{PART}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if path.is_dir() and not path.is_symlink():
            if not part.is_dir():  # what is in a folder is worth more than the file
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            shutil.rmtree(path)
        os.replace(part, path)
    except OSError as error:
        if error.errno not in _REMEDIES:
            raise
        raise WriteError(error.errno, _REMEDIES[error.errno], str(path)) from error
    finally:
        with suppress(OSError):  # where its folder is none, say
            _remove(part)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that becomes ``path`` as in `placed_whole`."""
    with placed_whole(path) as part, part.open("wb") as file:
        yield file
        file.close()  # before it is moved


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


def write_sealed(path: Path, content: Any) -> Path:
    """Write plain JSON values below their SHA-256, for `read_sealed`; return the path."""
    text = json.dumps(content).encode()
    return write_whole(path, _seal(text) + b"\n" + text)


def read_sealed(path: Path) -> Any | None:
    """Return what `write_sealed` wrote, or None where that is not there as it was written."""
    try:
        with open_regular(path) as file:
            seal, _, text = file.read().partition(b"\n")
        return json.loads(text) if seal == _seal(text) else None
    except (OSError, ValueError):
        return None


def _seal(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def sweep_parts(folder: Path, beginning: str = "") -> None:
    """Remove what killed processes left half-written in ``folder``.

    Args:
        folder: where the whole things are.
        beginning: how their names begin, where only some are meant.
    """
    for part in folder.glob(f".{glob.escape(beginning)}*{PART}"):
        _remove(part)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
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
