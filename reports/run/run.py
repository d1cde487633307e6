"""What is a finished run? Its grid, and of each stored trial its record, curves and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.run.files import read_arrays
from augbench.reports.run.layout import PICTURES
from numpy.typing import NDArray

from augbench.findings import Finding


@dataclass(frozen=True)
class Predictions:
    """What a trained model said of n images.

    Attributes:
        labels: true classes, int64 (n,).
        predicted: the class of the largest probability, int64 (n,).
        confidence: that probability, float64 (n,), 0 to 1.
        paths: where the images came from, (n,) texts, or None where the data set has no files.
        sums_to_one: whether the outputs were probabilities: each row sums to 1, to 1 per cent.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    paths: NDArray[np.str_] | None = None
    sums_to_one: bool = True

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
    test: Predictions | None = None
    validation: Predictions | None = None

    @property
    def done(self) -> bool:
        """Whether the trial finished; a failed one has only its reason in `record["error"]`."""
        return self.record.get("status") == "done"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the policy has to say, such as that its generated images were refused."""
        return tuple(
            Finding(content["kind"], content["figures"])
            for content in self.record.get("findings") or ()
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
        path = self.folder / PICTURES
        return read_arrays(path) if path.is_file() else {}


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
