"""Which classes gain and which lose under each policy? The table per_class.csv, exploratory.

Classes are many, so verdicts control the false discovery rate over classes times policies
(Benjamini and Hochberg 1995). All intervals of the table share the level 1 - R alpha / M for R
discoveries among M comparisons (Benjamini and Yekutieli 2005), at least one: then the discoveries
are exactly the rows whose interval excludes 0, and verdict and interval cannot contradict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.columns import DIFFERENCE, SHARE, VERDICT, Column, Table
from augbench.reports.run.gated import by_class, recalls
from augbench.reports.run.run import Run, Trial
from augbench.reports.statistics.effect import (
    SEEDS_FOR_INTERVALS,
    Effect,
    Floats,
    half_width,
    touching_error,
)
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.spread import shared_variance
from augbench.reports.statistics.verdict import discoveries, verdict
from augbench.reports.tables.accuracy import shared_images
from augbench.reports.tables.possible import within_possible
from augbench.reports.tables.run_table import RunTable
from numpy.typing import NDArray

from augbench.findings import Finding

PER_CLASS = Table(
    "per_class",
    "Classes",
    "A row a policy and class; exploratory.",
    (
        Column("policy"),
        Column("class"),
        Column("recall_mean", SHARE, "recall", "share of its test images that are recognised"),
        Column("delta_mean", DIFFERENCE, "difference", "to the baseline, in points"),
        Column("delta_low", DIFFERENCE, "interval", "in points", high="delta_high"),
        Column("delta_high", DIFFERENCE),
        Column(
            "verdict",
            VERDICT,
            values=("baseline", "better", "worse", "equivalent", "inconclusive"),
        ),
    ),
    most_rows=1000,
)


@dataclass(frozen=True)
class _ClassEffects:
    """The effects of one policy on all classes, arrays of length K as in `Effect`.

    `blocks` counts those that tested images of a class. `baseline` has the recalls of the baseline
    in each block, (J, K).
    """

    blocks: NDArray[np.int64]
    mean: Floats
    variance: Floats
    images: Floats
    equal: NDArray[np.bool_]
    shared: Floats
    baseline: Floats

    def effect(self, k: int) -> Effect:
        return Effect(
            int(self.blocks[k]),
            float(self.mean[k]),
            float(self.variance[k]),
            float(self.images[k]),
            bool(self.equal[k]),
            float(self.shared[k]),
        )

    def errors(self) -> Floats:
        """Raw p-values, NaN where there is no interval."""
        errors = np.full(len(self.mean), math.nan)
        for blocks in np.unique(self.blocks[self.blocks >= SEEDS_FOR_INTERVALS]):
            alike = self.blocks == blocks
            parts = self.variance[alike], self.shared[alike], self.images[alike], int(blocks)
            errors[alike] = touching_error(self.mean[alike], partial(half_width, *parts))
            known = (self.variance > 0) | (self.shared > 0)
            errors[alike & ~known] = math.nan
        return np.where(self.equal & (self.blocks >= SEEDS_FOR_INTERVALS), 1.0, errors)


def per_class_table(run: Run, alpha: float, margin: float) -> tuple[pd.DataFrame, list[Finding]]:
    """A row for each policy and class, in the order of the grid and of the classes.

    Args:
        run: the run.
        alpha: the false discovery rate that the run's look may spend.
        margin: differences of recall up to this fraction do not matter.

    Returns:
        The table, and a finding on how it was tested. `recall_mean` is a mean over finished
        trials, empty for a class without test images.
    """
    count = len(run.classes)
    shared = _shared_variances(run, count)
    compared = {label: _compare(run, label, shared) for label in run.challengers}
    errors = [effects.errors() for effects in compared.values()]
    comparisons = sum(len(values) for values in errors)
    discovered = discoveries(np.concatenate(errors), alpha) if comparisons else 0
    error = max(1, discovered) * alpha / max(1, comparisons)
    rows = []
    for label in run.policies:
        recall = _mean_recall(run.done(label), count)
        for k, name in enumerate(run.classes):
            row: dict[str, Any] = {"policy": label, "class": name, "recall_mean": recall[k]}
            if label == run.baseline:
                rows.append(row | {"verdict": "baseline"})
                continue
            effect = compared[label].effect(k)
            level = Level(error)
            low, high = within_possible(
                effect.interval(level), compared[label].baseline[:, k].tolist()
            )
            word, _ = verdict(effect, level, margin)
            row |= {"delta_mean": effect.mean, "delta_low": low, "delta_high": high}
            rows.append(row | {"verdict": word})
    figures = {
        "rate": alpha,
        "comparisons": comparisons,
        "discoveries": discovered,
        "confidence": 1 - error,
    }
    tested = [Finding("false-discovery-rate", figures, table="per_class")] if comparisons else []
    frame = PER_CLASS.frame(rows)
    return frame, [*tested, *_not_settled(run, frame)]


def _not_settled(run: Run, frame: pd.DataFrame) -> list[Finding]:
    """That images or seeds are too few for most classes, once for all of them."""
    compared = frame[(frame["verdict"] != "baseline") & frame["delta_mean"].notna()]
    settled = int((compared["verdict"] != "inconclusive").sum())
    tests = [trial.test for trial in run.stored() if trial.test is not None]
    if not tests or settled == len(compared):
        return []
    images = np.bincount(tests[0].labels, minlength=len(run.classes))
    widths = ((compared["delta_high"] - compared["delta_low"]) / 2).dropna()
    figures = {
        "settled": settled,
        "of": len(compared),
        "images": [int(count) for count in (images[images > 0].min(), images.max())],
        "seeds": len(run.seeds),
        "half_width": float(widths.median()) if len(widths) else None,
    }
    return [Finding("classes-not-settled", figures, table="per_class")]


def _mean_recall(trials: list[Trial], classes: int) -> Floats:
    """Mean over the trials that tested images of the class, (classes,); NaN where none did."""
    recall = [recalls(trial.test, classes) for trial in trials if trial.test is not None]
    of_trials = np.array(recall).reshape(-1, classes)
    tested = (~np.isnan(of_trials)).sum(axis=0)
    sums = np.nansum(of_trials, axis=0)
    return np.divide(sums, tested, out=np.full(classes, math.nan), where=tested > 0)


def _shared_variances(run: Run, classes: int) -> Floats:
    """The variance between blocks of each class's difference by all policies, (classes,)."""
    labels = (run.baseline, *run.challengers)
    figures = np.full((classes, len(labels), len(run.seeds)), math.nan)
    for row, label in enumerate(labels):
        for trial in run.done(label):
            if trial.test is not None:
                figures[:, row, run.seeds.index(trial.seed)] = recalls(trial.test, classes)
    return np.array([shared_variance(of_class) for of_class in figures])


