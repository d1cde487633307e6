"""How did every trial learn, epoch by epoch? The table curves.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd
from augbench.reports.columns import COUNT, LOSS, SHARE, Column, Table
from augbench.reports.run.run import Run
from augbench.reports.tables.run_table import RunTable

CURVES = Table(
    "curves",
    "Learning curves",
    "A row a finished trial and epoch, from 1.",
    (
        Column("policy"),
        Column("seed", COUNT, always=True),
        Column("epoch", COUNT, always=True),
        Column("train_accuracy", SHARE, "clean train"),
        Column("train_loss", LOSS, "clean train loss"),
        Column("augmented_accuracy", SHARE, "augmented train"),
        Column("augmented_loss", LOSS),
        Column("validation_accuracy", SHARE, "validation"),
        Column("validation_loss", LOSS),
    ),
    order=(
        "policy",
        "seed",
        "epoch",
        "train_accuracy",
        "augmented_accuracy",
        "validation_accuracy",
        "train_loss",
        "augmented_loss",
        "validation_loss",
    ),
)


def curves_table(run: Run) -> pd.DataFrame:
    """A row for each finished trial and epoch (from 1), in grid order."""
    trials = [trial for trial in run.stored() if len(trial.curves)]
    if not trials:
        return CURVES.frame([])
    epochs = [len(trial.curves) for trial in trials]
    table = pd.DataFrame(np.concatenate([trial.curves for trial in trials]))
    table["policy"] = np.repeat(np.array([trial.policy for trial in trials], object), epochs)
    table["seed"] = np.repeat([trial.seed for trial in trials], epochs)
    return CURVES.frame(table)


TABLE = RunTable(CURVES, lambda basis: (curves_table(basis.run), []))
