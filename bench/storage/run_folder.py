"""The run folder, the only memory: trials appear whole, by one rename, or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.trial.environment import augbench_version
from augbench.bench.trial.trial import PackedResult, TrialPlan, TrialResult
from augbench.reports.run.files import checked_record
from augbench.reports.run.layout import (
    ENVIRONMENT,
    EXPERIMENT,
    GRID,
    LOCK,
    LOOKS,
    RECORD,
    SCHEMA_VERSION,
    TRIALS,
    Grid,
    History,
    NewerRunError,
)
from augbench.reports.run.seal import is_sealed, sealed

from augbench.errors import InputError, ReportError
from augbench.files import placed_whole, sweep_parts, write_whole
from augbench.outside import parse_json, read_text


class RunFolder:
    """Writes the part of a run that the reports are made from; `layout` says what is in it.

    Attributes:
        path: the folder.
        damaged: by (label, seed), why a trial that is there is none to go on from.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the folder at ``path``.

        Raises:
            InputError: it cannot be created or holds something that is not a run.
        """
        self.path = path
        self.damaged: dict[tuple[str, int], str] = {}
        self._checked: dict[str, tuple[Any, str | None]] = {}
        if path.exists() and not path.is_dir():
            raise InputError(f"--out {path} is a file; give a folder")
        there = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
        if there and not there & {GRID, TRIALS, EXPERIMENT, ENVIRONMENT}:
            raise InputError(f"--out {path} holds other files; give an empty folder or a run")
        try:
            (path / TRIALS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--out {path}: {error.strerror}") from None

    def status(self, plan: TrialPlan) -> str | None:
        """Return ``done`` or ``failed`` for a recorded trial, None for one that is missing.

        One that is not what was written is missing, too, and `damaged` says why.
        """
        place = self.path / TRIALS / plan.key
        try:
            written = (place / RECORD).stat()
        except OSError:
            return None
        version = written.st_ino, written.st_mtime_ns, written.st_size
        if self._checked.get(plan.key, (None, None))[0] != version:
            self._checked[plan.key] = version, self._status(plan, place)
        return self._checked[plan.key][1]

    def _status(self, plan: TrialPlan, place: Path) -> str | None:
        try:
            record = checked_record(place, plan.label, plan.seed)
            if not is_sealed(record):
                raise ReportError(f"{place / RECORD} has no digests")
        except ReportError as error:
            self.damaged[plan.label, plan.seed] = str(error)
            return None
        status = record.get("status")
        return status if status in ("done", "failed") else None

    def keep(self, plan: TrialPlan, result: TrialResult) -> None:
        """Write a trial's folder, whole or not at all; it takes the place of an older one."""
        self.keep_packed(plan, result.packed())

    def keep_packed(self, plan: TrialPlan, result: PackedResult) -> None:
        """Write what another process has packed, as `keep`."""
        record = {
            "schema_version": SCHEMA_VERSION,
            "key": plan.key,
            "policy": plan.label,
            "expression": plan.policy,
            "seed": plan.seed,
            **result.row,
        }
        with placed_whole(self.path / TRIALS / plan.key) as place:
            place.mkdir()
            for name, content in result.files.items():
                (place / name).write_bytes(content)
            write_whole(place / RECORD, _json(sealed(_plain(record), place)))

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""
        sweep_parts(self.path)
        sweep_parts(self.path / TRIALS)

    def grid(self) -> Grid | None:
        """Return the grid of the last command on this folder; None where there is none."""
        return grid_in(self.path)

    def history(self) -> History:
        """Return what the folder remembers of its studies; nothing where that is lost.

        Raises:
            InputError: a later augbench wrote it.
        """
        return history_in(self.path) or History()

    def write_grid(self, grid: Grid) -> None:
        """Write a grid, and its history in a file of its own, which outlasts a damaged grid."""
        self.write_json(LOOKS, grid.history.to_dict())
        self.write_json(GRID, grid.to_dict() | {"augbench": augbench_version()})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other commands from writing into the folder; reports may be read beside it.

        Raises:
            InputError: another command is at work in it.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(str(self.path / LOCK))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise InputError(
                f"--out {self.path}: another augbench command is at work there; wait until it has "
                "ended, or choose another folder; augbench report may run beside it"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def write(self, name: str, text: str) -> None:
        """Write a file of the run folder in one step."""
        write_whole(self.path / name, text)

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file of the run folder in one step."""
        self.write(name, _json(content))

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file's content; empty where there is none."""
        try:
            content = parse_json(read_text(self.path / name))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def grid_in(path: Path) -> Grid | None:
    """Return the grid of the run folder ``path``; None where there is none of this version.

    Raises:
        InputError: a later augbench wrote it.
    """
    try:
        return Grid.from_dict(parse_json(read_text(path / GRID)))
    except NewerRunError as error:
        raise InputError(f"--out {path}: {error}, or choose another folder") from None
    except (OSError, ValueError):
        return None


def history_in(path: Path) -> History | None:
    """Return what the run folder ``path`` remembers of its studies; None where that is lost.

    Raises:
        InputError: a later augbench wrote it.
    """
    if (grid := grid_in(path)) is not None:
        return grid.history
    try:
        return History.from_dict(parse_json(read_text(path / LOOKS)))
    except (OSError, ValueError):
        return None


def has_trials(path: Path) -> bool:
    """Return whether the run folder ``path`` has stored trials."""
    return any((path / TRIALS).glob(f"[!.]*/{RECORD}"))


def _json(content: Any) -> str:
    return json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn NumPy scalars into Python's, and what JSON has no word for (NaN) into null."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