def _compare(run: Run, label: str, shared: Floats) -> _ClassEffects:
    classes = len(shared)
    pairs = [
        (x.test, y.test)
        for x, y in run.pairs(label, run.baseline)
        if x.test is not None and y.test is not None
    ]
    nothing = np.full(classes, math.nan)
    if not pairs:
        none, unknown = np.zeros(classes, dtype=np.int64), np.zeros((0, classes))
        images = np.zeros(classes)
        return _ClassEffects(none, nothing, nothing, images, none.astype(bool), shared, unknown)
    baseline = np.stack([recalls(y, classes) for _, y in pairs])
    deltas = np.stack([recalls(x, classes) for x, _ in pairs]) - baseline
    # A block that tests on no image of a class says nothing of it.
    blocks = (~np.isnan(deltas)).sum(axis=0)
    mean = np.divide(np.nansum(deltas, axis=0), blocks, out=nothing.copy(), where=blocks > 0)
    squares = np.nansum((deltas - mean) ** 2, axis=0)
    variance = np.divide(squares, blocks - 1, out=nothing.copy(), where=blocks > 1)
    variance[variance < 1e-24] = 0.0
    equal = np.ones(classes, dtype=bool)
    for x, y in pairs:
        if np.array_equal(x.labels, y.labels):
            equal[x.labels[~x.same_as(y)]] = False
        else:
            equal[:] = False
    equal &= blocks > 0
    images = np.zeros(classes)
    rights = shared_images([x for x, _ in pairs], [y for _, y in pairs])
    if len(pairs) > 1 and rights is not None:
        images = _image_parts(rights[0] - rights[1], pairs[0][0].labels, classes)
    return _ClassEffects(blocks, mean, variance, images, equal, shared, baseline)


def _image_parts(differences: Floats, labels: NDArray[np.int64], classes: int) -> Floats:
    """For each class q / n, (classes,), as `effect.image_variance` has it for all images."""
    blocks = len(differences)
    counts = np.bincount(labels, minlength=classes)
    means = differences.mean(axis=0)
    within = by_class(differences.var(axis=0, ddof=1) / blocks, labels, classes)
    centred = means - by_class(means, labels, classes)[labels]
    squares = np.bincount(labels, centred**2, minlength=classes)
    of_means = squares / np.maximum(1, counts - 1)
    parts = np.maximum(0.0, of_means - np.nan_to_num(within)) / np.maximum(1, counts)
    return np.where(counts > 1, parts, 0.0)


TABLE = RunTable(
    PER_CLASS, lambda basis: per_class_table(basis.run, basis.level.alpha, basis.margin)
)
