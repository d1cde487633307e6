"""How do arrays and DataFrames from Python become a data set that any process can open?

They are written once into the cache folder, under a name that is a hash of their content: arrays
as an ``.npz``, a DataFrame as a ``.csv``. From there on they are data like any other, and a run's
``experiment.toml`` names that file.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from augbench.bench.data.cache.folder import cache_folder
from augbench.bench.data.sources.arrays import SplitArrays, table
from augbench.bench.data.sources.source import SPLITS
from augbench.bench.data.sources.splits import split_of
from augbench.bench.data.sources.table_columns import chosen_columns, refuse_other_split
from augbench.bench.data.sources.tables import texts

from augbench import csv_text
from augbench.errors import InputError, nearest
from augbench.files import write_whole, written_whole

if TYPE_CHECKING:
    import pandas as pd

_FORMS = (
    "give a path or name, arrays (x, y), ((x, y), (x_test, y_test)) or {'train': (x, y), …}, or a "
    "DataFrame with columns path and label"
)


def stored(data: Any, cache: Path | None = None) -> str:
    """Return the path of a file that holds arrays or a DataFrame; written where it is new.

    Args:
        data: ``(x, y)``; two or three such pairs, for train and test, or train, validation and
            test; a dict of pairs by the split's name; or a DataFrame with columns path, label and
            optionally split and group, paths relative to the working directory. Arrays are images
            N×H×W or N×H×W×C, uint8 or floats, and N labels, as an ``.npz`` has them.
        cache: the cache folder; by default ``$AUGBENCH_CACHE`` or the user's own.

    Raises:
        InputError: for what is no data; arrays are told by their shapes, never printed.
    """
    folder = cache_folder(cache) / "in-memory"
    if _is_frame(data):
        return str(_stored_frame(data, folder))
    parts = {name: (np.asarray(x), _labels(y)) for name, (x, y) in _pairs(data).items()}
    file = folder / f"arrays-{_digest(parts)}.npz"
    if not file.exists():
        table(parts, "data")  # what cannot be images and labels is said before it is kept
        arrays: dict[str, np.ndarray] = {}
        for name, (x, y) in parts.items():
            arrays |= {f"x_{name}": x, f"y_{name}": y}
        with written_whole(file) as opened:
            np.savez(opened, **arrays)  # type: ignore[arg-type]
    return str(file)


def _is_frame(data: Any) -> bool:
    pandas = sys.modules.get("pandas")  # where it is not imported, nobody has a DataFrame
    return pandas is not None and isinstance(data, pandas.DataFrame)


def _pairs(data: Any) -> dict[str, tuple[Any, Any]]:
    """Return images and labels of each split.

    Raises:
        InputError: for another form.
    """
    if isinstance(data, Mapping):
        pairs = {}
        for word, pair in data.items():
            split = split_of(str(word))
            if split is None:
                hint = nearest(str(word), SPLITS)
                raise InputError(f"data: no split {str(word)[:40]!r}{hint}; {_FORMS}")
            if SPLITS[split] in pairs:
                raise InputError(f"data: {str(word)!r} is a second {SPLITS[split]} split; {_FORMS}")
            pairs[SPLITS[split]] = pair
        if "train" not in pairs:
            raise InputError(f"data has no split 'train'; {_FORMS}")
    elif _is_pair(data):
        pairs = {"train": data}
    elif isinstance(data, (tuple, list)) and len(data) in (2, 3):
        names = ("train", "test") if len(data) == 2 else SPLITS
        pairs = dict(zip(names, data, strict=True))
    else:
        raise InputError(f"data cannot be {_kind(data)}; {_FORMS}")
    for name, pair in pairs.items():
        if not _is_pair(pair):
            raise InputError(f"data: {name} is {_kind(pair)}, not a pair (images, labels)")
    return pairs


def _is_pair(data: Any) -> bool:
    """Return whether these are images and labels, not pairs of them."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        return False
    images, labels = data
    return hasattr(images, "shape") and (hasattr(labels, "shape") or isinstance(labels, list))


def _kind(data: Any) -> str:
    """Return what something is in a few words, never its content."""
    if hasattr(data, "shape"):
        return f"a single array of shape {tuple(data.shape)}"
    if isinstance(data, (tuple, list)):
        return f"a {type(data).__name__} of {len(data)}"
    return f"a {type(data).__name__}"


def _labels(labels: Any) -> np.ndarray:
    """Return labels as an array; texts in an array of objects, as pandas has them, as texts."""
    array = np.asarray(labels)
    if array.dtype == object and all(isinstance(label, str) for label in array.ravel().tolist()):
        return array.astype(np.str_)
    return array


def _digest(parts: SplitArrays) -> str:
    digest = hashlib.sha256()
    for name, pair in parts.items():
        for array in pair:
            digest.update(f"{name} {array.dtype} {array.shape}\0".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _stored_frame(frame: pd.DataFrame, folder: Path) -> Path:
    names = [str(name) for name in frame.columns]
    columns, doubts = chosen_columns(names, "data")
    if doubts:
        raise InputError(f"{doubts[0]}; drop one of them")
    cells = {name: texts(frame.iloc[:, at].tolist()) for name, at in columns.items()}
    if "split" not in columns:
        others = [at for at in range(len(names)) if at not in columns.values()]
        refuse_other_split({names[at]: texts(frame.iloc[:, at].tolist()) for at in others}, "data")
    cells["path"] = [os.path.abspath(path) if path else "" for path in cells["path"]]
    content = csv_text.write([cells, *zip(*cells.values(), strict=True)])
    name = hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    file = folder / f"table-{name}.csv"
    return file if file.exists() else write_whole(file, content)
