"""What did every trial cost in time and memory? The table cost.csv."""

from __future__ import annotations

import pandas as pd
from augbench.reports.run.reader import Run
from augbench.reports.tables.trials import frame

COLUMNS = (
    "policy",
    "seed",
    "setup_seconds",
    "learn_seconds",
    "enlarge_seconds",
    "train_seconds",
    "measure_seconds",
    "augment_images_per_second",
    "peak_memory_mb",
    "attempts",
)


def cost_table(run: Run) -> pd.DataFrame:
    """A row for each stored trial, in grid order.

    Times in seconds, memory in MB (the trial's highest); what a record has beyond `COLUMNS`
    follows in alphabetical order, as far as it is a number.
    """
    costs = [(trial, dict(trial.record.get("cost") or {})) for trial in run.stored()]
    others = sorted(
        {
            name
            for _, cost in costs
            for name, value in cost.items()
            if name not in COLUMNS and isinstance(value, int | float)
        }
    )
    rows = [{**cost, "policy": trial.policy, "seed": trial.seed} for trial, cost in costs]
    return frame(rows, (*COLUMNS, *others))
