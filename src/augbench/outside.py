"""Files that come from outside: regular ones only, and no more of them than anybody means.

A pipe would hang for ever, a device and a small archive can fill the memory, brackets in brackets
exhaust the interpreter. All of these raise an `OSError` or a `ValueError` with the reason, which
the reader of a file says with its place.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import stat
import tomllib
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

#: bytes of a file of words: a spec, a pipeline, a configuration, a record
WORDS_BYTES = 64 * 2**20
#: bytes of a table of paths and labels: some ten million rows
TABLE_BYTES = 2 * 2**30
#: bytes of one image file
IMAGE_BYTES = 512 * 2**20
#: characters of the name of a class or a policy, which stands in tables and on pages
NAME_LENGTH = 1000

_DEPTH = 64  # brackets in brackets
_PARTS = (
    10_000_000  # of one file of words: a few lines of YAML can stand for more than memory holds
)
_WHOLE = 2**64  # no whole number is larger
#: an archive of arrays that is much smaller than they are, and they are large, is a bomb: images
#: are packed to a hundredth at most, zeros to a thousandth
_RATIO, _UNSUSPECTED = 200, 512 * 2**20
#: of an array in an archive; NumPy reads no longer one either
_HEADER_BYTES = 10_000


def open_regular(path: Path | str) -> io.BufferedReader:
    """Open a regular file to read its bytes.

    Raises:
        OSError: it cannot be opened, or is a pipe, a device, a socket or a folder.
    """
    _check(os.stat(path), path)  # first, since opening a device may do something already
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(os.fstat(file), path)
        return os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise


def _check(status: os.stat_result, path: Path | str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        what = "a named pipe" if stat.S_ISFIFO(status.st_mode) else "a device or a socket"
        raise OSError(errno.EINVAL, f"it is {what}, not a regular file", str(path))


def read_bytes(path: Path | str, most: int) -> bytes:
    """Return the bytes of a regular file of at most ``most``.

    Raises:
        OSError: as `open_regular`, or it is larger.
    """
    with open_regular(path) as file:
        expected = min(os.fstat(file.fileno()).st_size, most)
        content = file.read(expected + 1)  # a buffer for `most` would be made first and cut then
        if len(content) > expected:
            content += file.read(most + 1 - len(content))
    if len(content) > most:
        size = f"{most / 2**20:,.0f} MB"
        raise OSError(errno.EFBIG, f"it is larger than {size}, the most that is read", str(path))
    return content


def read_text(path: Path | str) -> str:
    """Return the text of a file of words in UTF-8, line breaks as a single line feed.

    Raises:
        OSError: as `read_bytes`.
        UnicodeDecodeError: it is no text in UTF-8.
    """
    text = read_bytes(path, WORDS_BYTES).decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def parse_json(text: str | bytes) -> Any:
    """Return what a JSON text holds.

    Raises:
        ValueError: it is no JSON, or nested too deeply, or has numbers that nothing can hold.
    """
    try:
        return checked(json.loads(text))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds; raises as `parse_json`."""
    try:
        return checked(tomllib.loads(text))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


_TOO_DEEP = f"brackets in brackets, more than {_DEPTH} deep"


def checked(content: Any) -> Any:
    """Return parsed words as they are.

    Raises:
        ValueError: they are nested too deeply, too many, or have a number of more than 64 bits.
    """
    layer, count = [content], 0
    for _ in range(_DEPTH):
        inner: list[Any] = []
        for part in layer:
            if isinstance(part, (float, str)):  # most are
                continue
            if isinstance(part, dict):
                inner += part.values()
            elif isinstance(part, (list, tuple)):
                inner += part
            elif isinstance(part, int) and abs(part) > _WHOLE:
                digits = int(len(f"{abs(part):x}") * 1.2041)  # log10(16); as text it has a limit
                raise ValueError(f"a whole number of about {digits} digits, which nothing needs")
        if not inner:
            return content
        count += len(inner)
        if count > _PARTS:
            raise ValueError(f"more than {_PARTS:,} values, its repetitions counted")
        layer = inner
    raise ValueError(_TOO_DEEP)


