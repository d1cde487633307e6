"""What does a trial of each policy take, typically? Rows of two tables side by side."""

from __future__ import annotations

import pandas as pd
from augbench.reports.columns import Table
from augbench.reports.findings.analysis import Tables
from augbench.reports.tables.cost import COST
from augbench.reports.tables.trials import TRIALS

# Seconds that a report has room for.
_NOTICED = 0.01
TYPICAL_TRIAL = Table(
    "typical",
    "Cost of each policy",
    "A row a policy: its trial of median time.",
    (
        TRIALS.column("policy"),
        TRIALS.column("seed", help="whose trial took the median time"),
        TRIALS.column("seconds", heading="seconds a trial", help="wall time, all parts together"),
        COST.column("cpu_seconds", help="without what a busy machine made it wait"),
        COST.column("learn_seconds", help="what the policy learned"),
        COST.column("enlarge_seconds"),
        COST.column("train_seconds"),
        COST.column("augment_images_per_second"),
        COST.column("peak_memory_mb"),
    ),
)


def typical_trials(tables: Tables) -> pd.DataFrame:
    """A row a policy: its trial of median seconds (the lower one of two), with its costs.

    A median row instead of means, so that each figure is one that was measured.
    """
    done = tables.trials[tables.trials["status"] == "done"]
    rows = []
    for policy in tables.run.policies:
        timed = done[(done["policy"] == policy) & done["seconds"].notna()]
        if not timed.empty:
            rows.append(timed.sort_values("seconds", kind="stable").iloc[(len(timed) - 1) // 2])
    if not rows:
        return pd.DataFrame(columns=["policy", "seed", "seconds"])
    chosen = pd.DataFrame(rows)[["policy", "seed", "seconds", "images_per_second"]]
    costs = chosen.merge(tables.cost, on=["policy", "seed"], how="left")
    # What no policy spent time on needs no column.
    parts = ("learn_seconds", "enlarge_seconds")
    idle = [name for name in parts if not (costs[name] >= _NOTICED).any()]
    return costs.drop(columns=idle)
