"""What does a run folder hold?

`load` reads it into frozen data. Trials that are missing (an interrupted run) are left out and
trials that failed are kept with their reason. Predictions are reduced to the predicted class and
its probability at once, so that a run of many classes fits in memory; pictures are read on demand.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from augbench.errors import ReportError
from augbench.findings import Finding

KEY = re.compile(r"[0-9A-Za-z_-]{1,100}")
FIGURES = (
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "train_loss",
    "validation_loss",
    "test_loss",
    "best_epoch",
    "epochs",
    "steps",
    "real_images",
    "synthetic_images",
    "seconds",
    "images_per_second",
)
CURVE_COLUMNS = (
    "epoch",
    "train_accuracy",
    "train_loss",
    "augmented_accuracy",
    "augmented_loss",
    "validation_accuracy",
    "validation_loss",
)


@dataclass(frozen=True)
class Outcome:
    """What a trained model said of n images.

    Attributes:
        labels: true classes, int64 (n,).
        predicted: the class of the largest probability, int64 (n,).
        confidence: that probability, float64 (n,), 0 to 1.
        paths: where the images came from, (n,) texts, or None where the data set has no files.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    paths: NDArray[np.str_] | None = None

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which images were classified correctly, bool (n,)."""
        return self.predicted == self.labels


@dataclass(frozen=True)
class Trial:
    """One policy under one seed, as stored.

    Attributes:
        policy: the label in the grid.
        seed: the block.
        folder: `trials/KEY` of the run.
        record: the content of `result.json`.
        curves: a row an epoch with `CURVE_COLUMNS`; no rows for a failed trial.
        test: predictions on the test part, or None where there are none.
        validation: predictions on the validation part with the last epoch's weights, or None.
    """

    policy: str
    seed: int
    folder: Path
    record: Mapping[str, Any]
    curves: pd.DataFrame
    test: Outcome | None = None
    validation: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether the trial finished; a failed one has only its reason in `record["error"]`."""
        return self.record.get("status") == "done"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the policy has to say, such as that its generated images were refused."""
        return tuple(
            Finding(str(item["kind"]), dict(item.get("figures") or {}))
            for item in self.record.get("findings") or ()
        )

    def number(self, name: str) -> float:
        """The figure `name` of the record, NaN where it is absent or null."""
        value = self.record.get(name)
        return float("nan") if value is None else float(value)

    def pictures(self) -> dict[str, NDArray[Any]]:
        """The arrays of `pictures.npz`, read now; empty where the trial has none.

        Raises:
            ReportError: when the file cannot be read as plain arrays.
        """
        path = self.folder / "pictures.npz"
        return _arrays(path) if path.is_file() else {}


@dataclass(frozen=True)
class Run:
    """A run folder as read, in the order of its grid.

    Attributes:
        folder: where it is.
        dataset: the name of the data set.
        policies: labels in the order of the grid, the baseline among them where it was run.
        baseline: the label that the others are compared with.
        seeds: the blocks of the grid.
        looks: the lists of seeds at which the run was looked at, in order.
        margin: differences up to this fraction do not matter (.01 is one point).
        trials: the stored trials by (label, seed); missing ones are absent.
        environment: the content of `environment.json`, empty when there is none.
        experiment: the content of `experiment.toml`, empty when there is none.
        classes: the class names, in the order of the labels.
    """

    folder: Path
    dataset: str
    policies: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    looks: tuple[tuple[int, ...], ...]
    margin: float
    trials: Mapping[tuple[str, int], Trial]
    environment: Mapping[str, Any] = field(default_factory=dict)
    experiment: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @property
    def challengers(self) -> tuple[str, ...]:
        """The policies that are compared with the baseline, in grid order."""
        return tuple(label for label in self.policies if label != self.baseline)

    @property
    def missing(self) -> tuple[tuple[str, int], ...]:
        """The (label, seed) of the grid that have no stored trial, in grid order."""
        return tuple(
            (label, seed)
            for label in self.policies
            for seed in self.seeds
            if (label, seed) not in self.trials
        )

    def stored(self) -> list[Trial]:
        """All stored trials, done and failed, in grid order."""
        wanted = ((label, seed) for label in self.policies for seed in self.seeds)
        return [self.trials[place] for place in wanted if place in self.trials]

    def done(self, label: str) -> list[Trial]:
        """The finished trials of a policy, in the order of the seeds."""
        found = (self.trials.get((label, seed)) for seed in self.seeds)
        return [trial for trial in found if trial is not None and trial.done]

    def pairs(self, a: str, b: str) -> list[tuple[Trial, Trial]]:
        """The trials of `a` and `b` in the blocks where both finished, in order of seeds."""
        of_b = {trial.seed: trial for trial in self.done(b)}
        return [(trial, of_b[trial.seed]) for trial in self.done(a) if trial.seed in of_b]


def load(folder: Path | str) -> Run:
    """Read a run folder.

    Args:
        folder: the folder that `augbench compare --out` wrote.

    Returns:
        The run, with whatever trials are stored.

    Raises:
        ReportError: when the folder is no run, a stored file cannot be read or does not fit, or
            the grid names a trial outside the folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReportError(f"{folder} is not a folder; a run folder is what compare --out wrote")
    if not (folder / "grid.json").is_file():
        raise ReportError(f"{folder} is no run folder: it has no grid.json")
    grid, keys = _grid(folder / "grid.json")
    environment = _json(folder / "environment.json", optional=True)
    trials: dict[tuple[str, int], Trial] = {}
    images: dict[bytes, NDArray[Any]] = {}
    for (label, seed), key in keys.items():
        place = _inside(folder / "trials", key)
        if (place / "result.json").is_file():
            trials[label, seed] = _trial(place, label, seed, images)
    return Run(
        folder=folder,
        trials=trials,
        environment=environment,
        experiment=_toml(folder / "experiment.toml"),
        classes=_classes(folder, environment, trials),
        **grid,
    )


