"""What would a single run have claimed? The table noise.csv: how seeds alone move the figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from augbench.reports.columns import COUNT, FLAG, SHARE, SPREAD, Column, Table
from augbench.reports.run.run import Run
from augbench.reports.tables.run_table import Basis, Built, RunTable

from augbench.findings import Finding

SEED_VARIANCE = Table(
    "noise",
    "Seed-to-seed noise",
    "What single seeds would have claimed.",
    (
        Column("policy"),
        Column("seeds", COUNT, help="finished by every policy", always=True),
        Column("test_accuracy_sd", SPREAD, "sd", "of test accuracy between seeds, in points"),
        Column("first_share", SHARE, "best in", "share of seeds in which it came first"),
        Column("winner", FLAG),
        Column("overtaken_share", SHARE, "overtaken in", "share of seeds with another winner"),
    ),
    order=("policy", "seeds", "test_accuracy_sd", "first_share", "overtaken_share"),
)


def seed_variance_table(run: Run) -> pd.DataFrame:
    """How often each policy comes first in a single seed, over the seeds that all finished.

    Returns:
        A row for each policy with a finished trial, in grid order: `seeds` that
        count; standard deviation of its accuracy between them; `first_share`, the share of them
        in which its test accuracy is the highest (shared equally by ties); `winner`, whether its
        mean is the highest (the first of equals); and for the winner `overtaken_share`, the share
        of seeds in which another policy did strictly better, which a single run would have named.
        No rows where no seed was finished by all, or fewer than two policies have trials.
    """
    labels = [label for label in run.policies if run.done(label)]
    accuracy = {
        label: {trial.seed: trial.accuracy for trial in run.done(label)} for label in labels
    }
    seeds = [seed for seed in run.seeds if all(seed in accuracy[label] for label in labels)]
    if len(labels) < 2 or not seeds:
        return SEED_VARIANCE.frame([])
    values = np.array([[accuracy[label][seed] for seed in seeds] for label in labels])
    highest = values.max(axis=0)
    first = values >= highest - 1e-12
    winner = int(np.argmax(values.mean(axis=1)))
    overtaken = float(np.mean(highest > values[winner] + 1e-12))
    rows = pd.DataFrame(
        {
            "policy": labels,
            "seeds": len(seeds),
            "test_accuracy_sd": values.std(axis=1, ddof=1) if len(seeds) > 1 else np.nan,
            "first_share": (first / first.sum(axis=0)).mean(axis=1),
            "winner": [at == winner for at in range(len(labels))],
            "overtaken_share": [overtaken if at == winner else np.nan for at in range(len(labels))],
        }
    )
    return SEED_VARIANCE.frame(rows)


def other_winners(table: pd.DataFrame) -> list[Finding]:
    """In how many seeds another policy than the one with the highest mean came first."""
    rows = table[table["winner"].astype(bool) & table["overtaken_share"].notna()]
    return [
        Finding(
            "other-winners",
            {
                "policy": str(row["policy"]),
                "seeds": int(row["seeds"]),
                "others": round(row["overtaken_share"] * row["seeds"]),
            },
            table="noise",
        )
        for row in rows.head(1).to_dict("records")
    ]


def _build(basis: Basis) -> Built:
    frame = seed_variance_table(basis.run)
    return frame, other_winners(frame)


TABLE = RunTable(SEED_VARIANCE, _build)
