"""How do arrays (the digits, an .npz) become uint8 images with labels?"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from augbench.bench.data.sources.files import file_digest
from augbench.bench.data.sources.pixels import from_16_bit, over_white, stretch
from augbench.bench.data.sources.source import (
    SPLIT_WORDS,
    SPLITS,
    Reader,
    Source,
    Table,
    count,
    some,
)

from augbench.errors import InputError

_WANTED = "it needs x_train and y_train, and optionally x_validation (or x_val) and x_test"


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

    Images are N×H×W or N×H×W×C with C of 1, 3 or 4; uint8, or floats in 0…1 or 0…255, or uint16.
    Labels are N integers or names, or N×K one-hot rows. Objects are refused: no pickle is read.
    """
    names = _names(file)
    shape = _header_shape(file, names["train"][0])
    channels = 1 if len(shape) == 3 or shape[3] == 1 else 3

    def load() -> Table:
        arrays_of: SplitArrays = {}
        try:
            with np.load(file, allow_pickle=False) as arrays:
                for split, (x, y) in names.items():
                    arrays_of[split] = (arrays[x], arrays[y])
        except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
            raise InputError(f"{file} cannot be read: {error}") from error
        return table(arrays_of, file.name, classes)

    key = f"{file_digest(file, cache)} {classes}"
    return Source(file.stem, key, (shape[1], shape[2]), channels, load)


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


def as_uint8(
    images: Mapping[str, np.ndarray], where: str
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return all splits as uint8 N×H×W×C, scaled alike, with a sentence for each scaling.

    Raises `InputError` for shapes and ranges that cannot be pixels.
    """
    first = next(iter(images.values()))
    _check_shape(first.shape, where)
    dtypes = sorted({str(x.dtype) for x in images.values()})
    if len(dtypes) > 1:
        raise InputError(f"{where}: images of the splits differ in dtype: {', '.join(dtypes)}")
    warnings = []
    low = min(_extreme(np.min, x, where) for x in images.values())
    high = max(_extreme(np.max, x, where) for x in images.values())
    if low < 0:
        raise InputError(f"{where}: pixels reach down to {low:g}; give 0…255 or 0…1")
    real = first.dtype.kind == "f"
    if first.dtype == np.bool_ or (real and high <= 1):
        scale = 255.0
        warnings.append(f"{where}: pixels in 0…1 were multiplied by 255")
    elif high <= 255:
        scale = 1.0
        if high <= 1:
            warnings.append(f"{where}: no pixel is above {high:g} of 255; all images are black")
    elif first.dtype == np.uint16:
        scale = 1 / 257
        warnings.append(f"{where}: 16-bit pixels were divided by 257")
    else:
        raise InputError(f"{where}: pixels reach {high:g}; give 0…255, 0…1, or 16 bit as uint16")
    converted = {}
    for name, x in images.items():
        if x.dtype == np.uint8:
            pixels = x
        elif x.dtype == np.uint16 and scale != 1:
            pixels = from_16_bit(x)
        else:
            pixels = np.rint(x * np.float32(scale)).astype(np.uint8)
        pixels = pixels[..., None] if pixels.ndim == 3 else pixels
        converted[name] = over_white(pixels) if pixels.shape[3] == 4 else pixels
    return converted, warnings


def _reader(arrays: list[np.ndarray]) -> tuple[Reader, list[str]]:
    ends = np.cumsum([len(array) for array in arrays])

    def image(row: int) -> np.ndarray:
        which = int(np.searchsorted(ends, row, side="right"))
        return np.asarray(arrays[which][row - (ends[which - 1] if which else 0)])

    def read(row: int, size: tuple[int, int], channels: int) -> np.ndarray:
        return stretch(np.ascontiguousarray(image(row)), size)

    digests = [hashlib.sha256(image(row).tobytes()).hexdigest() for row in range(int(ends[-1]))]
    return read, digests


def _names(file: Path) -> dict[str, tuple[str, str]]:
    """Return the array names of each split in ``file``."""
    try:
        with zipfile.ZipFile(file) as archive:
            known = [name.removesuffix(".npy") for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{file} is not an .npz file: {error}") from error
    names = {}
    for number, split in enumerate(SPLITS):
        words = [word for word in SPLIT_WORDS if SPLIT_WORDS[word] == number]
        there = [word for word in words if f"x_{word}" in known]
        if len(there) > 1:
            raise InputError(f"{file} has both x_{there[0]} and x_{there[1]}; keep one of them")
        if there and f"y_{there[0]}" not in known:
            raise InputError(f"{file} has x_{there[0]} but no y_{there[0]}")
        if there:
            names[split] = (f"x_{there[0]}", f"y_{there[0]}")
    if "train" not in names:
        raise InputError(f"{file} holds {', '.join(known) or 'nothing'}; {_WANTED}")
    return names


def _header_shape(file: Path, name: str) -> tuple[int, ...]:
    """Return the shape of one array without reading it."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
            version = np.lib.format.read_magic(member)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            shape, _, dtype = read(member)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{file}: {name} is not a NumPy array: {error}") from error
    if dtype.hasobject or dtype.kind not in "buif":
        raise InputError(f"{file}: {name} has dtype {dtype}; give uint8 images N×H×W×C")
    _check_shape(shape, f"{file}: {name}")
    return tuple(shape)


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


def _extreme(function: np.ufunc | object, x: np.ndarray, where: str) -> float:
    if x.dtype.kind not in "buif":
        raise InputError(f"{where}: images have dtype {x.dtype}; give uint8, or floats in 0…1")
    value = float(function(x))  # type: ignore[operator]
    if not np.isfinite(value):
        raise InputError(f"{where}: some pixels are not finite numbers (NaN or infinite)")
    return value


def _flat_labels(y: np.ndarray, where: str) -> np.ndarray:
    """Return labels as N integers or texts, from N, N×1 or one-hot N×K."""
    if y.dtype.kind not in "buifU":
        raise InputError(f"{where} has dtype {y.dtype}; give integers or names")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        one_hot = bool(((y == 0) | (y == 1)).all()) and bool((y.sum(axis=1) == 1).all())
        if not one_hot:
            raise InputError(f"{where} has shape {y.shape} and is not one-hot; give N integers")
        return y.argmax(axis=1)
    if y.ndim != 1:
        raise InputError(f"{where} has shape {y.shape}; give N integers")
    if y.dtype.kind == "f":
        if not (np.isfinite(y).all() and (y == np.rint(y)).all()):
            raise InputError(f"{where} has labels that are not whole numbers; give N integers")
        return y.astype(np.int64)
    return y.astype(np.int64) if y.dtype.kind in "bui" else y
