"""What does the regression gate read of trials? Test accuracy, the gap, and the worst class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.gate import (
    ACCURACY,
    GAP,
    SHARES,
    WORST_CLASS,
    Figures,
    GateBlock,
    Measure,
    Then,
)
from numpy.typing import NDArray

#: digits of a figure in a baseline; one image of 100,000 is ten units of the last one
DIGITS = 6


def figures_of(trial: Trial, classes: int) -> Figures:
    """Return a trial's figures by measure; NaN where it failed or has none.

    The recall of the worst class is the lowest one of the classes of which images were tested.
    """
    if not trial.done:
        return dict.fromkeys(SHARES, math.nan)
    worst = math.nan
    if trial.test is not None:
        recall = recalls(trial.test, classes)
        worst = float(np.nanmin(recall))
    return {ACCURACY: trial.accuracy, GAP: gap_best(trial), WORST_CLASS: worst}


def gate_blocks(
    trials: Mapping[tuple[str, int], Trial],
    seeds: Sequence[int],
    policies: Sequence[str],
    classes: int,
) -> list[GateBlock]:
    """Return what trials measured, a block a seed; a policy whose trial is missing is absent."""
    return [
        {
            label: figures_of(trials[label, seed], classes)
            for label in policies
            if (label, seed) in trials
        }
        for seed in seeds
    ]


def lifts_of(run: Run) -> Then:
    """Return what a run measured, as a baseline holds it, rounded to `DIGITS`.

    Seeds count where policy and `none` both finished.
    """
    blocks = gate_blocks(run.trials, run.seeds, run.policies, len(run.classes))
    of_none: dict[Measure, dict[int, float]] = {measure: {} for measure in SHARES}
    lifts: dict[str, dict[Measure, dict[int, float]]] = {
        label: {measure: {} for measure in SHARES} for label in run.challengers
    }
    for seed, block in zip(run.seeds, blocks, strict=True):
        for measure in SHARES:
            none = block.get(run.baseline, {}).get(measure, math.nan)
            if math.isnan(none):
                continue
            of_none[measure][seed] = round(none, DIGITS)
            for label in run.challengers:
                lift = block.get(label, {}).get(measure, math.nan) - none
                if not math.isnan(lift):
                    lifts[label][measure][seed] = round(lift, DIGITS)
    return Then(of_none, lifts)


def gap_best(trial: Trial) -> float:
    """Clean train − validation accuracy at the best validation epoch; NaN without a curve."""
    train, validation = (
        np.asarray(trial.curves[name], dtype=np.float64)
        for name in ("train_accuracy", "validation_accuracy")
    )
    if not len(train) or np.isnan(validation).any():
        return math.nan
    best = best_epoch(validation) - 1
    return float(train[best] - validation[best])


def best_epoch(validation_accuracy: NDArray[np.float64]) -> int:
    """The first epoch, counted from 1, with the highest validation accuracy."""
    return int(np.argmax(validation_accuracy)) + 1


def recalls(outcome: Predictions, classes: int) -> NDArray[np.float64]:
    """The share of each class's images that were right, (classes,); NaN without images."""
    return by_class(outcome.right, outcome.labels, classes)


def by_class(
    values: NDArray[np.float64], labels: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Mean of the values of each class's images, (classes,); NaN without images."""
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    sums = np.bincount(labels, values, minlength=classes)
    return np.divide(sums, counts, out=np.full(len(counts), math.nan), where=counts > 0)
