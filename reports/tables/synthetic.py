"""How good are the images that a policy generated? The table synthetic.csv, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from augbench.reports.run.reader import Run
from augbench.reports.statistics.paired import ALPHA, SEEDS_FOR_INTERVALS
from augbench.reports.tables.trials import Note
from scipy import stats


def synthetic_table(run: Run) -> pd.DataFrame | None:
    """A row for each policy and seed that generated images, in grid order; None without any.

    The columns after `policy` and `seed` are those of the records, in their order: a measure
    beside its floor. A measure with parts gets a column for each part, joined by "_".
    """
    rows = []
    for trial in run.stored():
        measures = trial.record.get("synthetic")
        if isinstance(measures, Mapping) and measures:
            rows.append({"policy": trial.policy, "seed": trial.seed, **_flat(measures)})
    if not rows:
        return None
    table = pd.DataFrame(rows)
    for name in table.columns:
        values = [row.get(name) for row in rows]
        if all(v is None or (isinstance(v, int) and not isinstance(v, bool)) for v in values):
            table[name] = pd.array(values, dtype="Int64")
    return table


def synthetic_notes(table: pd.DataFrame | None) -> list[Note]:
    """Say of each policy whether its images are more useful than those of the Gaussian control.

    A trial has too few held-out images to tell; here its seeds speak together: a paired t-test of
    CAS, two-sided at 5 %, from three seeds on. Exploratory, as all of this table.
    """
    if table is None or not {"cas", "cas_gaussian"} <= set(table.columns):
        return []
    notes = []
    for policy, rows in table.groupby("policy", sort=False):
        lead = (rows["cas"] - rows["cas_gaussian"]).dropna().astype(float)
        if len(lead) < SEEDS_FOR_INTERVALS:
            continue
        told = lead.std() > 0 and stats.ttest_1samp(lead, 0.0).pvalue <= ALPHA
        verdict = (
            ("it beats the control" if lead.mean() > 0 else "it stays under the control")
            if told
            else "it is not told from the control"
        )
        text = (
            f"CAS above that of the Gaussian control in {int((lead > 0).sum())} of "
            f"{len(lead)} seeds: {verdict}"
        )
        notes.append(Note("synthetic", str(policy), text))
    return notes


def _flat(measures: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in measures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}_")
        elif value is None or isinstance(value, str | int | float):
            flat[f"{before}{name}"] = value
    return flat
