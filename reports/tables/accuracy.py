"""How much test accuracy does each policy gain or lose? The table accuracy.csv.

Accuracy is the one primary measure; all other tables are secondary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.run.reader import Outcome, Run, Trial
from augbench.reports.statistics import paired as statistics
from augbench.reports.statistics.paired import Effect, Level
from augbench.reports.tables.trials import Note, frame
from numpy.typing import NDArray

COLUMNS = (
    "policy",
    "trials",
    "test_accuracy_mean",
    "test_accuracy_sd",
    "delta_mean",
    "delta_low",
    "delta_high",
    "p_value",
    "verdict",
    "seeds_needed_low",
    "seeds_needed_high",
)


def accuracy_effect(run: Run, a: str, b: str) -> Effect:
    """The test accuracy of `a` less that of `b`, over the blocks where both finished."""
    pairs = run.pairs(a, b)
    differences = [x.number("test_accuracy") - y.number("test_accuracy") for x, y in pairs]
    equal = equal_predictions(pairs)
    images = shared_images([x.test for x, _ in pairs], [y.test for _, y in pairs])
    if images is None:
        return statistics.paired_effect(differences, equal=equal)
    return statistics.paired_effect(differences, *images, equal)


def shared_images(
    a: Sequence[Outcome | None], b: Sequence[Outcome | None]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """What a and b got right, bool (J, n) each, where all saw the same images in the same order.

    None where they did not, or where a block has no predictions: then images cannot be told from
    seeds as a source of chance.
    """
    found = [outcome for outcome in (*a, *b) if outcome is not None]
    if not found or len(found) < len(a) + len(b):
        return None
    if not all(same_images(found[0], outcome) for outcome in found):
        return None
    right = np.stack([outcome.right for outcome in found])
    return right[: len(a)], right[len(a) :]


def same_images(a: Outcome, b: Outcome) -> bool:
    """Whether two outcomes are of the same images in the same order, as far as is known."""
    if a.labels is not b.labels and not np.array_equal(a.labels, b.labels):
        return False
    if a.paths is None or b.paths is None or a.paths is b.paths:
        return True
    return np.array_equal(a.paths, b.paths)


def equal_predictions(pairs: list[tuple[Trial, Trial]]) -> bool:
    """Whether both policies predicted the same class for every image in every block."""
    return bool(pairs) and all(
        x.test is not None
        and y.test is not None
        and np.array_equal(x.test.predicted, y.test.predicted)
        for x, y in pairs
    )


def accuracy_table(run: Run, level: Level, margin: float) -> tuple[pd.DataFrame, list[Note]]:
    """A row for each policy, in grid order.

    Args:
        run: the run.
        level: the level that all comparisons with the baseline share.
        margin: differences up to this fraction do not matter.

    Returns:
        The table with `COLUMNS`, and remarks on its rows.
    """
    rows, notes = [], []
    for label in run.policies:
        values = np.array([trial.number("test_accuracy") for trial in run.done(label)])
        row: dict[str, Any] = {"policy": label, "trials": len(values)}
        row["test_accuracy_mean"] = values.mean() if len(values) else None
        row["test_accuracy_sd"] = values.std(ddof=1) if len(values) > 1 else None
        if label == run.baseline:
            rows.append(row | {"verdict": "baseline"})
            continue
        effect = accuracy_effect(run, label, run.baseline)
        word, remark = statistics.verdict(effect, level.each, margin)
        row |= delta_columns(effect, level, "delta")
        row |= {"delta_mean": effect.mean, "p_value": statistics.p_value(effect, level)}
        row |= {"verdict": word}
        if word == "inconclusive":
            low, high = statistics.seeds_needed(effect, level, margin)
            row |= {"seeds_needed_low": low, "seeds_needed_high": high}
            if low is None and effect.variance > 0 and effect.blocks >= 3:
                notes.append(
                    Note(
                        "accuracy", label, "more seeds alone cannot settle it, more test images can"
                    )
                )
        if remark:
            notes.append(Note("accuracy", label, remark))
        if 0 < effect.blocks < len(values):
            text = f"compared on the {effect.blocks} seeds that {run.baseline} finished too"
            notes.append(Note("accuracy", label, text))
        rows.append(row)
    return frame(rows, COLUMNS), notes


def delta_columns(effect: Effect, level: Level, name: str) -> dict[str, float]:
    """`NAME_low` and `NAME_high` of the interval, NaN where there is none."""
    low, high = effect.interval(level.each)
    if math.isnan(low):
        return {f"{name}_low": math.nan, f"{name}_high": math.nan}
    return {f"{name}_low": low, f"{name}_high": high}
