"""How is each file of a run folder read, so that a broken one is said in a line with its place?"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from augbench.reports.run.layout import (
    COSTS,
    CURVE_COLUMNS,
    ENVIRONMENT,
    EXPERIMENT,
    FIGURES,
    GRID,
    RANGES,
    RECORD,
    RECORD_TEXTS,
    SCHEMA_VERSION,
    TRIALS,
    Grid,
    NewerRunError,
)
from augbench.reports.run.seal import broken_seal
from numpy.typing import NDArray

from augbench import outside
from augbench.errors import ReportError

#: of what kind those parts of environment.json are that a report reckons with
_OF_ENVIRONMENT: Mapping[str, type] = {"data": dict, "warnings": list, "jobs": int}
_OF_DATA: Mapping[str, type] = {
    **dict.fromkeys(("classes", "unreadable", "duplicates"), list),
    **dict.fromkeys(("train", "validation", "test", "folds", "images_tested"), int),
    "splits": dict,
}
_CURVES = np.dtype([(n, np.int64 if n == "epoch" else np.float64) for n in CURVE_COLUMNS])
_KEY = re.compile(r"[0-9A-Za-z_-]{1,100}")


def read_grid(run: Path) -> Grid:
    """Return the grid of a run folder.

    Raises:
        ReportError: it cannot be read, is broken, or was written by another version.
    """
    path = run / GRID
    content = read_json(path)
    try:
        return Grid.from_dict(content)
    except NewerRunError as error:
        raise ReportError(f"{run}: {error}") from error
    except ValueError as error:
        raise ReportError(f"{path} is not a grid: {error}") from error


def read_environment(run: Path) -> dict[str, Any]:
    """Return the content of environment.json; empty where there is none.

    Raises:
        ReportError: it cannot be read, or holds what none does.
    """
    path = run / ENVIRONMENT
    if not path.is_file():
        return {}
    content = read_json(path)
    _check_kinds(path, content, _OF_ENVIRONMENT)
    _check_kinds(path, content.get("data") or {}, _OF_DATA)
    return content


def read_experiment(run: Path) -> dict[str, Any]:
    """Return the content of experiment.toml; empty where there is none.

    Raises:
        ReportError: it cannot be read, or holds what none does.
    """
    path = run / EXPERIMENT
    if not path.is_file():
        return {}
    try:
        content = outside.parse_toml(outside.read_text(path))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as TOML: {_line(error)}") from error
    _check_kinds(path, content, {"epochs": int, "jobs": int})
    return content


def trial_folder(run: Path, key: str) -> Path:
    """Return the folder of a trial, which is always one of the run's own and may be absent.

    Raises:
        ReportError: the key leads out of the run.
    """
    trials = run / TRIALS
    place = trials / key
    if not _KEY.fullmatch(key) or place.resolve().parent != trials.resolve():
        raise ReportError(f"{run / GRID} names a trial that is none: {key!r}")
    return place


def checked_record(place: Path, label: str, seed: int) -> dict[str, Any]:
    """Return the record of a trial's folder, whose files are as they were written.

    Args:
        place: the folder, with a record in it.
        label: the policy that it is of.
        seed: the block.

    Raises:
        ReportError: it cannot be read, is of another trial, or something changed since.
    """
    record = read_record(place / RECORD)
    if (record.get("policy"), record.get("seed")) != (label, seed):
        raise ReportError(
            f"{place / RECORD} is of {str(record.get('policy'))[:80]!r} with seed "
            f"{str(record.get('seed'))[:80]}; {GRID} has {label!r} with seed {seed} there"
        )
    if record.get("key", place.name) != place.name:
        raise ReportError(f"{place / RECORD} is of the trial {str(record['key'])[:80]!r}")
    if broken := broken_seal(record, place):
        raise ReportError(f"{place}: {broken}")
    return record


def read_record(path: Path) -> dict[str, Any]:
    """Return the content of a trial's result.json.

    Raises:
        ReportError: it cannot be read, or holds what no record does.
    """
    record = read_json(path)
    for name, kind in FIGURES.items():
        value = record.get(name)
        _check_number(path, name, value, kind)
        least, most = RANGES[name]
        if value is not None and not least <= value <= most:
            raise ReportError(f"{path}: {name} cannot be {value!r}")
    version = record.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise ReportError(
            f"{path}: its schema_version is {version!r:.80}, and this augbench reads "
            f"{SCHEMA_VERSION}"
        )
    for name in RECORD_TEXTS:
        if not isinstance(record.get(name, ""), str):
            raise ReportError(f"{path}: {name} is no text: {str(record[name])[:80]!r}")
    for name, kind in (("cost", dict), ("findings", list)):
        if record.get(name) is not None and not isinstance(record[name], kind):
            raise ReportError(f"{path}: {name} is no {'object' if kind is dict else 'list'}")
    for name, kind in COSTS.items():
        _check_number(path, name, (record.get("cost") or {}).get(name), kind)
    for finding in record.get("findings") or ():
        if not (
            isinstance(finding, dict)
            and isinstance(finding.get("kind"), str)
            and isinstance(finding.get("figures"), dict)
        ):
            raise ReportError(f"{path}: a finding has no kind with figures: {str(finding)[:80]!r}")
    return record


def _check_kinds(path: Path, content: Mapping[str, Any], kinds: Mapping[str, type]) -> None:
    """Raise `ReportError` where something is there and is not of its kind."""
    for name, kind in kinds.items():
        value = content.get(name)
        if value is None:
            continue
        right = isinstance(value, kind) and not isinstance(value, bool)
        if not right or (kind is int and not 0 <= value < 2**63):
            raise ReportError(f"{path}: {name} cannot be {str(value)[:80]!r}")


def _check_number(path: Path, name: str, value: Any, kind: type) -> None:
    """Raise `ReportError` where a figure is there and is not of its kind, int or float."""
    if value is None:
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value):
        raise ReportError(f"{path}: {name} is no number: {str(value)[:80]!r}")
    if kind is int and (value != int(value) or abs(value) >= 2**63):
        raise ReportError(f"{path}: {name} is no count: {value!r}")


def read_curves(path: Path) -> NDArray[np.void]:
    """Return a trial's curves.csv, a record of `CURVE_COLUMNS` an epoch; none without the file.

    Epochs are int64, figures float64, NaN where the file has none. Ten thousand such files are
    read in seconds, of which pandas takes ten times as many.

    Raises:
        ReportError: it cannot be read, or lacks a column.
    """
    if not path.is_file():
        return np.empty(0, _CURVES)
    try:
        lines = csv.reader(outside.read_text(path).splitlines(), strict=True)
        head, *rows = [line for line in lines if line] or [[]]
        if any(len(row) != len(head) for row in rows):
            raise ValueError("its lines are not of one length")
        if absent := [name for name in CURVE_COLUMNS if name not in head]:
            raise ValueError(f"it has no column {absent[0]}")
        pick = itemgetter(*map(head.index, CURVE_COLUMNS))
        return np.array([tuple(map(_figure, pick(row))) for row in rows], _CURVES)
    except (ValueError, OverflowError, OSError, csv.Error) as error:
        raise ReportError(f"{path} cannot be read: {_line(error)}") from error


def _figure(text: str) -> float:
    return float(text) if text else math.nan


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz by name; pickled objects are refused.

    Raises:
        ReportError: it cannot be read as plain arrays.
    """
    try:
        return outside.read_arrays(path)
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as plain arrays: {_line(error)}") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        ReportError: it cannot be read, or holds something else.
    """
    try:
        content = outside.parse_json(outside.read_text(path))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as JSON: {_line(error)}") from error
    if not isinstance(content, dict):
        raise ReportError(f"{path} holds no JSON object")
    return content


def _line(error: BaseException) -> str:
    """An error's message in one line."""
    return " ".join(str(error).split()) or type(error).__name__
