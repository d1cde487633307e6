"""The run folder, the only memory: trials appear whole, by one rename, or not at all."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.trial.trial import TrialPlan, TrialResult
from augbench.reports.run.layout import (
    CURVES,
    ENVIRONMENT,
    EXPERIMENT,
    GRID,
    PICTURES,
    PREDICTIONS,
    RECORD,
    TRIALS,
    Grid,
)

from augbench.errors import InputError
from augbench.files import placed_whole, sweep_parts, write_whole


class RunFolder:
    """Writes the part of a run that the reports are made from; `layout` says what is in it."""

    def __init__(self, path: Path) -> None:
        """Open or create the folder at ``path``.

        Raises:
            InputError: it cannot be created or holds something that is not a run.
        """
        self.path = path
        if path.exists() and not path.is_dir():
            raise InputError(f"--out {path} is a file; give a folder")
        there = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
        if there and not there & {GRID, TRIALS, EXPERIMENT, ENVIRONMENT}:
            raise InputError(f"--out {path} holds other files; give an empty folder or a run")
        try:
            (path / TRIALS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--out {path}: {error.strerror}") from None

    def status(self, key: str) -> str | None:
        """Return ``done`` or ``failed`` for a recorded trial, None for one that is missing."""
        try:
            text = (self.path / TRIALS / key / RECORD).read_text(encoding="utf-8")
            return json.loads(text)["status"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, plan: TrialPlan, result: TrialResult) -> None:
        """Write a trial's folder, whole or not at all; it takes the place of an older one."""
        record = {
            "policy": plan.label,
            "expression": plan.policy,
            "seed": plan.seed,
            **result.row,
        }
        with placed_whole(self.path / TRIALS / plan.key) as place:
            place.mkdir()
            if result.curves:
                (place / CURVES).write_text(result.curves_csv(), encoding="utf-8")
                np.savez_compressed(place / PREDICTIONS, **result.predictions)  # type: ignore[arg-type]
                np.savez_compressed(place / PICTURES, **result.pictures)  # type: ignore[arg-type]
            write_whole(place / RECORD, _json(record))

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""
        sweep_parts(self.path)
        sweep_parts(self.path / TRIALS)

    def grid(self) -> Grid | None:
        """Return the grid of the last command on this folder; None where there is none."""
        return grid_in(self.path)

    def write(self, name: str, text: str) -> None:
        """Write a file of the run folder in one step."""
        write_whole(self.path / name, text)

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file of the run folder in one step."""
        self.write(name, _json(content))

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file's content; empty where there is none."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}


def grid_in(path: Path) -> Grid | None:
    """Return the grid of the run folder ``path``; None where there is none of this version."""
    try:
        return Grid.from_dict(json.loads((path / GRID).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


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
