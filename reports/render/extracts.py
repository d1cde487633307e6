"""Which rows and policies does a report show where all of them would be too many?

The files always have all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from augbench.reports.columns import Table
from augbench.reports.findings.analysis import Tables
from augbench.reports.tables import registry

# The tables that page and Markdown show in a section that was written for them.
_WITH_SECTION = frozenset(
    (
        "trials",
        "curves",
        "accuracy",
        "overfitting",
        "pairs",
        "per_class",
        "cost",
        "synthetic",
        "confusion",
        "noise",
    )
)


def other_tables(tables: Tables) -> list[tuple[Table, pd.DataFrame]]:
    """The run's tables that have no section of their own and are shown one like the other."""
    frames = ((entry.table, tables.frames.get(entry.table.name)) for entry in registry.TABLES)
    return [
        (table, frame)
        for table, frame in frames
        if table.name not in _WITH_SECTION and frame is not None and not frame.empty
    ]


def telling_classes(per_class: pd.DataFrame) -> pd.DataFrame:
    """The rows per_class of challengers, verdicts first, then by the size of the difference."""
    rows = per_class[(per_class["verdict"] != "baseline") & per_class["delta_mean"].notna()]
    clear = rows["verdict"] != "inconclusive"
    order = np.lexsort((-rows["delta_mean"].abs().to_numpy(dtype=float), ~clear.to_numpy(bool)))
    return rows.iloc[order]


def settled_classes(per_class: pd.DataFrame) -> pd.DataFrame:
    """Those of `telling_classes` whose verdict is known."""
    rows = telling_classes(per_class)
    return rows[rows["verdict"] != "inconclusive"]


def telling_policies(tables: Tables, most: int) -> list[str]:
    """At most so many policies in grid order: the baseline, and those that differ most from it."""
    labels = [label for label in tables.run.policies if tables.run.done(label)]
    if len(labels) <= most:
        return labels
    size = tables.accuracy.set_index("policy")["delta_mean"].abs()
    known = sorted(labels, key=lambda label: -np.nan_to_num(float(size.get(label, np.nan))))
    chosen = {tables.run.baseline, *known[: most - 1]}
    return [label for label in labels if label in chosen]


def thinned(curves: pd.DataFrame, rows: int) -> tuple[pd.DataFrame, Sequence[int]]:
    """Curves at so few epochs, evenly spread with the first and last, that few rows remain.

    Returns:
        The first rows of those epochs, and the epochs.
    """
    epochs = np.sort(curves["epoch"].unique()).astype(int)
    if not len(epochs):
        return curves, ()
    each = len(curves) / len(epochs)
    count = int(np.clip(rows // max(1, each), 2, len(epochs)))
    places = np.linspace(0, len(epochs) - 1, count).round().astype(int) if len(epochs) > 1 else [0]
    chosen = epochs[np.unique(places)]
    at_chosen = curves[curves["epoch"].isin(chosen)].head(rows)
    return at_chosen, [int(epoch) for epoch in chosen]
