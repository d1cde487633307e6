"""What did every trial measure? The tables trials.csv and curves.csv, and every table's remarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from augbench.reports.run.reader import CURVE_COLUMNS, FIGURES, Run

COLUMNS = (
    "dataset",
    "policy",
    "seed",
    "status",
    *FIGURES,
    "error",
)
WHOLE_NUMBERS = frozenset(
    (
        "seed",
        "best_epoch",
        "epochs",
        "steps",
        "real_images",
        "synthetic_images",
        "trials",
        "attempts",
        "epoch",
        "seeds_needed_low",
        "seeds_needed_high",
        "divergence_epoch",
    )
)
TEXTS = frozenset(
    (
        "dataset",
        "policy",
        "policy_a",
        "policy_b",
        "status",
        "error",
        "verdict",
        "class",
        "true_class",
        "predicted_class",
    )
)


@dataclass(frozen=True)
class Note:
    """A remark on a table that no column holds.

    Attributes:
        table: the table's name, such as "accuracy".
        policy: the policy it concerns, "" for all.
        text: the remark.
    """

    table: str
    policy: str
    text: str


def frame(rows: Iterable[Mapping[str, Any]] | pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """A table with exactly these columns: whole numbers as Int64, texts, floats; NaN is missing."""
    if isinstance(rows, pd.DataFrame):
        table = rows.reindex(columns=list(columns))
    else:
        # As objects first: pandas' own texts refuse a file name in another encoding.
        table = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for name in columns:
        if name in WHOLE_NUMBERS:
            table[name] = pd.to_numeric(table[name]).astype("Int64")
        elif name in TEXTS:
            table[name] = table[name].astype(object)
        else:
            table[name] = pd.to_numeric(table[name]).astype("float64")
    return table


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each a dictionary by column."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def trials_table(run: Run) -> pd.DataFrame:
    """A row for each stored trial, in grid order; a failed one has its reason in `error`."""
    rows = []
    for trial in run.stored():
        row = {name: trial.record.get(name) for name in COLUMNS}
        row |= {"policy": trial.policy, "seed": trial.seed, "dataset": run.dataset}
        row |= {"status": "done" if trial.done else "failed", "error": row["error"] or ""}
        rows.append(row)
    return frame(rows, COLUMNS)


def curves_table(run: Run) -> pd.DataFrame:
    """A row for each finished trial and epoch (from 1), in grid order."""
    columns = ["policy", "seed", *CURVE_COLUMNS]
    parts = [
        trial.curves.assign(policy=trial.policy, seed=trial.seed)[columns]
        for trial in run.stored()
        if len(trial.curves)
    ]
    return frame(pd.concat(parts, ignore_index=True) if parts else [], columns)


# How a policy begins what it says of the images that it generated.
GENERATED = "generated images:"


def trial_notes(run: Run) -> list[Note]:
    """What is missing, what failed and what the trials themselves remarked."""
    notes = []
    for label in run.policies:
        absent = [str(seed) for which, seed in run.missing if which == label]
        if absent:
            notes.append(Note("trials", label, f"not run yet: seed {', '.join(absent)}"))
        remarks: dict[str, list[str]] = {}
        for trial in (t for t in run.stored() if t.policy == label):
            if not trial.done:
                reason = trial.record.get("error") or "no reason recorded"
                remarks.setdefault(f"failed: {reason}", []).append(str(trial.seed))
            for text in trial.notes:
                remarks.setdefault(text, []).append(str(trial.seed))
        for text, seeds in remarks.items():
            about = "synthetic" if text.startswith(GENERATED) else "trials"
            notes.append(Note(about, label, f"{text} (seed {', '.join(seeds)})"))
    if run.baseline not in run.policies:
        text = f"the baseline {run.baseline} is not in this run: nothing can be compared with it"
        notes.append(Note("trials", "", text))
    elif not run.done(run.baseline):
        text = f"no trial of the baseline {run.baseline} is done: nothing can be compared with it"
        notes.append(Note("trials", "", text))
    return notes
