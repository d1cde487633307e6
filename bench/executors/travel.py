"""What must be on a machine for a trial, and is on the one that plans: modules, files, pixels."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.cache.entry import entry_folder
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.expression import parse, parse_call
from augbench.policies.registry.catalogue import place_of, target_of

from augbench.files import locked, placed_whole

#: bytes of decoded pixels that travel in one piece
PIECE = 64 * 2**20
_INSTALLED = {"site-packages", "dist-packages"}


def own_files(plans: Iterable[TrialPlan]) -> dict[str, Path]:
    """Return the files of the user's that trials need, by their path in the working directory.

    The modules that policies and models are made in, whole packages, and those beside them that
    are imported; not what is installed. Then files and folders that an option names by a path
    inside the working directory: weights, pipelines, specs.
    """
    files: dict[str, Path] = {}
    for policy, model in dict.fromkeys((plan.policy, plan.settings.model) for plan in plans):
        called, options = parse_call(model, "--model")
        files |= _modules(called) | _named(options)
        for term in parse(policy).terms:
            files |= _modules(place_of(target_of(term))) | _named(term.options)
    return files


def _modules(place: str) -> dict[str, Path]:
    """Return the files of the module of ``module:name``, and of those beside it."""
    if ":" not in place:
        return {}
    root = _root(place.partition(":")[0].partition(".")[0])
    if root is None:
        return {}
    beside = [name for name in list(sys.modules) if "." not in name and _root(name) == root]
    return {
        file.relative_to(root).as_posix(): file
        for name in beside
        for file in _below(root / name if (root / name).is_dir() else root / f"{name}.py")
    }


def _root(name: str) -> Path | None:
    """Return the folder that a user's own top-level module stands in; None of other modules."""
    if name == __name__.partition(".")[0]:
        return None
    module = sys.modules.get(name)
    spec = module.__spec__ if module is not None else importlib.util.find_spec(name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if spec is None or not (folders or spec.has_location):
        return None
    root = Path(folders[0] if folders else str(spec.origin)).absolute().parent
    standard = Path(sysconfig.get_path("stdlib"))
    installed = root == standard or standard in root.parents or _INSTALLED & set(root.parts)
    return None if installed else root


def _named(options: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files that options name by a path inside the working directory."""
    files: dict[str, Path] = {}
    for value in options.values():
        path = Path(value) if isinstance(value, str) and value else Path()
        inside = not path.is_absolute() and ".." not in path.parts
        if inside and path.parts and (path.is_file() or path.is_dir()):
            files |= {file.as_posix(): file for file in _below(path)}
    return files


def _below(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.is_file() else []
    files = (file for file in sorted(path.rglob("*")) if file.is_file())
    return [file for file in files if file.suffix != ".pyc"]


def packed(files: Mapping[str, Path]) -> tuple[str, dict[str, bytes]]:
    """Return the contents of files, and a name that tells them from others."""
    contents = {name: path.read_bytes() for name, path in sorted(files.items())}
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:40], contents


def unpacked(cache: Path, key: str, contents: Mapping[str, bytes]) -> Path:
    """Return the folder in the cache that holds what was packed under ``key``; made once."""
    folder = cache / "travelled" / key
    with locked(folder.with_name(f"{key}.lock")):
        if not folder.is_dir():
            with placed_whole(folder) as part:
                for name, content in contents.items():
                    place = part / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
    return folder


def pieces(cache: Path, key: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the files of a cached data set piece by piece: its name there, and bytes as uint8."""
    for path in sorted(entry_folder(cache, key).iterdir()):
        with path.open("rb") as file:
            while len(piece := np.frombuffer(file.read(PIECE), np.uint8)):
                yield path.name, piece
