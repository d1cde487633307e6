"""How does a DATA text become a data set: found, checked, decoded once, opened?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from augbench.bench.data.cache.entry import ENTRY_FORMAT, entry_of
from augbench.bench.data.cache.folder import cache_folder
from augbench.bench.data.dataset import Dataset, from_entry
from augbench.bench.data.decoding import decode_into
from augbench.bench.data.parts import Parts
from augbench.bench.data.remarks import remarks_on
from augbench.bench.data.sources.source import Progress, Source

from augbench.errors import InputError, nearest

#: the data set that comes with scikit-learn
DIGITS = "digits"
NAMES = (DIGITS, "mnist", "fashion_mnist", "cifar10", "cifar100")
#: images larger than this, or of different sizes, are stretched to `STRETCHED`
LARGEST_OWN = 128
STRETCHED = (64, 64)
#: the reference CNN needs this many px a side
REFERENCE_MINIMUM = 10


def load(
    data: str,
    *,
    image_size: int | tuple[int, int] | None = None,
    model_minimum: int = REFERENCE_MINIMUM,
    follow_links: bool = False,
    parts: Parts = Parts(),  # noqa: B008
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
        follow_links: whether links out of a folder of data are followed.
        parts: how blocks will share out the images; only checked here.
        jobs: threads that read and decode.
        progress: called with (done, all, what) now and then.
        cache: the cache folder; by default ``$AUGBENCH_CACHE`` or the user's own.

    Raises:
        InputError: where ``data`` is not there, or cannot be meant, or the disk is full.
    """
    progress = progress or (lambda done, total, what: None)
    folder = cache_folder(cache)
    source, origin = find(
        data, follow_links=follow_links, jobs=jobs, progress=progress, cache=folder
    )
    size, notes = final_size(source.native, image_size, model_minimum)
    shape = (*size, source.channels)
    entry = entry_of(
        folder,
        _key(source, shape),
        lambda part: decode_into(part, source, shape, jobs, progress),
        lambda: progress(0, 0, "another process prepares these images"),
    )
    dataset = from_entry(entry, source.name, origin, source.unreadable, [*source.warnings, *notes])
    if not (remarks := remarks_on(dataset, parts)):
        return dataset
    reference = {**dataset.reference, "warnings": [*dataset.reference["warnings"], *remarks]}
    return dataclasses.replace(dataset, warnings=(*dataset.warnings, *remarks), reference=reference)


def find(
    data: str, *, follow_links: bool = False, jobs: int, progress: Progress, cache: Path
) -> tuple[Source, str]:
    """Return the source that ``data`` names, and the word for where its splits come from."""
    if not data.strip():
        raise InputError(f"--data is empty; give a folder, a file, or one of {', '.join(NAMES)}")
    if data == DIGITS:
        from augbench.bench.data.sources.arrays import digits

        return digits(), "given"
    if data in NAMES:
        from augbench.bench.data.sources.keras_sets import keras_set

        return keras_set(data, cache, progress), "given"
    path = Path(data).expanduser()
    if not path.exists():
        raise InputError(
            f"no data set {data!r}: neither a folder or file here nor a known name"
            f"{nearest(data, NAMES)}; known names are {', '.join(NAMES)}"
        )
    if path.is_dir():
        from augbench.bench.data.sources.files import open_files
        from augbench.bench.data.sources.folders import list_folder

        path = path.resolve()
        listing = list_folder(path, follow_links=follow_links)
        opened = open_files(path.name, path, listing, jobs=jobs, progress=progress, cache=cache)
        return opened, "folder"
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from augbench.bench.data.sources.arrays import npz

        return npz(path, cache), "given"
    if suffix in (".csv", ".parquet"):
        from augbench.bench.data.sources.files import open_files
        from augbench.bench.data.sources.tables import list_table

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
    from cv2 import __version__ as opencv
    from PIL import __version__ as pillow
    from PIL import features

    made_of = [ENTRY_FORMAT, source.key, shape, pillow, features.version("libjpeg_turbo"), opencv]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:40]
