"""Which tables does a run have? One line a table, in the order in which people read the files."""

from __future__ import annotations

from augbench.reports.tables import (
    accuracy,
    confusion,
    cost,
    curves,
    overfitting,
    pairs,
    per_class,
    seed_variance,
    synthetic,
    trials,
)
from augbench.reports.tables.run_table import RunTable

#: a table may read those before it
TABLES: tuple[RunTable, ...] = (
    trials.TABLE,
    curves.TABLE,
    accuracy.TABLE,
    overfitting.TABLE,
    pairs.TABLE,
    per_class.TABLE,
    cost.TABLE,
    synthetic.TABLE,
    confusion.TABLE,
    seed_variance.TABLE,
)
