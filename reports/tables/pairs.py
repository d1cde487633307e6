"""Are two policies the same? The table pairs.csv.

Between engines that apply the same draws the question is equivalence, not difference. So a pair's
interval is that of two one-sided tests: at the run's first look (alpha .04) it has level .92, and
with alpha .05 it would have the familiar .90. `equivalent` is said where it lies inside ± margin,
which is where `p_value`, the tests' own, scaled to .05, is at most .05. Otherwise `better` and
`worse` (of a against b) need the interval that is corrected for all pairs of the table to exclude
0; a pair's own narrower interval may exclude 0 where that one does not. The spread of a pair is
moderated as in the table accuracy, by the larger of what all differences to a and all to b tell:
three seeds that agree by chance make no pair equivalent.
"""

from __future__ import annotations

import itertools
import math

import pandas as pd
from augbench.reports.columns import DIFFERENCE, P_VALUE, VERDICT, Column, Table
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import Effect
from augbench.reports.statistics.level import ALPHA, Level
from augbench.reports.statistics.verdict import SEEDS_FOR_P_VALUES, equivalence, verdict
from augbench.reports.tables.accuracy import accuracy_effect, variance_by_all
from augbench.reports.tables.collapse import collapse
from augbench.reports.tables.possible import within_possible
from augbench.reports.tables.run_table import RunTable

from augbench.findings import Finding

PAIRS = Table(
    "pairs",
    "Every pair of policies",
    "A row a pair of policies; delta is the first one's accuracy less the second one's.",
    (
        Column("policy_a", heading="policy"),
        Column("policy_b", heading="against"),
        Column("delta_mean", DIFFERENCE, "difference", "first − second, in points"),
        Column("delta_low", DIFFERENCE, "interval", "in points", high="delta_high"),
        Column("delta_high", DIFFERENCE),
        Column("p_value", P_VALUE, "p, equivalence", "small: proven to be within the margin"),
        Column("verdict", VERDICT, values=("better", "worse", "equivalent", "inconclusive")),
    ),
    most_rows=400,
)


def pairs_table(run: Run, alpha: float, margin: float) -> tuple[pd.DataFrame, list[Finding]]:
    """A row for each pair of policies, in grid order; `delta` is a's test accuracy less b's.

    Args:
        run: the run.
        alpha: what the run's look may spend; the one-sided level of each equivalence test.
        margin: within ± this fraction two policies count as equivalent.

    Returns:
        The table, and a finding on how it was tested.
    """
    collapsed = {label for label in run.policies if collapse(run, label)}
    couples = list(itertools.combinations(run.policies, 2))
    level = Level(alpha, max(1, len(couples)))
    spreads = {
        label: variance_by_all(run, lambda trial: trial.accuracy, label) for label in run.policies
    }
    rows = []
    for a, b in couples:
        effect = accuracy_effect(run, a, b, max(spreads[a], spreads[b]))
        bounds, raw = equivalence(effect, alpha, margin)
        of_b = [y.accuracy for _, y in run.pairs(a, b)]
        low, high = within_possible(bounds, of_b)
        p_value = min(1.0, raw * ALPHA / alpha)
        word = pair_verdict(effect, level, margin)
        if word == "equivalent" and collapsed & {a, b}:
            word = "inconclusive"
        rows.append(
            {
                "policy_a": a,
                "policy_b": b,
                "delta_mean": effect.mean,
                "delta_low": low,
                "delta_high": high,
                "p_value": p_value if effect.blocks >= SEEDS_FOR_P_VALUES else math.nan,
                "verdict": word,
            }
        )
    figures = {"margin": margin, "confidence": 1 - 2 * alpha, "pairs": len(rows)}
    findings = [Finding("equivalence-tests", figures, table="pairs")] if rows else []
    return PAIRS.frame(rows), findings


def pair_verdict(effect: Effect, level: Level, margin: float) -> str:
    """`equivalent` by two one-sided tests at level.alpha; else what the corrected interval says."""
    low, high = effect.interval(Level(2 * level.alpha))
    if -margin < low and high < margin:
        return "equivalent"
    word, _ = verdict(effect, Level(level.alpha / level.comparisons), margin)
    return word


TABLE = RunTable(PAIRS, lambda basis: pairs_table(basis.run, basis.level.alpha, basis.margin))