def array_headers(path: Path | str) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Return the shape and dtype of each array of an .npz, which are not read.

    Raises:
        OSError: as `open_regular`.
        ValueError: it is no such archive, or one whose arrays are not what their headers say, or
            that unpacks to much more than it is.
    """
    with _archive(path) as archive:
        return {name: (shape, dtype) for name, shape, dtype, _ in _members(archive)}


def read_arrays(path: Path | str, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Return arrays of an .npz by name, all or those of ``names``; raises as `array_headers`.

    They cannot be written to, and those that are not there are left out. No pickle is read: an
    array of objects is a ValueError.
    """
    import numpy as np

    with _archive(path) as archive:
        arrays = {}
        for name, shape, dtype, content in _members(archive):
            if names is None or name in names:
                if dtype.hasobject:
                    raise ValueError(f"{name} holds objects of Python, which are not read")
                arrays[name] = np.ndarray(shape, dtype, content.read(), order=content.order)
        return arrays


def map_array(path: Path | str) -> np.memmap:
    """Return the array of an .npy, mapped into memory and not read; it cannot be written to.

    Raises:
        OSError: as `open_regular`.
        ValueError: it is no array, one without values, or one that its header does not describe.
    """
    import numpy as np

    with open_regular(path) as file, _broken_is_value_error():
        shape, by_columns, dtype = _header(file)
        start = file.tell()
        _check_size("it", shape, dtype, os.fstat(file.fileno()).st_size - start)
        if dtype.hasobject:
            raise ValueError("it holds objects of Python, which are not read")
        return np.memmap(path, dtype, "r", start, shape, "F" if by_columns else "C")


@contextmanager
def _broken_is_value_error() -> Iterator[None]:
    """What is broken fails in as many ways as zipfile, zlib and NumPy's header have."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        # a place in front of the file is EINVAL
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from error


@contextmanager
def _archive(path: Path | str) -> Iterator[zipfile.ZipFile]:
    """Open an .npz; whatever is wrong in it is a ValueError."""
    with open_regular(path) as file, _broken_is_value_error(), zipfile.ZipFile(file) as archive:
        packed = os.fstat(file.fileno()).st_size
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > max(_UNSUSPECTED, _RATIO * packed):
            raise ValueError(
                f"{packed / 2**20:,.1f} MB that unpack to {unpacked / 2**30:,.1f} GB are no images"
            )
        yield archive


class _Content(NamedTuple):
    """The bytes of an array that come next, and whether rows or columns are together."""

    read: Callable[[], bytes]
    order: Literal["C", "F"]


def _members(
    archive: zipfile.ZipFile,
) -> Iterator[tuple[str, tuple[int, ...], np.dtype, _Content]]:
    """Yield name, shape, dtype and content of each array, while its file is open."""
    for member in archive.infolist():
        if not member.filename.endswith(".npy"):
            continue
        name = member.filename.removesuffix(".npy")
        with archive.open(member) as file:
            shape, by_columns, dtype = _header(file)
            _check_size(name, shape, dtype, member.file_size - file.tell())
            yield name, tuple(shape), dtype, _Content(file.read, "F" if by_columns else "C")


def _check_size(name: str, shape: tuple[int, ...], dtype: np.dtype, content: int) -> None:
    """Raise a ValueError where an array of a shape does not have so many bytes of content."""
    if any(side < 0 for side in shape):
        raise ValueError(f"{name} has the shape {shape}")
    size = dtype.itemsize * math.prod(map(int, shape))
    if not dtype.hasobject and size != content:
        raise ValueError(f"{name} has {content:,} bytes where its shape says {size:,}")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Read the shape, whether columns are together, and the dtype of the array that follows."""
    from numpy.lib import format as npy

    version = npy.read_magic(file)
    width = 2 if version == (1, 0) else 4
    length = file.read(width)
    count = int.from_bytes(length, "little")
    if count > _HEADER_BYTES:
        raise ValueError(f"the header of an array has {count:,} bytes")
    return _parsed(version, length + file.read(count))


@lru_cache(256)
def _parsed(version: tuple[int, int], header: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return what a header says; those of ten thousand trials say the same."""
    from numpy.lib import format as npy

    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    return read(io.BytesIO(header))