def _grid(path: Path) -> tuple[dict[str, Any], dict[tuple[str, int], str]]:
    """What grid.json says of a `Run`, and the key of each (label, seed) that has one."""
    content = _json(path)
    try:
        policies = tuple(str(label) for label in _items(content["policies"]))
        seeds = tuple(int(seed) for seed in _items(content["seeds"]))
        looks = _items(content.get("looks") or [seeds])
        grid = {
            "dataset": str(content.get("dataset", "")),
            "policies": policies,
            "baseline": str(content.get("baseline") or "none"),
            "seeds": seeds,
            "looks": tuple(tuple(int(seed) for seed in _items(look)) for look in looks),
            "margin": float((content.get("parameters") or {}).get("margin", 0.01)),
        }
        found = {
            (label, seed): str(dict(content["keys"].get(label, {})).get(str(seed)) or "")
            for label in policies
            for seed in seeds
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ReportError(f"{path} is not a grid: {error!r}") from error
    if len(found) != len(policies) * len(seeds):
        raise ReportError(f"{path} is not a grid: it names a policy or a seed twice")
    return grid, {place: key for place, key in found.items() if key}


def _items(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is no list")
    return value


def _inside(trials: Path, key: str) -> Path:
    """The folder of a trial, which is always one of the run's own."""
    place = trials / key
    if not KEY.fullmatch(key) or place.resolve().parent != trials.resolve():
        raise ReportError(f"{trials.parent / 'grid.json'} names a trial that is none: {key!r}")
    return place


def _classes(
    folder: Path, environment: Mapping[str, Any], trials: Mapping[tuple[str, int], Trial]
) -> tuple[str, ...]:
    data = environment.get("data") or {}
    names = data.get("classes") or () if isinstance(data, Mapping) else None
    if not isinstance(names, list | tuple):
        raise ReportError(f"{folder / 'environment.json'} has no list of classes under data")
    parts = (part for trial in trials.values() for part in (trial.test, trial.validation))
    count = max(
        (int(max(part.labels.max(), part.predicted.max())) + 1 for part in parts if part), default=0
    )
    if not names:
        return tuple(str(k) for k in range(count))
    if len(names) < count:
        raise ReportError(
            f"{folder / 'environment.json'} names {len(names)} classes, predictions have {count}"
        )
    return tuple(str(name) for name in names)


def _trial(place: Path, label: str, seed: int, images: dict[bytes, NDArray[Any]]) -> Trial:
    record = _record(place / "result.json")
    if record.get("status") != "done":
        return Trial(label, seed, place, record, pd.DataFrame(columns=list(CURVE_COLUMNS)))
    path = place / "predictions.npz"
    arrays = _arrays(path) if path.is_file() else {}
    try:
        test, validation = (_outcome(arrays, part, images) for part in ("test", "validation"))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReportError(f"{path} does not fit together: {error}") from error
    curves = _curves(place / "curves.csv")
    return Trial(label, seed, place, record, curves, test=test, validation=validation)


def _record(path: Path) -> dict[str, Any]:
    record = _json(path)
    for name in FIGURES:
        value = record.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and math.isfinite(value)):
            raise ReportError(f"{path}: {name} is no number: {value!r}")
    for name, kind in (("cost", dict), ("findings", list)):
        if record.get(name) is not None and not isinstance(record[name], kind):
            raise ReportError(f"{path}: {name} is no {'object' if kind is dict else 'list'}")
    return record


def _outcome(
    arrays: Mapping[str, NDArray[Any]], part: str, images: dict[bytes, NDArray[Any]]
) -> Outcome | None:
    probabilities = arrays.get(f"{part}_probabilities")
    if probabilities is None or len(probabilities) == 0:
        return None
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    confidence = probabilities.max(axis=1).astype(np.float64)
    labels = np.asarray(arrays[f"{part}_labels"]).astype(np.int64)
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.size} labels for {predicted.size} predictions of {part}")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(f"a label of {part} is not among its {probabilities.shape[1]} classes")
    if not np.isfinite(confidence).all():
        raise ValueError(f"probabilities of {part} are not finite")
    paths = arrays.get(f"{part}_paths")
    if paths is not None and paths.shape != predicted.shape:
        raise ValueError(f"{paths.size} paths for {predicted.size} predictions of {part}")
    shared = None if paths is None else _shared(paths.astype(np.str_), images)
    return Outcome(_shared(labels, images), predicted, confidence, shared)


