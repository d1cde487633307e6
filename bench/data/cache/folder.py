"""Where is the user's cache folder, and what is said where its disk refuses?"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from augbench.errors import InputError

_HEADROOM = 16 * 2**20


def cache_folder(cache: Path | None = None) -> Path:
    """Return the cache folder: ``cache``, else ``$AUGBENCH_CACHE``, else the user's own; made here.

    Raises:
        InputError: it cannot be written.
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


def artefact_folder(device: str) -> Path:
    """Return the folder of what policies learn once for several trials, in the cache folder.

    What is learnt on a GPU has one of its own, since it is not what the CPU learns.

    Raises:
        InputError: the cache folder cannot be written.
    """
    return cache_folder() / ("artefacts" if device != "gpu" else f"artefacts-{device}")


@contextmanager
def disk_errors_explained(folder: Path) -> Iterator[None]:
    """Turn what the disk of ``folder`` refuses inside into one line that says what would help."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_space(folder, "more space", shutil.disk_usage(folder).free) from error
        raise InputError(
            f"cannot write the cache in {folder}: {error.strerror or error}"
        ) from error


def check_space(folder: Path, needed: int) -> None:
    """Raise `InputError` where the disk of ``folder`` has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed + _HEADROOM:
        raise _no_space(folder, _size(needed), free)


def _no_space(folder: Path, needed: str, free: int) -> InputError:
    return InputError(
        f"the pixel cache needs {needed} in {folder}, where {_size(free)} are free; free some, "
        "choose a smaller --image-size, or set AUGBENCH_CACHE to a folder on another disk"
    )


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"
