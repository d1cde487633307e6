"""How does a DATA text become a data set: found, checked, decoded once, opened?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from augbench.bench.data import cache as store
from augbench.bench.data.dataset import Dataset, from_entry
from augbench.bench.data.source import (
    SPLITS,
    Progress,
    Source,
    Table,
    UnreadableImageError,
    count,
    some,
)

from augbench.errors import InputError, nearest

NAMES = ("digits", "mnist", "fashion_mnist", "cifar10", "cifar100")
#: images larger than this, or of different sizes, are stretched to `STRETCHED`
LARGEST_OWN = 128
STRETCHED = (64, 64)
#: the reference CNN needs this many px a side
REFERENCE_MINIMUM = 10
_ROWS_A_TASK = 16


def load(
    data: str,
    *,
    image_size: int | tuple[int, int] | None = None,
    model_minimum: int = REFERENCE_MINIMUM,
    train_size: int | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> Dataset:
    """Load ``data``, decoding its images once into the user's cache folder.

    Args:
        data: ``digits``; ``mnist``, ``fashion_mnist``, ``cifar10``, ``cifar100``; a folder of class
            folders; an ``.npz``; a ``.csv`` or ``.parquet`` of paths and labels.
        image_size: px a side, or (height, width); by default the images' own if all are equal and
            at most 128, else 64×64. Images of another size are stretched.
        model_minimum: px a side that the model needs; images of a smaller own size are enlarged
            by the smallest whole factor that reaches it.
        train_size: how many training images a block will keep; only checked here.
        jobs: threads that read and decode.
        progress: called with (done, all, what) now and then.
        cache: the cache folder; by default ``$AUGBENCH_CACHE`` or the user's own.

    Raises:
        InputError: where ``data`` is not there, or cannot be meant, or the disk is full.
    """
    progress = progress or (lambda done, total, what: None)
    folder = store.cache_folder(cache)
    source, origin = find(data, jobs=jobs, progress=progress, cache=folder)
    size, notes = final_size(source.native, image_size, model_minimum)
    shape = (*size, source.channels)
    entry = store.entry_of(
        folder,
        _key(source, shape),
        lambda part: _build(source, shape, part, jobs, progress),
        lambda: progress(0, 0, "another process prepares these images"),
    )
    found = from_entry(entry, source.name, origin, source.unreadable, [*source.warnings, *notes])
    more = _remarks(found, train_size)
    if not more:
        return found
    reference = {**found.reference, "warnings": [*found.reference["warnings"], *more]}
    return dataclasses.replace(found, warnings=(*found.warnings, *more), reference=reference)


def find(data: str, *, jobs: int, progress: Progress, cache: Path) -> tuple[Source, str]:
    """Return the source that ``data`` names, and the word for where its splits come from."""
    if data == "digits":
        from augbench.bench.data.arrays import digits

        return digits(), "given"
    if data in NAMES:
        from augbench.bench.data.keras_sets import keras_set

        return keras_set(data, cache, progress), "given"
    path = Path(data).expanduser()
    if not path.exists():
        raise InputError(
            f"no data set {data!r}: neither a folder or file here nor a known name"
            f"{nearest(data, NAMES)}; known names are {', '.join(NAMES)}"
        )
    if path.is_dir():
        from augbench.bench.data.files import open_files
        from augbench.bench.data.folders import list_folder

        path = path.resolve()
        listing = list_folder(path)
        opened = open_files(path.name, path, listing, jobs=jobs, progress=progress, cache=cache)
        return opened, "folder"
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from augbench.bench.data.arrays import npz

        return npz(path, cache), "given"
    if suffix in (".csv", ".parquet"):
        from augbench.bench.data.files import open_files
        from augbench.bench.data.tables import list_table

        listing = list_table(path)
        opened = open_files(path.stem, path, listing, jobs=jobs, progress=progress, cache=cache)
        return opened, "given"
    raise InputError(f"{path} is no data set: give a folder, an .npz, a .csv or a .parquet")


def final_size(
    native: tuple[int, int] | None, image_size: int | tuple[int, int] | None, minimum: int
) -> tuple[tuple[int, int], list[str]]:
    """Return height and width of all images, and a note where they were not obvious.

    Raises `InputError` where ``image_size`` is below the model's ``minimum``.
    """
    if image_size is not None:
        size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
        if min(size) < minimum:
            raise InputError(
                f"image size {size[0]}×{size[1]} is too small: the model needs {minimum} px a side"
            )
        return (size[0], size[1]), []
    if native is None or max(native) > LARGEST_OWN:
        side = max(STRETCHED[0], minimum)
        return (side, side), []
    factor = -(-minimum // min(native))
    height, width = native[0] * factor, native[1] * factor
    if factor == 1:
        return native, []
    return (height, width), [
        f"images of {native[0]}×{native[1]} px are enlarged {factor} times to {height}×{width} "
        f"(bilinear), since the model needs {minimum} px a side"
    ]


def _key(source: Source, shape: tuple[int, int, int]) -> str:
    """Return the cache key: contents, size, and what else decides the pixels."""
    from PIL import __version__ as pillow
    from PIL import features

    parts = [store.ENTRY_FORMAT, source.key, shape, pillow, features.version("libjpeg_turbo")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _build(
    source: Source, shape: tuple[int, int, int], part: Path, jobs: int, progress: Progress
) -> None:
    """Decode all rows of ``source`` into the folder ``part``."""
    table = source.open()
    total = len(table.labels)
    _check_classes(table, np.arange(total), source)
    store.check_space(part, total * int(np.prod(shape)))
    kept: list[int] = []
    hashes: list[bytes] = []
    unreadable: list[tuple[str, str]] = []

    def images() -> Iterator[np.ndarray]:
        for row, image in _decoded(table, shape, jobs):
            if isinstance(image, str):
                unreadable.append((table.paths[row], image))
            else:
                kept.append(row)
                hashes.append(hashlib.blake2b(image.tobytes(), digest_size=16).digest())
                yield image
            if row % 64 == 0 or row + 1 == total:
                progress(row + 1, total, "decoding images")

    with (part / "images.npy").open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store.write_images(file, images(), total, shape)
    rows = np.array(kept, np.int64)
    lost = dataclasses.replace(source, unreadable=[*source.unreadable, *unreadable])
    _check_classes(table, rows, lost)
    first: dict[bytes, int] = {}
    twin = np.array([first.setdefault(one, row) for row, one in enumerate(hashes)], np.int64)
    labels, split = table.labels[rows].astype(np.int64), table.split[rows]
    with (part / "rows.npz").open("wb") as file:
        np.savez(file, labels=labels, split=split, twin=twin)
    meta = {
        "format": store.ENTRY_FORMAT,
        "bytes": (part / "images.npy").stat().st_size,
        "shape": list(shape),
        "classes": list(table.classes),
        "paths": [table.paths[row] for row in kept],
        "fingerprint": _fingerprint(table, rows, shape),
        "unreadable": unreadable,
        "warnings": table.warnings,
    }
    store.write_atomically(part / "meta.json", json.dumps(meta).encode())


def _decoded(
    table: Table, shape: tuple[int, int, int], jobs: int
) -> Iterator[tuple[int, np.ndarray | str]]:
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
        digest.update(json.dumps(line).encode())
    return digest.hexdigest()


def _check_classes(table: Table, rows: np.ndarray, source: Source) -> None:
    """Raise `InputError` where a class has no readable training image."""
    here = table.labels[rows[table.split[rows] == 0]]
    empty = np.flatnonzero(np.bincount(here, minlength=len(table.classes)) == 0)
    if not len(empty):
        return
    name = table.classes[empty[0]]
    text = f"{source.name}: class {name!r} has no readable training image"
    if source.unreadable:
        path, reason = source.unreadable[0]
        text += f"; {count(len(source.unreadable), 'file')} could not be read, as {path}: {reason}"
    raise InputError(f"{text}; add images to it or remove the class")


def _remarks(dataset: Dataset, train_size: int | None) -> list[str]:
    """Return what a person should know of this data set; raise where no block can be made of it."""
    remarks = []
    classes = dataset.classes
    in_split = {
        name: np.bincount(dataset.labels[dataset.split == code], minlength=len(classes))
        for code, name in enumerate(SPLITS)
    }
    given = {name: counts for name, counts in in_split.items() if counts.any()}
    single = [name for name, n in zip(classes, in_split["train"], strict=True) if n == 1]
    if single and len(given) < 3:
        lacking = " and ".join(name for name in SPLITS[1:] if name not in given)
        remarks.append(
            "classes with one training image only, which is trained on, so that the part split "
            f"off for {lacking} lacks them: {some(single)}"
        )
    for name in ("validation", "test"):
        if name in given:
            absent = [one for one, n in zip(classes, given[name], strict=True) if n == 0]
            if absent:
                remarks.append(f"classes without a {name} image: {some(absent)}")
    carved = np.bincount(dataset.labels[dataset.part == 0], minlength=len(classes))
    for name, usable in (("test", in_split["train"]), ("validation", carved)):
        if name not in given and not (usable > 1).any():
            raise InputError(
                f"{dataset.name}: too few images to split off a {name} part; give "
                f"{'three' if len(given) == 1 else 'two'} or more a class, or a {name} folder"
            )
    if dataset.unreadable:
        path, reason = dataset.unreadable[0]
        files = count(len(dataset.unreadable), "file")
        remarks.append(f"{files} could not be read and left out, as {path}: {reason}")
    if dataset.duplicates:
        a, b, parts = dataset.duplicates[0]
        pairs = count(len(dataset.duplicates), "image")
        remarks.append(f"{pairs} equal to one of another part, as {a} and {b} ({parts})")
    odd = np.flatnonzero(dataset.labels != dataset.labels[dataset.twin])
    if len(odd):
        a, b = dataset.paths[dataset.twin[odd[0]]], dataset.paths[odd[0]]
        remarks.append(f"{count(len(odd), 'image')} equal to one of another class, as {a} and {b}")
    if train_size is not None:
        if train_size < len(classes):
            raise InputError(
                f"--train-size {train_size} is below one image for each of {len(classes)} classes"
            )
        if train_size > carved.sum():
            remarks.append(
                f"--train-size {train_size:,} is above the {count(int(carved.sum()), 'image')} "
                "there are to train on; all are used"
            )
    return remarks
