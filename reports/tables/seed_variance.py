"""What would a single run have claimed?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from augbench.reports.run.reader import Run

COLUMNS = ("policy", "seeds", "test_accuracy_sd", "first_share", "winner", "overtaken_share")


def noise_table(run: Run) -> pd.DataFrame:
    """How often each policy comes first in a single seed, over the seeds that all finished.

    Returns:
        A row for each policy with a finished trial, in grid order, with `COLUMNS`: `seeds` that
        count; standard deviation of its accuracy between them; `first_share`, the share of them
        in which its test accuracy is the highest (shared equally by ties); `winner`, whether its
        mean is the highest (the first of equals); and for the winner `overtaken_share`, the share
        of seeds in which another policy did strictly better, which a single run would have named.
        No rows where no seed was finished by all, or fewer than two policies have trials.
    """
    labels = [label for label in run.policies if run.done(label)]
    accuracy = {
        label: {trial.seed: trial.number("test_accuracy") for trial in run.done(label)}
        for label in labels
    }
    seeds = [seed for seed in run.seeds if all(seed in accuracy[label] for label in labels)]
    if len(labels) < 2 or not seeds:
        return pd.DataFrame(columns=list(COLUMNS))
    values = np.array([[accuracy[label][seed] for seed in seeds] for label in labels])
    highest = values.max(axis=0)
    first = values >= highest - 1e-12
    winner = int(np.argmax(values.mean(axis=1)))
    overtaken = float(np.mean(highest > values[winner] + 1e-12))
    return pd.DataFrame(
        {
            "policy": labels,
            "seeds": pd.array([len(seeds)] * len(labels), dtype="Int64"),
            "test_accuracy_sd": values.std(axis=1, ddof=1) if len(seeds) > 1 else np.nan,
            "first_share": (first / first.sum(axis=0)).mean(axis=1),
            "winner": [at == winner for at in range(len(labels))],
            "overtaken_share": [overtaken if at == winner else np.nan for at in range(len(labels))],
        }
    )
