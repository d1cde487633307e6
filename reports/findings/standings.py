"""How does a policy stand against the baseline and the others, as far as a conclusion needs it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from augbench.reports.columns import records
from augbench.reports.formatting import is_missing
from augbench.reports.run.run import Run

Row = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """A policy's row of accuracy.csv with what else the conclusion needs of it.

    Attributes:
        row: of the table accuracy.
        blocks: how many seeds the baseline finished too.
        underfits: whether its verdict in the table overfitting is underfit.
        lost_everywhere: whether it was less accurate than the baseline in every seed.
    """

    row: Row
    blocks: int
    underfits: bool
    lost_everywhere: bool = False

    @property
    def label(self) -> str:
        """The policy."""
        return str(self.row["policy"])

    @property
    def verdict(self) -> str:
        """That of its test accuracy."""
        return str(self.row["verdict"])

    @property
    def mean(self) -> float:
        """Of its differences to the baseline, a fraction."""
        return float(self.row["delta_mean"])

    @property
    def difference(self) -> Row:
        """Mean and bounds of its difference, None where there is no interval."""
        return {
            "mean": self.mean,
            "low": or_none(self.row["delta_low"]),
            "high": or_none(self.row["delta_high"]),
        }


def standings(run: Run, accuracy: pd.DataFrame, overfitting: pd.DataFrame) -> list[Standing]:
    """How each policy stands that could be compared, in the order of the table accuracy."""
    underfit = set(overfitting.loc[overfitting["verdict"] == "underfit", "policy"])
    compared = []
    for row in records(accuracy):
        if row["verdict"] == "baseline" or is_missing(row["delta_mean"]):
            continue
        pairs = run.pairs(row["policy"], run.baseline)
        lost = all(x.accuracy < y.accuracy for x, y in pairs)
        compared.append(Standing(row, len(pairs), row["policy"] in underfit, bool(pairs) and lost))
    return compared


def fewest_seeds(standings: list[Standing]) -> int:
    """On how many seeds even the least tested of them was compared."""
    return min(standing.blocks for standing in standings)


def equal_to_best(better: list[Standing], pairs: pd.DataFrame) -> list[str]:
    """The policies whose predictions equal those of the best."""
    rows = {s.label: pair_of(pairs, better[0].label, s.label) for s in better[1:]}
    return [
        label for label, row in rows.items() if row and row["delta_low"] == 0 == row["delta_high"]
    ]


def beats(pairs: pd.DataFrame, label: str, other: str) -> bool:
    """Whether the table pairs says that `label` is better than `other`."""
    row = pair_of(pairs, label, other)
    wanted = "better" if row is not None and row["policy_a"] == label else "worse"
    return row is not None and row["verdict"] == wanted


def pair_of(pairs: pd.DataFrame, label: str, other: str) -> Row | None:
    """The row of two policies in the table pairs, None where they have none."""
    a, b = pairs["policy_a"], pairs["policy_b"]
    rows = pairs[((a == label) & (b == other)) | ((a == other) & (b == label))]
    return None if rows.empty else dict(rows.iloc[0])


def or_none(value: Any) -> Any:
    """A table's value as plain data, None where it is missing."""
    if is_missing(value):
        return None
    return value.item() if hasattr(value, "item") else value
