"""How do arrays (the digits, an .npz) become uint8 images with labels?"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from augbench.bench.data.sources.array_names import names_of_splits
from augbench.bench.data.sources.files import file_digest
from augbench.bench.data.sources.pixels import stretch
from augbench.bench.data.sources.ranges import as_uint8
from augbench.bench.data.sources.source import (
    SPLITS,
    Reader,
    Source,
    Table,
    count,
    some,
)

from augbench import outside
from augbench.errors import InputError

#: shape and dtype of an array
Header = tuple[tuple[int, ...], np.dtype]
#: images and labels of each split that there is
SplitArrays = dict[str, tuple[np.ndarray, np.ndarray]]


def digits() -> Source:
    """Return scikit-learn's 1,797 hand-written digits, 8×8 grey, 0…16 scaled to 0…255."""

    def load() -> Table:
        from sklearn.datasets import load_digits

        data = load_digits()
        pixels = np.rint(data.images * (255 / 16)).astype(np.uint8)
        return table({"train": (pixels, data.target.astype(np.int64))}, "digits")

    import importlib.metadata

    version = importlib.metadata.version("scikit-learn")
    return Source("digits", f"digits scikit-learn {version}", (8, 8), 1, load)


def npz(file: Path, cache: Path, classes: tuple[str, ...] | None = None) -> Source:
    """Return the arrays of an ``.npz``: x_train, y_train, and optionally the other splits.

    `names_of_splits` says how else they may be called. Images are N×H×W or N×H×W×C with C of 1, 3
    or 4; uint8, or floats in 0…1 or 0…255, or uint16, as `as_uint8` reads them. Labels are N
    integers or names, or N×K one-hot rows. Objects are refused: no pickle is read.
    """
    headers = _headers(file)
    names, warnings = names_of_splits(file, list(headers))
    shape, *_ = (_check_headers(file, headers, x, y) for x, y in names.values())
    channels = 1 if len(shape) == 3 or shape[3] == 1 else 3

    def load() -> Table:
        try:
            arrays = outside.read_arrays(file, [name for pair in names.values() for name in pair])
        except (ValueError, OSError) as error:
            raise InputError(f"{file} cannot be read: {error}") from error
        arrays_of = {split: (arrays[x], arrays[y]) for split, (x, y) in names.items()}
        return table(arrays_of, file.name, classes)

    key = f"{file_digest(file, cache)} {classes}"
    return Source(file.stem, key, (shape[1], shape[2]), channels, load, warnings=warnings)


def table(arrays_of: SplitArrays, where: str, classes: tuple[str, ...] | None = None) -> Table:
    """Return the rows of ``arrays_of``, which names arrays of images and labels by split.

    ``classes`` names the labels 0…K−1; without it, the names are the sorted labels themselves.
    """
    for split, (x, y) in arrays_of.items():
        if len(x) != len(y):
            raise InputError(
                f"{where}: x_{split} has {count(len(x), 'image')} but y_{split} "
                f"{count(len(y), 'label')}; one label an image is needed"
            )
        if not len(x):
            raise InputError(f"{where}: x_{split} is empty; leave it out or fill it")
    for split, (x, _) in arrays_of.items():
        _check_shape(x.shape, f"{where}: x_{split}")
    shapes = {x.shape[1:] for x, _ in arrays_of.values()}
    if len(shapes) > 1:
        raise InputError(f"{where}: images of the splits differ in shape: {sorted(shapes)}")
    pixels, warnings = as_uint8({name: x for name, (x, _) in arrays_of.items()}, where)
    flat = {name: _flat_labels(y, f"{where}: y_{name}") for name, (_, y) in arrays_of.items()}
    known = np.arange(len(classes)) if classes else np.unique(flat["train"])
    for name, values in flat.items():
        strange = np.setdiff1d(values, known)
        if len(strange):
            what = f"beyond 0…{len(known) - 1}" if classes else "that y_train lacks"
            raise InputError(f"{where}: y_{name} has labels {what}: {some(strange.tolist())}")
    if len(known) < 2:
        raise InputError(f"{where}: y_train has one class only; two or more are needed")
    sizes = [len(values) for values in flat.values()]
    read, digests = _reader(list(pixels.values()))
    return Table(
        [f"{name}/{row}" for name, values in flat.items() for row in range(len(values))],
        np.concatenate([np.searchsorted(known, values) for values in flat.values()]),
        np.repeat([SPLITS.index(name) for name in flat], sizes).astype(np.uint8),
        classes or tuple(str(value) for value in known.tolist()),
        digests,
        read,
        warnings,
    )


