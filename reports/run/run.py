"""What is a finished run? Its grid, and of each stored trial its record, curves and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from augbench.reports.run.files import read_arrays
from augbench.reports.run.layout import MEASURES, NOT_MEASURED, PICTURES, Plan
from numpy.typing import NDArray

from augbench.findings import Finding


@dataclass(frozen=True)
class Predictions:
    """What a trained model said of n images, at one or several points of its training.

    Attributes:
        labels: true classes, int64 (n,).
        predicted: predicted classes at each point, int (points, n), `NOT_MEASURED` where a point
            leaves an image to the others; every image is measured at some point.
        last: the class of the largest probability by the last step's weights, int64 (n,).
        confidence: that probability, float64 (n,), 0 to 1.
        paths: where the images came from, (n,) texts, or None where the data set has no files.
        sums_to_one: whether the outputs were probabilities: each row sums to 1, to 1 per cent.
    """

    labels: NDArray[np.int64]
    predicted: NDArray[np.integer[Any]]
    last: NDArray[np.int64]
    confidence: NDArray[np.float64]
    paths: NDArray[np.str_] | None = None
    sums_to_one: bool = True

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each point's answer for an image counts, (points, n): the same, 1 in all."""
        measured = self.predicted != NOT_MEASURED
        return measured / measured.sum(axis=0)

    @cached_property
    def right(self) -> NDArray[np.float64]:
        """The share of its points at which each image was classified correctly, (n,), 0 to 1."""
        return np.where(self.predicted == self.labels, self.weights, 0.0).sum(axis=0)

    def answers(self, classes: int) -> NDArray[np.float64]:
        """How many images were taken for each class, (classes,); each image counts 1 in all."""
        measured = self.predicted != NOT_MEASURED
        weights = self.weights[measured]
        return np.bincount(self.predicted[measured], weights, classes).astype(np.float64)

    def same_as(self, other: Predictions) -> NDArray[np.bool_]:
        """Of which images both said the same at all points, bool (n,); n is the same for both."""
        if self.predicted.shape != other.predicted.shape:
            return np.zeros(len(self.labels), dtype=bool)
        return (self.predicted == other.predicted).all(axis=0)


@dataclass(frozen=True)
class Trial:
    """One policy under one seed, as stored.

    Attributes:
        policy: the label in the grid.
        seed: the block.
        folder: `trials/KEY` of the run.
        record: the content of `result.json`.
        curves: a record of `CURVE_COLUMNS` an epoch, (epochs,); none for a failed trial.
        test: predictions on the test part as the run's measure has them, or None where there are
            none.
        validation: predictions on the validation part with the last epoch's weights, or None.
        measure: what `accuracy` is, one of `MEASURES`.
    """

    policy: str
    seed: int
    folder: Path
    record: Mapping[str, Any]
    curves: NDArray[np.void]
    test: Predictions | None = None
    validation: Predictions | None = None
    measure: str = "end"

    @property
    def accuracy(self) -> float:
        """The test accuracy that verdicts are of, NaN where the trial has none."""
        return self.number(MEASURES[self.measure])

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
        damaged: why a stored trial is not what was written, by (label, seed); it counts as missing.
        environment: the content of `environment.json`, empty when there is none.
        experiment: the content of `experiment.toml`, empty when there is none.
        classes: the class names, in the order of the labels.
        plan: how the grid grew; None where its seeds are a fixed number.
        blocks: the seeds of each policy, where not all take part in all of them.
        measure: what verdicts on accuracy are of, one of `MEASURES`.
        code: by label, Python that does what a policy does without augbench, where there is some.
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
    plan: Plan | None = None
    blocks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    measure: str = "end"
    code: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def seeds_of(self, label: str) -> tuple[int, ...]:
        """The blocks in which a policy takes part."""
        return self.blocks.get(label, self.seeds)

    @property
    def size(self) -> int:
        """How many trials the grid has."""
        return sum(len(self.seeds_of(label)) for label in self.policies)

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
            for seed in self.seeds_of(label)
            if (label, seed) not in self.trials
        )

    def stored(self) -> list[Trial]:
        """All stored trials, done and failed, in grid order."""
        wanted = ((label, seed) for label in self.policies for seed in self.seeds)
        return [self.trials[place] for place in wanted if place in self.trials]

    def done(self, label: str) -> list[Trial]:
        """The finished trials of a policy, in the order of the seeds."""
        return list(self._done.get(label, ()))

    @cached_property
    def _done(self) -> dict[str, list[Trial]]:
        done: dict[str, list[Trial]] = {}
        for trial in self.stored():
            if trial.done:
                done.setdefault(trial.policy, []).append(trial)
        return done

    def pairs(self, a: str, b: str) -> list[tuple[Trial, Trial]]:
        """The trials of `a` and `b` in the blocks where both finished, in order of seeds."""
        of_b = {trial.seed: trial for trial in self.done(b)}
        return [(trial, of_b[trial.seed]) for trial in self.done(a) if trial.seed in of_b]
