"""What does a run folder hold?

`load` reads it into frozen data. Trials that are missing (an interrupted run) are left out and
trials that failed are kept with their reason. Of the predictions, those are kept that the run's
measure is of, and probabilities are reduced to the largest at once, so that a run of many classes
fits in memory; pictures are read on demand.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from augbench.reports.run.files import (
    checked_record,
    read_arrays,
    read_curves,
    read_environment,
    read_experiment,
    read_grid,
    trial_folder,
)
from augbench.reports.run.layout import (
    CURVES,
    ENVIRONMENT,
    GRID,
    NOT_MEASURED,
    PREDICTIONS,
    RECORD,
)
from augbench.reports.run.run import Predictions, Run, Trial
from numpy.typing import NDArray

from augbench.errors import ReportError

#: after which a trial that another command replaces is there again
REPLACED_SECONDS = 0.05


def load(folder: Path | str) -> Run:
    """Read a run folder.

    Args:
        folder: the folder that `augbench compare --out` wrote.

    Returns:
        The run, with whatever trials are stored; those that are not what was written are left out
        and named in ``damaged``.

    Raises:
        ReportError: when the folder is no run, a file about all of it cannot be read, or the grid
            names a trial outside the folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReportError(f"{folder} is not a folder; a run folder is what compare --out wrote")
    if not (folder / GRID).is_file():
        raise ReportError(f"{folder} is no run folder: it has no {GRID}")
    grid = read_grid(folder)
    environment = read_environment(folder)
    trials: dict[tuple[str, int], Trial] = {}
    damaged: dict[tuple[str, int], str] = {}
    shared: dict[bytes, NDArray[Any]] = {}
    for (label, seed), key in grid.keys.items():
        place = trial_folder(folder, key)
        if (place / RECORD).is_file():
            try:
                trials[label, seed] = _settled(place, label, seed, grid.measure, shared)
            except ReportError as error:
                damaged[label, seed] = str(error)
    return Run(
        folder=folder,
        dataset=grid.dataset,
        policies=grid.policies,
        baseline=grid.baseline,
        seeds=grid.seeds,
        looks=grid.looks,
        margin=grid.margin,
        trials=trials,
        damaged=damaged,
        environment=environment,
        experiment=read_experiment(folder),
        classes=_classes(folder, environment, trials),
        plan=grid.plan,
        blocks={
            label: tuple(seed for seed in grid.seeds if (label, seed) in grid.keys)
            for label in grid.policies
        }
        if grid.plan
        else {},
        measure=grid.measure,
        code=grid.code,
    )


def _classes(
    folder: Path, environment: Mapping[str, Any], trials: Mapping[tuple[str, int], Trial]
) -> tuple[str, ...]:
    data = environment.get("data") or {}
    names = data.get("classes") or () if isinstance(data, Mapping) else None
    if not isinstance(names, list | tuple):
        raise ReportError(f"{folder / ENVIRONMENT} has no list of classes under data")
    parts = (part for trial in trials.values() for part in (trial.test, trial.validation))
    count = max(
        (int(max(part.labels.max(), part.predicted.max())) + 1 for part in parts if part), default=0
    )
    if not names:
        return tuple(str(k) for k in range(count))
    if len(names) < count:
        raise ReportError(
            f"{folder / ENVIRONMENT} names {len(names)} classes, predictions have {count}"
        )
    return tuple(str(name) for name in names)


def _settled(
    place: Path, label: str, seed: int, measure: str, known: dict[bytes, NDArray[Any]]
) -> Trial:
    """Read a trial as `read_trial`, once more where another command has just replaced it."""
    before = _identity(place)
    try:
        return read_trial(place, label, seed, measure, known)
    except ReportError:
        if _identity(place) == before:
            raise
        time.sleep(REPLACED_SECONDS)
        return read_trial(place, label, seed, measure, known)


def _identity(place: Path) -> int | None:
    """Return what tells a folder from another one in its place; None where there is none."""
    try:
        return place.stat().st_ino
    except OSError:
        return None


def read_trial(
    place: Path, label: str, seed: int, measure: str, known: dict[bytes, NDArray[Any]]
) -> Trial:
    """Read a trial's folder.

    Args:
        place: the folder, with a record in it.
        label: the policy that it is of.
        seed: the block.
        measure: what verdicts on accuracy are of, one of `MEASURES`.
        known: arrays that several trials have in common, by their content; grows.

    Raises:
        ReportError: a file cannot be read, or it is a trial of something else.
    """
    record = checked_record(place, label, seed)
    if record.get("status") != "done":
        return Trial(label, seed, place, record, read_curves(place / CURVES), measure=measure)
    path = place / PREDICTIONS
    arrays = read_arrays(path) if path.is_file() else {}
    try:
        test = _predictions(arrays, "test", measure, known)
        validation = _predictions(arrays, "validation", "last", known)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReportError(f"{path} does not fit together: {error}") from error
    curves = read_curves(place / CURVES)
    return Trial(label, seed, place, record, curves, test, validation, measure)


def _predictions(
    arrays: Mapping[str, NDArray[Any]], split: str, measure: str, known: dict[bytes, NDArray[Any]]
) -> Predictions | None:
    probabilities = arrays.get(f"{split}_probabilities")
    if probabilities is None or len(probabilities) == 0:
        return None
    last = probabilities.argmax(axis=1).astype(np.int64)
    confidence = probabilities.max(axis=1).astype(np.float64)
    labels = np.asarray(arrays[f"{split}_labels"]).astype(np.int64)
    if labels.shape != last.shape:
        raise ValueError(f"{labels.size} labels for {last.size} predictions of {split}")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(f"a label of {split} is not among its {probabilities.shape[1]} classes")
    if not np.isfinite(confidence).all():
        raise ValueError(f"probabilities of {split} are not finite")
    paths = arrays.get(f"{split}_paths")
    if paths is not None and paths.shape != last.shape:
        raise ValueError(f"{paths.size} paths for {last.size} predictions of {split}")
    shared = None if paths is None else _shared(paths.astype(np.str_), known)
    predicted = last[None] if measure == "last" else _measured(arrays, split, measure)
    if predicted.shape[1:] != last.shape or predicted.max() >= probabilities.shape[1]:
        raise ValueError(f"the classes of {split} predicted by measure {measure!r} do not fit")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    sums_to_one = bool(np.all(np.abs(sums - 1.0) < 0.01))
    labels = _shared(labels, known)
    return Predictions(labels, predicted, last, confidence, shared, sums_to_one)


def _measured(arrays: Mapping[str, NDArray[Any]], split: str, measure: str) -> NDArray[Any]:
    """Predicted classes at each point that a measure is of, int32 (points, n)."""
    stored = np.atleast_2d(arrays[f"{split}_{measure}_predicted"])
    if stored.dtype.kind != "i" or stored.ndim != 2:
        raise ValueError(f"{split}_{measure}_predicted holds no classes")
    if (stored < NOT_MEASURED).any() or (stored == NOT_MEASURED).all(axis=0).any():
        raise ValueError(f"{split}_{measure}_predicted leaves out images")
    return stored.astype(np.int32)


def _shared(array: NDArray[Any], known: dict[bytes, NDArray[Any]]) -> NDArray[Any]:
    """The first array with this content: the trials of a run mostly saw the same images."""
    content = hashlib.sha256(array.tobytes())
    content.update(f"{array.dtype}{array.shape}".encode())
    return known.setdefault(content.digest(), array)
