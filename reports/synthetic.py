"""How good are the images that a policy generated? The table synthetic.csv."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.run import Run


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


def _flat(measures: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in measures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}_")
        elif value is None or isinstance(value, str | int | float):
            flat[f"{before}{name}"] = value
    return flat
