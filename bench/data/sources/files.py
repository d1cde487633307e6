"""How do image files become a source: hashed and measured once, remembered until they change?"""

from __future__ import annotations

import hashlib
import json
import os
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.cache.folder import disk_errors_explained
from augbench.bench.data.sources.folders import ImageFile, Listing
from augbench.bench.data.sources.pixels import decode, survey
from augbench.bench.data.sources.source import Progress, Source, Table, UnreadableImageError

from augbench import outside
from augbench.errors import InputError
from augbench.files import read_sealed, write_sealed

_INDEX_FORMAT = 1
#: a file changed this shortly before it was read may change again within one clock tick
_SETTLED_NS = 2_000_000_000

#: content hash, height, width, grey
Facts = tuple[str, int, int, bool]


def open_files(
    name: str, root: Path, listing: Listing, *, jobs: int, progress: Progress, cache: Path
) -> Source:
    """Return the source of listed image files; ``root`` names the index that remembers them."""
    facts, broken, stamps = survey_files(
        listing.files, root, jobs=jobs, progress=progress, cache=cache
    )
    readable = [file for file in listing.files if file.shown not in broken]
    known = [facts[file.shown] for file in readable]
    sizes = {(height, width) for _, height, width, _ in known}
    grey = all(is_grey for *_, is_grey in known)
    numbers = {label: number for number, label in enumerate(listing.classes)}
    digests = [digest for digest, *_ in known]
    labels = np.array([numbers[file.label] for file in readable], np.int64)
    split = np.array([file.split for file in readable], np.uint8)

    def unchanged(file: ImageFile) -> bool:
        with suppress(OSError):
            return file.shown in stamps and stamps[file.shown] == stamp(file.path)
        return False

    def read(row: int, size: tuple[int, int], channels: int) -> np.ndarray:
        file = readable[row]
        data = _read(file.path)
        if not unchanged(file) and hashlib.sha256(data).hexdigest() != digests[row]:
            raise InputError(f"{file.path} changed while it was read; run the command again")
        return decode(data, size, channels)

    shown, groups = [file.shown for file in readable], [file.group for file in readable]
    table = Table(
        shown,
        labels,
        split,
        listing.classes,
        digests,
        read,
        groups=groups if any(groups) else None,
    )
    key = hashlib.sha256(json.dumps(listing.classes).encode())
    for file, digest in zip(readable, digests, strict=True):
        key.update(json.dumps([file.shown, file.label, file.split, file.group, digest]).encode())
    return Source(
        name,
        key.hexdigest(),
        sizes.pop() if len(sizes) == 1 else None,
        1 if grey else 3,
        lambda: table,
        [*listing.unreadable, *broken.items()],
        list(listing.warnings),
    )


def survey_files(
    files: Sequence[ImageFile], root: Path, *, jobs: int, progress: Progress, cache: Path
) -> tuple[dict[str, Facts], dict[str, str], dict[str, list[int]]]:
    """Find out about files; those whose size and times are as they were are not read again.

    Returns, by shown path:
        facts: of each readable file.
        broken: the reasons of the others.
        settled: the stamps of readable files that no change can leave as they are.
    """
    index = cache / "index" / _name(root)
    before = _load_index(index)
    started = time.time_ns()
    facts: dict[str, Facts] = {}
    broken: dict[str, str] = {}
    stamps = {}
    fresh = []
    for file in files:
        try:
            stamps[file.shown] = stamp(file.path)
        except OSError as error:
            broken[file.shown] = error.strerror or "cannot be read"
            continue
        old = before.get(file.shown)
        if old is not None and old[:3] == stamps[file.shown]:
            facts[file.shown] = tuple(old[3:])
        else:
            fresh.append(file)
    with ThreadPoolExecutor(max(1, jobs)) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for done, (file, surveyed) in enumerate(
                zip(fresh, pool.map(_survey, fresh), strict=True)
            ):
                if isinstance(surveyed, str):
                    broken[file.shown] = surveyed
                else:
                    facts[file.shown] = surveyed
                if done % 64 == 0 or done + 1 == len(fresh):
                    progress(done + 1, len(fresh), "reading image files")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    settled = {
        shown: stamps[shown] for shown in facts if max(stamps[shown][1:]) < started - _SETTLED_NS
    }
    remembered = {shown: [*stamped, *facts[shown]] for shown, stamped in settled.items()}
    if remembered != before:
        _save_index(index, remembered)
    return facts, broken, settled


def stamp(path: Path) -> list[int]:
    """Return size, and times of modification and of change in ns: what tells a file untouched."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def file_digest(path: Path, cache: Path) -> str:
    """Return the sha256 of a file's content, remembered until its size or times change."""
    index = cache / "index" / _name(path)
    now = stamp(path)
    started = time.time_ns()
    old = _load_index(index).get(path.name)
    if old is not None and old[:3] == now:
        return str(old[3])
    with outside.open_regular(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if max(now[1:]) < started - _SETTLED_NS:
        _save_index(index, {path.name: [*now, digest]})
    return digest


def _name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]


def _load_index(index: Path) -> dict[str, list[Any]]:
    content = read_sealed(index)
    if not isinstance(content, dict) or content.get("format") != _INDEX_FORMAT:
        return {}
    return dict(content["files"])


def _save_index(index: Path, files: dict[str, list[Any]]) -> None:
    with disk_errors_explained(index.parent):
        write_sealed(index, {"format": _INDEX_FORMAT, "files": files})


def _read(path: Path) -> bytes:
    try:
        return outside.read_bytes(path, outside.IMAGE_BYTES)
    except OSError as error:
        raise UnreadableImageError(error.strerror or "cannot be read") from error


def _survey(file: ImageFile) -> Facts | str:
    try:
        data = _read(file.path)
        return (hashlib.sha256(data).hexdigest(), *survey(data))
    except UnreadableImageError as error:
        return str(error)