def _reader(arrays: list[np.ndarray]) -> tuple[Reader, list[str]]:
    ends = np.cumsum([len(array) for array in arrays])

    def image(row: int) -> np.ndarray:
        which = int(np.searchsorted(ends, row, side="right"))
        return np.asarray(arrays[which][row - (ends[which - 1] if which else 0)])

    def read(row: int, size: tuple[int, int], channels: int) -> np.ndarray:
        return stretch(np.ascontiguousarray(image(row)), size)

    digests = [hashlib.sha256(image(row).tobytes()).hexdigest() for row in range(int(ends[-1]))]
    return read, digests


def _headers(file: Path) -> dict[str, Header]:
    try:
        return outside.array_headers(file)
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file} is not an .npz file: {reason}") from error


def _check_headers(
    file: Path, headers: dict[str, Header], images: str, labels: str
) -> tuple[int, ...]:
    """Return the shape of the images of a split.

    Raises:
        InputError: these are no images, or their labels are Python objects.
    """
    shape, dtype = headers[images]
    if dtype.hasobject or dtype.kind not in "buif":
        raise InputError(f"{file}: {images} has dtype {dtype}; give uint8 images N×H×W×C")
    _check_shape(shape, f"{file}: {images}")
    if 0 in shape[1:]:
        raise InputError(f"{file}: {images} has shape {shape}: its images have no pixels")
    if headers[labels][1].hasobject:
        raise InputError(
            f"{file}: {labels} holds Python objects, which are not read; save names as text, "
            f"{labels}.astype(str), and numbers as {labels}.astype(int)"
        )
    return shape


def _check_shape(shape: tuple[int, ...], where: str) -> None:
    if len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3, 4)):
        return
    hint = ""
    if len(shape) == 4 and shape[1] in (1, 3):
        hint = "; channels come last here: use x.transpose(0, 2, 3, 1)"
    elif len(shape) == 2:
        hint = "; reshape flat rows to images first"
    raise InputError(
        f"{where} has shape {shape}; images are N×H×W or N×H×W×C with C of 1, 3 or 4{hint}"
    )


def _flat_labels(y: np.ndarray, where: str) -> np.ndarray:
    """Return labels as N integers or texts, from N, N×1 or one-hot N×K."""
    if y.dtype.kind not in "buifU":
        hint = "; y.astype(str) makes names of bytes" if y.dtype.kind == "S" else ""
        raise InputError(f"{where} has dtype {y.dtype}; give integers or names{hint}")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        one_hot = bool(((y == 0) | (y == 1)).all()) and bool((y.sum(axis=1) == 1).all())
        if not one_hot:
            several = bool(((y == 0) | (y == 1)).all())
            hint = ": an image has one label here, not several" if several else ""
            raise InputError(
                f"{where} has shape {y.shape} and is not one-hot; give N integers{hint}"
            )
        return y.argmax(axis=1)
    if y.ndim != 1:
        raise InputError(f"{where} has shape {y.shape}; give N integers")
    if y.dtype.kind == "f":
        if not (np.isfinite(y).all() and (y == np.rint(y)).all()):
            raise InputError(f"{where} has labels that are not whole numbers; give N integers")
        return y.astype(np.int64)
    return y.astype(np.int64) if y.dtype.kind in "bui" else y
