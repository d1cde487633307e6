"""Where is a trained GAN kept? In one .npz, written whole, under a lock, without pickle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from augbench import outside
from augbench.files import locked, sweep_parts, written_whole

Arrays = dict[str, np.ndarray]
Kept = tuple[Arrays, dict[str, Any]]
Made = tuple[Mapping[str, np.ndarray], Mapping[str, Any]]


def save(path: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Write named arrays and JSON-able ``meta`` to ``path``: all of it or nothing."""
    with written_whole(path) as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **dict(arrays))  # type: ignore[arg-type]


def load(path: Path) -> Kept | None:
    """Return arrays and meta of ``path``, or None where there is none, or it is damaged."""
    try:
        arrays = outside.read_arrays(path)
        return arrays, outside.parse_json(str(arrays.pop("meta")))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def kept(path: Path, make: Callable[[], Made]) -> Kept:
    """Return what is kept at ``path``; where nothing is, ``make`` it once and keep it."""
    stored = load(path)
    if stored is not None:
        return stored
    with locked(path.with_name(f"{path.name}.lock")):
        stored = load(path)
        if stored is None:
            sweep_parts(path.parent, path.stem)
            save(path, *make())
            stored = load(path)
    if stored is None:
        raise OSError(f"{path}: what was just written there cannot be read back")
    return stored


def numbered(prefix: str, arrays: list[np.ndarray]) -> Arrays:
    """Return a list of arrays under names: ``prefix0000``, ``prefix0001`` and so on."""
    return {f"{prefix}{i:04d}": np.asarray(a) for i, a in enumerate(arrays)}


def listed(prefix: str, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the arrays that `numbered` named, in their order."""
    names = (name for name in arrays if name[:-4] == prefix and name[-4:].isdecimal())
    return [arrays[name] for name in sorted(names)]


def stacked(prefix: str, lists: Sequence[list[np.ndarray]]) -> Arrays:
    """Return lists of arrays of the same shapes under names, the first of all lists in one."""
    return numbered(prefix, [np.stack(arrays) for arrays in zip(*lists, strict=True)])


def unstacked(prefix: str, arrays: Mapping[str, np.ndarray]) -> list[list[np.ndarray]]:
    """Return the lists of arrays that `stacked` named, in their order."""
    return [list(row) for row in zip(*listed(prefix, arrays), strict=True)]
