"""What did every trial cost in time and memory? The table cost.csv."""

from __future__ import annotations

import pandas as pd
from augbench.reports.columns import COUNT, MEGABYTES, RATE, SECONDS, Column, Table
from augbench.reports.run.run import Run
from augbench.reports.tables.run_table import RunTable

COST = Table(
    "cost",
    "Cost of every trial",
    "A row a stored trial: seconds of its parts, images per second, MB; further numbers as "
    "recorded.",
    (
        Column("policy"),
        Column("seed", COUNT, always=True),
        Column(
            "cpu_seconds", SECONDS, "CPU, s", "of the worker; less than wall time on a busy machine"
        ),
        Column("setup_seconds", SECONDS, "set-up, s", "loading and compiling"),
        Column("learn_seconds", SECONDS, "learning, s", "what the policy learned, such as a GAN"),
        Column("enlarge_seconds", SECONDS, "enlarging, s"),
        Column("train_seconds", SECONDS, "training, s"),
        Column("measure_seconds", SECONDS, "measuring, s"),
        Column("augment_images_per_second", RATE, "augmenting, images/s", "the policy alone"),
        Column("peak_memory_mb", MEGABYTES, "memory, MB", "mapped pixels included"),
        Column("attempts", COUNT),
    ),
    further="shown",
    most_rows=600,
)


def cost_table(run: Run) -> pd.DataFrame:
    """A row for each stored trial, in grid order.

    Times in seconds, memory in MB (the trial's highest); what a record has beyond the declared
    columns follows in alphabetical order, as far as it is a number.
    """
    costs = [(trial, dict(trial.record.get("cost") or {})) for trial in run.stored()]
    further = sorted(
        {
            name
            for _, cost in costs
            for name, value in cost.items()
            if name not in COST.names and isinstance(value, int | float)
        }
    )
    rows = [{**cost, "policy": trial.policy, "seed": trial.seed} for trial, cost in costs]
    return COST.frame(rows, further)


TABLE = RunTable(COST, lambda basis: (cost_table(basis.run), []))
