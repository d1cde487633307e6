"""What is a column of a table: its type, its unit, its heading, how it is written, what it means?

A table is declared once, as a `Table` of `Column`s. The types of its frame, the order of its file,
its views, its place in Parquet and in the JSON Schema follow from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import pandas as pd


@dataclass(frozen=True)
class Quantity:
    """What kind of thing a column holds.

    Attributes:
        dtype: of the frame: texts are plain objects, whole numbers pandas' Int64 (NA is missing),
            other numbers float64 (NaN is missing), flags bool.
        unit: of the numbers in the frame and in files; "" where they have none.
        rounding: how a value is written for people, one of `augbench.reports.formatting.KINDS`.
        least: no value is smaller; None where there is no bound.
        most: no value is larger; None where there is no bound.
    """

    dtype: Literal["text", "whole", "float", "flag"]
    unit: str
    rounding: str
    least: float | None = None
    most: float | None = None


TEXT = Quantity("text", "", "text")
VERDICT = Quantity("text", "", "verdict")
STATUS = Quantity("text", "", "status")
FLAG = Quantity("flag", "", "text")
COUNT = Quantity("whole", "", "count")
SHARE = Quantity("float", "share", "percent", 0, 1)
DIFFERENCE = Quantity("float", "difference of shares", "points")
SPREAD = Quantity("float", "fraction", "gap")
SMALL_SHARE = Quantity("float", "share", "gap", 0, 1)
P_VALUE = Quantity("float", "probability", "p", 0, 1)
LOSS = Quantity("float", "nats", "number")
SECONDS = Quantity("float", "seconds", "seconds")
RATE = Quantity("float", "images per second", "rate")
MEGABYTES = Quantity("float", "MB", "megabytes")
NUMBER = Quantity("float", "", "number")


@dataclass(frozen=True)
class Column:
    """One column of a table, or, for people, two of them as a range.

    Attributes:
        name: in the frame and in files.
        quantity: its type, unit and rounding.
        heading: what stands above it for people; its name in words where nothing is given.
        help: what it means, in a short sentence; "" where the heading says it.
        values: the only texts that it can hold; none where it can hold any.
        always: whether every row has a value.
        recorded: whether the table has it only where a trial recorded it.
        high: the column with the other end, where people see the two as a range.
        file: the table whose file has the values; "" for the column's own table.
    """

    name: str
    quantity: Quantity = TEXT
    heading: str = ""
    help: str = ""
    values: tuple[str, ...] = ()
    always: bool = False
    recorded: bool = False
    high: str = ""
    file: str = ""

    @property
    def title(self) -> str:
        """What stands above it for people."""
        return self.heading or self.name.replace("_", " ")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the frame that people see under this heading, one or two."""
        return (self.name, self.high) if self.high else (self.name,)

    @property
    def rounding(self) -> str:
        """How a value is written for people."""
        return self.quantity.rounding

    @property
    def is_text(self) -> bool:
        """Whether it reads from the left and sorts by letters."""
        return self.quantity.dtype in ("text", "flag")


@dataclass(frozen=True)
class Table:
    """What a table is called and which columns it has.

    Attributes:
        name: of its files (NAME.csv, NAME.parquet) and in summary.json.
        title: its heading, where it has a section of its own.
        about: what a row is, and what else its reader must know; in the JSON Schema.
        columns: in the order of its files.
        order: names of the columns that people see, in their order; all of them where none is
            given. The far end of a range comes with the near end.
        further: whether a trial's record may bring further columns: no; yes, in files alone; yes,
            and people see them too.
        optional: whether a run may have no such table.
        most_rows: how many rows the page has room for; None for all.
    """

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    order: tuple[str, ...] = ()
    further: Literal["no", "in files", "shown"] = "no"
    optional: bool = False
    most_rows: int | None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns, in the order of the files."""
        return [column.name for column in self.columns]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str, **changes: Any) -> Column:
        """The column of this name, for another table to show with some of its facts changed.

        Raises:
            KeyError: when the table has no such column.
        """
        return replace(self.by_name[name], **{"file": self.name, **changes})

    def shown(self) -> tuple[Column, ...]:
        """The columns that people see, in their order."""
        if self.order:
            return tuple(self.by_name[name] for name in self.order)
        ends = {column.high for column in self.columns}
        return tuple(column for column in self.columns if column.name not in ends)

    def frame(
        self, rows: Iterable[Mapping[str, Any]] | pd.DataFrame, further: Iterable[str] = ()
    ) -> pd.DataFrame:
        """A frame with exactly the table's columns, typed as they say.

        Args:
            rows: a mapping or row each; what a row lacks is missing.
            further: names of more columns, of numbers, that follow.
        """
        columns = [*self.columns, *(Column(name, NUMBER) for name in further)]
        names = [column.name for column in columns]
        if isinstance(rows, pd.DataFrame):
            frame = rows.reindex(columns=names)
        else:
            # As objects first: pandas' own texts refuse a file name in another encoding.
            frame = pd.DataFrame(list(rows), columns=names, dtype=object)
        for column in columns:
            frame[column.name] = _typed(frame[column.name], column.quantity.dtype)
        return frame


def _typed(values: pd.Series, dtype: str) -> pd.Series:
    if dtype == "whole":
        return pd.to_numeric(values).astype("Int64")
    if dtype == "float":
        return pd.to_numeric(values).astype("float64")
    return values.astype(bool if dtype == "flag" else object)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each a dictionary by column."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
