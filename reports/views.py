"""What do people see of a table: which columns, under which heading, written how?

The page, the Markdown file and the terminal show the same views of the same tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from augbench.reports.columns import (
    COUNT,
    MEGABYTES,
    NUMBER,
    RATE,
    SECONDS,
    TEXT,
    Column,
    Quantity,
    Table,
)
from augbench.reports.formatting import exact, interval, shown

VERDICT_SIGNS = {
    "baseline": "◆",
    "better": "▲",
    "worse": "▼",
    "equivalent": "=",
    "inconclusive": "?",
    "less": "▲",
    "more": "▼",
    "same": "=",
    "underfit": "▼",
    "harmed": "▼",
    "helped": "▲",
}
# How a further column is written, of which a table knows the name alone.
_BY_ENDING = (("seconds", SECONDS), ("_per_second", RATE), ("_mb", MEGABYTES))


@dataclass(frozen=True)
class ShownValue:
    """A value for people: its text, and the exact values that the text rounds.

    Attributes:
        text: for reading.
        values: ("file.column", the value with all digits), one or two of them.
        rounding: as its column's.
    """

    text: str
    values: tuple[tuple[str, str], ...]
    rounding: str

    @property
    def number(self) -> float:
        """The exact value of a single number."""
        return float(self.values[0][1])


@dataclass(frozen=True)
class View:
    """A table as people see it: its columns that have values, and its rows."""

    table: Table
    columns: tuple[Column, ...]
    rows: tuple[tuple[ShownValue, ...], ...]
    left_out: int = 0


def view(
    table: Table, frame: pd.DataFrame, limit: int | None = None, drop: Iterable[str] = ()
) -> View:
    """A table for people.

    Args:
        table: which.
        frame: its rows, in the order wanted.
        limit: rows at most; the first ones are kept.
        drop: names of columns to leave out.

    Returns:
        The view; `left_out` counts the rows over the limit. Columns without a single value are
        left out too, but for the first and the verdict.
    """
    dropped = set(drop)
    columns = tuple(
        column
        for column in _columns_in(table, frame)
        if not dropped.intersection(column.keys) and (frame.empty or _has_values(column, frame))
    )
    first_rows = frame if limit is None else frame.head(limit)
    rows = tuple(
        tuple(shown_value(table, column, row) for column in columns)
        for row in first_rows.to_dict("records")
    )
    return View(table, columns, rows, len(frame) - len(first_rows))


def shown_value(table: Table, column: Column | str, row: Mapping[Any, Any]) -> ShownValue:
    """What one row of a table has in a column, or in the range that begins with it."""
    if isinstance(column, str):
        column = table.by_name[column]
    file = column.file or table.name
    values = tuple((f"{file}.{key}", exact(row[key])) for key in column.keys)
    if column.high:
        text = interval(row[column.name], row[column.high], column.rounding)
    else:
        text = shown(row[column.name], column.rounding)
    return ShownValue(text, values, column.rounding)


def _columns_in(table: Table, frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns for people that the frame has."""
    has = set(frame.columns)
    declared = tuple(column for column in table.shown() if has.issuperset(column.keys))
    if table.further != "shown":
        return declared
    others = [str(name) for name in frame.columns if name not in table.by_name]
    return (*declared, *(Column(name, _likely(name, frame[name])) for name in others))


def _has_values(column: Column, frame: pd.DataFrame) -> bool:
    if column.rounding == "verdict" or column.name == frame.columns[0]:
        return True
    return any(exact(value) != "" for key in column.keys for value in frame[key])


def _likely(name: str, values: pd.Series) -> Quantity:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return TEXT
    for ending, quantity in _BY_ENDING:
        if name.endswith(ending):
            return quantity
    known = values.dropna()
    return COUNT if bool((known == known.round()).all()) else NUMBER


def files_of(shown: View) -> list[str]:
    """The tables whose files have the values of a view, its own first."""
    return list(dict.fromkeys(column.file or shown.table.name for column in shown.columns))


def settled_first(frame: pd.DataFrame) -> pd.DataFrame:
    """A table's rows with those that are not settled at the end, else in the order they have."""
    return frame.sort_values(
        "verdict", key=lambda verdicts: verdicts == "inconclusive", kind="stable"
    )


def best_first(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The table accuracy in the order of its means, the highest first; what has none is last."""
    return accuracy.sort_values(
        "test_accuracy_mean", ascending=False, kind="stable", na_position="last"
    )


def balanced_columns(balanced: bool) -> tuple[str, ...]:
    """The columns to leave out where classes are of one size: then they say what accuracy says."""
    names = ("balanced_accuracy", "balanced_accuracy_mean", "balanced_accuracy_delta")
    return (*names, "macro_f1", "macro_f1_mean", "macro_f1_delta") if balanced else ()
