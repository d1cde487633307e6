"""Are two policies the same? The table pairs.csv.

Between engines that apply the same draws the question is equivalence, not difference. So a pair's
interval is that of two one-sided tests: at the run's first look (alpha .04) it has level .92, and
with alpha .05 it would have the familiar .90. `equivalent` is said where it lies inside ± margin,
which is where `p_value`, the tests' own, scaled to .05, is at most .05. Otherwise `better` and
`worse` (of a against b) need the interval that is corrected for all pairs of the table to exclude
0; a pair's own narrower interval may exclude 0 where that one does not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pandas as pd
from augbench.reports.run.reader import Run
from augbench.reports.statistics import paired as statistics
from augbench.reports.statistics.paired import ALPHA, SEEDS_FOR_P_VALUES, Effect, Level
from augbench.reports.tables.accuracy import accuracy_effect
from augbench.reports.tables.trials import Note, frame

COLUMNS = (
    "policy_a",
    "policy_b",
    "delta_mean",
    "delta_low",
    "delta_high",
    "p_value",
    "verdict",
)


def pairs_table(
    run: Run,
    alpha: float,
    margin: float,
    effect_of: Callable[[Run, str, str], Effect] = accuracy_effect,
) -> tuple[pd.DataFrame, list[Note]]:
    """A row for each pair of policies, in grid order; `delta` is a's test accuracy less b's.

    Args:
        run: the run.
        alpha: what the run's look may spend; the one-sided level of each equivalence test.
        margin: within ± this fraction two policies count as equivalent.
        effect_of: what is compared.

    Returns:
        The table with `COLUMNS`, and remarks.
    """
    couples = list(itertools.combinations(run.policies, 2))
    level = Level(alpha, max(1, len(couples)))
    rows = []
    for a, b in couples:
        effect = effect_of(run, a, b)
        (low, high), raw = statistics.equivalence(effect, alpha, margin)
        p_value = min(1.0, raw * ALPHA / alpha)
        rows.append(
            {
                "policy_a": a,
                "policy_b": b,
                "delta_mean": effect.mean,
                "delta_low": low,
                "delta_high": high,
                "p_value": p_value if effect.blocks >= SEEDS_FOR_P_VALUES else math.nan,
                "verdict": pair_verdict(effect, level, margin),
            }
        )
    notes = []
    if rows:
        points = "point" if margin == 0.01 else "points"
        pairs = "1 pair" if len(rows) == 1 else f"{len(rows)} pairs"
        text = (
            f"equivalence within ± {100 * margin:g} {points} by two one-sided tests: intervals at "
            f"{100 * (1 - 2 * alpha):g} %; better and worse are corrected for {pairs}"
        )
        notes.append(Note("pairs", "", text))
    return frame(rows, COLUMNS), notes


def pair_verdict(effect: Effect, level: Level, margin: float) -> str:
    """`equivalent` by two one-sided tests at level.alpha; else what the corrected interval says."""
    low, high = effect.interval(2 * level.alpha)
    if -margin < low and high < margin:
        return "equivalent"
    word, _ = statistics.verdict(effect, level.each, margin)
    return word
