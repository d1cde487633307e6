"""The run folder, the only memory: trials appear whole, by one rename, or not at all."""

from __future__ import annotations

import json
import math
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.trial.trial import TrialPlan, TrialResult

from augbench.errors import InputError

FORMAT = 1


class RunFolder:
    """Reads and writes the part of a run that the reports are made from."""

    def __init__(self, path: Path) -> None:
        """Open or create the folder at ``path``.

        Raises:
            InputError: if it cannot be created or holds something that is not a run.
        """
        self.path = path
        if path.exists() and not path.is_dir():
            raise InputError(f"--out {path} is a file; give a folder")
        if path.is_dir() and any(path.iterdir()) and not (path / "grid.json").is_file():
            known = {"trials", "experiment.toml", "environment.json"}
            if not {entry.name for entry in path.iterdir()} & known:
                raise InputError(f"--out {path} holds other files; give an empty folder or a run")
        try:
            (path / "trials").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--out {path}: {error.strerror}") from None

    def status(self, key: str) -> str | None:
        """Return ``done`` or ``failed`` for a recorded trial, None for one that is missing."""
        try:
            text = (self.path / "trials" / key / "result.json").read_text(encoding="utf-8")
            return json.loads(text)["status"]
        except (OSError, ValueError, KeyError):
            return None

    def keep(self, plan: TrialPlan, result: TrialResult) -> None:
        """Write a trial's folder beside its place, then move it there in one step."""
        place = self.path / "trials" / plan.key
        draft = place.with_name(f".{plan.key}-{uuid.uuid4().hex[:8]}")
        draft.mkdir(parents=True)
        try:
            if result.curves:
                (draft / "curves.csv").write_text(result.curves_csv(), encoding="utf-8")
                np.savez_compressed(draft / "predictions.npz", **result.predictions)  # type: ignore[arg-type]
                np.savez_compressed(draft / "pictures.npz", **result.pictures)  # type: ignore[arg-type]
            row = {
                "format": FORMAT,
                "key": plan.key,
                "dataset": plan.dataset,
                "policy": plan.label,
                "expression": plan.policy,
                "seed": plan.seed,
                **result.row,
            }
            (draft / "result.json").write_text(_json(row), encoding="utf-8")
            if place.exists():
                shutil.rmtree(place)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def sweep(self) -> None:
        """Remove drafts that a killed process left behind."""
        for draft in (self.path / "trials").glob(".*-*"):
            shutil.rmtree(draft, ignore_errors=True)

    def write(self, name: str, text: str) -> None:
        """Write a file of the run folder in one step."""
        draft = self.path / f".{name}.{os.getpid()}"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path / name)

    def write_json(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file of the run folder in one step."""
        self.write(name, _json(content))

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file's content; empty where there is none."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}


def settled_before(path: Path) -> dict[str, str]:
    """Return what timing decided in an earlier command on the run folder ``path``, if any."""
    try:
        return dict(json.loads((path / "grid.json").read_text(encoding="utf-8"))["settled"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _json(content: Any) -> str:
    return json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn NumPy scalars into Python's, and what JSON has no word for (NaN) into null."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
