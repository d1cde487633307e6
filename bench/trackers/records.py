"""What a run folder holds for trackers: its trials with their options, curves and figures."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augbench.bench.options.model import deciding
from augbench.bench.storage.run_folder import RunFolder
from augbench.reports.run.files import (
    read_curves,
    read_experiment,
    read_grid,
    read_record,
    trial_folder,
)
from augbench.reports.run.layout import (
    CURVE_COLUMNS,
    CURVES,
    ENVIRONMENT,
    EXPERIMENT,
    FIGURES,
    RECORD,
    REPORTS,
    SUMMARY,
)

IDENTITY = "trackers.json"
#: options of a run that say nothing about a trial; the spec is logged word by word
NOT_OF_A_TRIAL = {*deciding("study", "run"), "spec"}
LOGGED = (*REPORTS, EXPERIMENT, ENVIRONMENT)


@dataclass(frozen=True)
class StoredTrial:
    """A trial as it is recorded.

    Attributes:
        key: names its folder.
        digest: changes when the record does, as when a failed trial is tried again.
        policy: its label.
        seed: its block.
        options: what it was made with, by name; words of the spec as ``spec.WORD``.
        curves: (epoch from 1, {column: value}) an epoch; none of a failed trial.
        figures: what was measured at its end, and what it cost.
        ended: when it was recorded, in seconds since 1970.
        error: why it failed; "" of a finished one.
    """

    key: str
    digest: str
    policy: str
    seed: int
    options: dict[str, str | int | float | bool]
    curves: tuple[tuple[int, dict[str, float]], ...]
    figures: dict[str, float]
    ended: float
    error: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.policy}, seed {self.seed}"

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.figures.get("seconds", 0.0)


class StoredRun:
    """A run folder as trackers read it, at any moment of the run."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.path = folder.path

    @property
    def identity(self) -> str:
        """What tells this run from all others, wherever its folder goes; made at first use."""
        known = self.folder.read_json(IDENTITY).get("run")
        if not known:
            known = uuid.uuid4().hex
            self.folder.write_json(IDENTITY, {"run": known})
        return str(known)

    def trials(self, only: str | None = None) -> Iterator[StoredTrial]:
        """Yield the recorded trials of the grid, in its order; that of one KEY if it is given.

        Raises:
            ReportError: the run folder cannot be read.
        """
        options = self._options()
        for (label, seed), key in read_grid(self.path).keys.items():
            place = trial_folder(self.path, key)
            if only in (None, key) and (place / RECORD).is_file():
                yield _trial(place, label, seed, options)

    def reports(self) -> list[Path]:
        """Return the files of the run folder that are its report, for people and for machines."""
        named = [self.path / name for name in LOGGED]
        return [path for path in named if path.is_file()] + sorted(self.path.glob("*.csv"))

    def summary(self) -> dict[str, Any]:
        """Return the content of ``summary.json``; empty before the reports are written."""
        return self.folder.read_json(SUMMARY)

    def digest(self) -> str:
        """Return a hash of the reports."""
        digest = hashlib.sha256()
        for path in self.reports():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]

    def _options(self) -> dict[str, Any]:
        written = read_experiment(self.path)
        words = {f"spec.{word}": value for word, value in written.get("spec", {}).items()}
        return {
            name: value if isinstance(value, (str, int, float, bool)) else json.dumps(value)
            for name, value in (written | words).items()
            if name not in NOT_OF_A_TRIAL
        }


def _trial(place: Path, label: str, seed: int, options: dict[str, Any]) -> StoredTrial:
    file = place / RECORD
    record = read_record(file)
    numbers = {name: record.get(name) for name in FIGURES}
    numbers |= {f"cost.{name}": value for name, value in (record.get("cost") or {}).items()}
    own: dict[str, str | int | float | bool] = {
        "policy": label,
        "expression": str(record.get("expression", label)),
        "seed": seed,
    }
    curves = read_curves(place / CURVES)
    return StoredTrial(
        key=place.name,
        digest=hashlib.sha256(file.read_bytes()).hexdigest()[:16],
        policy=label,
        seed=seed,
        options=own | options,
        curves=tuple(
            (int(row["epoch"]), _numbers({name: row[name] for name in CURVE_COLUMNS[1:]}))
            for row in curves
        ),
        figures=_numbers(numbers),
        ended=file.stat().st_mtime,
        error=str(record.get("error") or "") if record.get("status") == "failed" else "",
    )


def _numbers(values: Mapping[Any, Any]) -> dict[str, float]:
    """Return what there is of some figures; null and NaN are not there."""
    return {
        str(name): float(value)
        for name, value in values.items()
        if value is not None and not math.isnan(value)
    }
