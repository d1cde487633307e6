"""How much test accuracy does each policy gain or lose? The table accuracy.csv.

Accuracy is the one primary measure; all other tables are secondary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.columns import (
    COUNT,
    DIFFERENCE,
    P_VALUE,
    SHARE,
    SPREAD,
    VERDICT,
    Column,
    Table,
)
from augbench.reports.run.layout import MEASURES
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Effect, paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.verdict import SEEDS_FOR_P_VALUES, p_value, seeds_needed, verdict
from augbench.reports.tables.run_table import Basis, Built, RunTable
from numpy.typing import NDArray

from augbench.findings import Finding

AVERAGED = MEASURES["averaged"]

ACCURACY = Table(
    "accuracy",
    "Accuracy",
    "A row a policy: test accuracy and its difference to the baseline.",
    (
        Column("policy"),
        Column("trials", COUNT, help="finished trials, one a seed", always=True),
        Column("test_accuracy_mean", SHARE, "test accuracy", "mean over the seeds"),
        Column("test_accuracy_sd", SPREAD, "sd", "standard deviation over the seeds, in points"),
        Column(
            "delta_mean",
            DIFFERENCE,
            "difference",
            "to the baseline of the same seeds, in points",
        ),
        Column(
            "delta_low",
            DIFFERENCE,
            "interval",
            "in points, at the level that the note states; the verdict reads it",
            high="delta_high",
        ),
        Column("delta_high", DIFFERENCE),
        Column("p_value", P_VALUE, "p", "the level at which the interval touches zero"),
        Column(
            "verdict",
            VERDICT,
            values=("baseline", "better", "worse", "equivalent", "inconclusive"),
        ),
        Column("seeds_needed_low", COUNT, "seeds needed", "to settle it", high="seeds_needed_high"),
        Column("seeds_needed_high", COUNT),
        Column("averaged_test_accuracy_mean", SHARE, help="with averaged weights"),
        Column("averaged_delta_mean", DIFFERENCE, help="to the baseline, both averaged"),
    ),
    order=(
        "policy",
        "test_accuracy_mean",
        "delta_mean",
        "delta_low",
        "verdict",
        "p_value",
        "test_accuracy_sd",
        "trials",
        "seeds_needed_low",
    ),
)


def accuracy_effect(run: Run, a: str, b: str) -> Effect:
    """The test accuracy of `a` less that of `b`, over the blocks where both finished."""
    pairs = run.pairs(a, b)
    differences = [x.accuracy - y.accuracy for x, y in pairs]
    equal = equal_predictions(pairs)
    images = shared_images([x.test for x, _ in pairs], [y.test for _, y in pairs])
    if images is None:
        return paired_effect(differences, equal=equal)
    return paired_effect(differences, *images, equal)


def averaged_delta(run: Run, label: str) -> float:
    """The mean test accuracy of a policy less the baseline's, both with averaged weights."""
    pairs = run.pairs(label, run.baseline)
    differences = [x.number(AVERAGED) - y.number(AVERAGED) for x, y in pairs]
    return float(np.mean(differences)) if differences else math.nan


def shared_images(
    a: Sequence[Predictions | None], b: Sequence[Predictions | None]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """How right a and b were, 0 to 1, (J, n) each, where all saw the same images in the same order.

    None where they did not, or where a block has no predictions: then images cannot be told from
    seeds as a source of chance.
    """
    known = [outcome for outcome in (*a, *b) if outcome is not None]
    if not known or len(known) < len(a) + len(b):
        return None
    if not all(same_images(known[0], outcome) for outcome in known):
        return None
    right = np.stack([outcome.right for outcome in known])
    return right[: len(a)], right[len(a) :]


def same_images(a: Predictions, b: Predictions) -> bool:
    """Whether two outcomes are of the same images in the same order, as far as is known."""
    if a.labels is not b.labels and not np.array_equal(a.labels, b.labels):
        return False
    if a.paths is None or b.paths is None or a.paths is b.paths:
        return True
    return np.array_equal(a.paths, b.paths)


def equal_predictions(pairs: list[tuple[Trial, Trial]]) -> bool:
    """Whether both policies predicted the same classes for every image in every block."""
    return bool(pairs) and all(
        x.test is not None
        and y.test is not None
        and len(x.test.labels) == len(y.test.labels)
        and bool(x.test.same_as(y.test).all())
        for x, y in pairs
    )


def accuracy_table(run: Run, level: Level, margin: float) -> tuple[pd.DataFrame, list[Finding]]:
    """A row for each policy, in grid order.

    Args:
        run: the run.
        level: the level that all comparisons with the baseline share.
        margin: differences up to this fraction do not matter.

    Returns:
        The table, and findings on its rows.
    """
    rows, findings = [], []
    for label in run.policies:
        values = np.array([trial.accuracy for trial in run.done(label)])
        row: dict[str, Any] = {"policy": label, "trials": len(values)}
        row["test_accuracy_mean"] = values.mean() if len(values) else None
        row["test_accuracy_sd"] = values.std(ddof=1) if len(values) > 1 else None
        averaged = [trial.number(AVERAGED) for trial in run.done(label)]
        row["averaged_test_accuracy_mean"] = np.mean(averaged) if averaged else None
        if label == run.baseline:
            rows.append(row | {"verdict": "baseline"})
            continue
        effect = accuracy_effect(run, label, run.baseline)
        word, reason = verdict(effect, level.each, margin)
        row |= delta_columns(effect, level, "delta")
        row["averaged_delta_mean"] = averaged_delta(run, label)
        row |= {"delta_mean": effect.mean, "p_value": p_value(effect, level), "verdict": word}
        if word == "inconclusive":
            low, high = seeds_needed(effect, level, margin)
            row |= {"seeds_needed_low": low, "seeds_needed_high": high}
            if low is None and effect.variance > 0 and effect.blocks >= SEEDS_FOR_INTERVALS:
                findings.append(Finding("too-few-test-images", {}, label, "accuracy"))
        if reason:
            findings.append(verdict_finding(reason, label, "accuracy"))
        if 0 < effect.blocks < len(values):
            shared = {"seeds": effect.blocks, "baseline": run.baseline}
            findings.append(Finding("compared-on-fewer-seeds", shared, label, "accuracy"))
        rows.append(row)
    return ACCURACY.frame(rows), findings


def verdict_finding(reason: str, label: str, table: str) -> Finding:
    """What must be said with the verdict on a policy, as `statistics.verdict` names it."""
    return Finding(reason, {"needed": SEEDS_FOR_INTERVALS}, label, table)


def level_finding(level: Level) -> Finding:
    """Where the level of the intervals comes from."""
    figures = {
        "confidence": level.confidence,
        "look": level.look,
        "alpha": level.alpha,
        "comparisons": level.comparisons,
        "seeds_for_intervals": SEEDS_FOR_INTERVALS,
        "seeds_for_p_values": SEEDS_FOR_P_VALUES,
    }
    return Finding("level-of-intervals", figures, table="accuracy")


def delta_columns(effect: Effect, level: Level, name: str) -> dict[str, float]:
    """`NAME_low` and `NAME_high` of the interval, NaN where there is none."""
    low, high = effect.interval(level.each)
    if math.isnan(low):
        return {f"{name}_low": math.nan, f"{name}_high": math.nan}
    return {f"{name}_low": low, f"{name}_high": high}


def _build(basis: Basis) -> Built:
    frame, findings = accuracy_table(basis.run, basis.level, basis.margin)
    return frame, [level_finding(basis.level), *findings]


TABLE = RunTable(ACCURACY, _build)