def _shared(array: NDArray[Any], images: dict[bytes, NDArray[Any]]) -> NDArray[Any]:
    """The first array with this content: the trials of a run mostly saw the same images."""
    content = hashlib.sha256(array.tobytes())
    content.update(f"{array.dtype}{array.shape}".encode())
    return images.setdefault(content.digest(), array)


def _curves(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame(columns=list(CURVE_COLUMNS))
    try:
        # As texts first: pandas' own reading of numbers may lose the last digit.
        table = pd.read_csv(path, dtype=str)
        absent = [name for name in CURVE_COLUMNS if name not in table.columns]
        if absent:
            raise ReportError(f"{path} has no column {absent[0]}")
        return table[list(CURVE_COLUMNS)].astype(np.float64).astype({"epoch": np.int64})
    except ReportError:
        raise
    except (ValueError, TypeError, OSError) as error:
        raise ReportError(f"{path} cannot be read: {_line(error)}") from error


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    # A broken archive fails in as many ways as zipfile, zlib and NumPy's header have.
    except Exception as error:
        raise ReportError(f"{path} cannot be read as plain arrays: {_line(error)}") from error


def _json(path: Path, optional: bool = False) -> dict[str, Any]:
    if optional and not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(f"{path} cannot be read as JSON: {_line(error)}") from error
    if not isinstance(content, dict):
        raise ReportError(f"{path} holds no JSON object")
    return content


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(f"{path} cannot be read as TOML: {_line(error)}") from error


def _line(error: BaseException) -> str:
    """An error's message in one line."""
    return " ".join(str(error).split()) or type(error).__name__
