"""How do the rows of a source become decoded pixels in the cache?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import warnings
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
from augbench.bench.data.cache.entry import IMAGES, describe_images, write_images
from augbench.bench.data.cache.folder import check_space
from augbench.bench.data.near_duplicates import near_duplicates
from augbench.bench.data.sources.ranges import span_notes
from augbench.bench.data.sources.source import (
    SPLITS,
    TRAIN,
    Progress,
    Source,
    Table,
    UnreadableImageError,
    count,
)

from augbench.errors import InputError
from augbench.outside import NAME_LENGTH, map_array

_ROWS_A_TASK = 16


def decode_into(
    folder: Path, source: Source, shape: tuple[int, int, int], jobs: int, progress: Progress
) -> None:
    """Decode all rows of a source into the files of a cache entry.

    Args:
        folder: where the files go, there already.
        source: where the rows come from; images that cannot be read are left out.
        shape: height, width and channels of every image.
        jobs: threads that read and decode.
        progress: called with (done, all, what) now and then.

    Raises:
        InputError: the disk has no room, or a class has no readable training image.
    """
    table = source.open()
    total = len(table.labels)
    if long := [name for name in table.classes if len(name) > NAME_LENGTH]:
        raise InputError(
            f"{source.name}: the class {long[0][:40]!r}… has a name of {len(long[0]):,} "
            f"characters; give it one of at most {NAME_LENGTH:,}"
        )
    _check_classes(table, np.arange(total), source)
    check_space(folder, total * int(np.prod(shape)))
    readable: list[int] = []
    spans: dict[str, tuple[int, int]] = {}
    pixel_digests: list[bytes] = []
    unreadable: list[tuple[str, str]] = []

    decoded = _decoded(table, shape, jobs)

    def images() -> Iterator[np.ndarray]:
        for row, image in decoded:
            if isinstance(image, str):
                unreadable.append((table.paths[row], image))
            else:
                readable.append(row)
                part = SPLITS[table.split[row]]
                low, high = spans.get(part, (255, 0))
                spans[part] = min(low, int(image.min())), max(high, int(image.max()))
                pixel_digests.append(hashlib.blake2b(image.tobytes(), digest_size=16).digest())
                yield image
            if row % 64 == 0 or row + 1 == total:
                progress(row + 1, total, "decoding images")

    # Closed here, whatever happens: a garbage collector that closes it later does so in any thread,
    # also in one that the next pool is just starting, and both wait for each other for ever.
    with (
        closing(decoded),
        (folder / IMAGES).open("wb") as file,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        write_images(file, images(), total, shape)
    rows = np.array(readable, np.int64)
    lost = dataclasses.replace(source, unreadable=[*source.unreadable, *unreadable])
    _check_classes(table, rows, lost)
    first: dict[bytes, int] = {}
    groups = [table.groups[row] if table.groups else "" for row in readable]
    of_group: dict[str, int] = {}
    split = table.split[rows]
    duplicate_of = np.array(
        [first.setdefault(digest, row) for row, digest in enumerate(pixel_digests)], np.int64
    )
    near = near_duplicates(
        map_array(folder / IMAGES),
        split,
        duplicate_of,
        lambda done, total: progress(done, total, "comparing the parts"),
    )
    group_of = [of_group.setdefault(g, row) if g else row for row, g in enumerate(groups)]
    describe_images(
        folder,
        {
            "labels": table.labels[rows].astype(np.int64),
            "split": split,
            "duplicate_of": duplicate_of,
            "group_of": np.array(group_of, np.int64),
        },
        grouped=any(groups),
        near_duplicates=near,
        classes=list(table.classes),
        paths=[table.paths[row] for row in readable],
        fingerprint=_fingerprint(table, rows, shape),
        unreadable=unreadable,
        warnings=[*table.warnings, *span_notes(spans, source.name)],
    )


def _decoded(
    table: Table, shape: tuple[int, int, int], jobs: int
) -> Generator[tuple[int, np.ndarray | str]]:
    """Yield every row's image, or the reason why there is none, in order and in bounded memory."""

    def decode(start: int) -> list[np.ndarray | str]:
        made: list[np.ndarray | str] = []
        for row in range(start, min(start + _ROWS_A_TASK, len(table.labels))):
            try:
                made.append(table.read(row, shape[:2], shape[2]))
            except UnreadableImageError as error:
                made.append(str(error))
        return made

    waiting: deque[tuple[int, Future[list[np.ndarray | str]]]] = deque()
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        try:
            for start in range(0, len(table.labels), _ROWS_A_TASK):
                waiting.append((start, pool.submit(decode, start)))
                if len(waiting) > 2 * jobs:
                    first, done = waiting.popleft()
                    yield from enumerate(done.result(), first)
            while waiting:
                first, done = waiting.popleft()
                yield from enumerate(done.result(), first)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _fingerprint(table: Table, rows: np.ndarray, shape: tuple[int, int, int]) -> str:
    """Return the sha256 over size, classes, and every row's name, label, split and content."""
    digest = hashlib.sha256(json.dumps([shape, table.classes]).encode())
    for row in rows.tolist():
        line = [table.paths[row], int(table.labels[row]), int(table.split[row]), table.digests[row]]
        if table.groups is not None:
            line.append(table.groups[row])
        digest.update(json.dumps(line).encode())
    return digest.hexdigest()


def _check_classes(table: Table, rows: np.ndarray, source: Source) -> None:
    """Raise `InputError` where a class has no readable training image."""
    trained_on = table.labels[rows[table.split[rows] == TRAIN]]
    empty = np.flatnonzero(np.bincount(trained_on, minlength=len(table.classes)) == 0)
    if not len(empty):
        return
    name = table.classes[empty[0]]
    text = f"{source.name}: class {name!r} has no readable training image"
    if source.unreadable:
        path, reason = source.unreadable[0]
        text += f"; {count(len(source.unreadable), 'file')} could not be read, as {path}: {reason}"
    raise InputError(f"{text}; add images to it or remove the class")
