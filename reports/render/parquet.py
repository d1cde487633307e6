"""How do tables become Parquet files, with the types that their columns mean?"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
from augbench.reports.formatting import exact, is_missing


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """A table as one Parquet file; the same table always gives the same bytes.

    Whole numbers are nullable int64, other numbers float64, texts strings, missing values null.
    A column that mixes kinds is written as texts, as it stands in the CSV file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {str(name): pa.array(*_typed(frame[name])) for name in frame.columns}
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _typed(column: pd.Series) -> tuple[list[Any], Any]:
    """A column's values as Python's own, None where missing, and its Arrow type."""
    items = [getattr(value, "item", lambda value=value: value)() for value in column]
    known = [value for value in items if not _absent(value)]
    kind, make = _kind(column, known)
    return [None if _absent(value) else make(value) for value in items], kind


def _kind(column: pd.Series, known: list[Any]) -> tuple[Any, Callable[[Any], Any]]:
    """The Arrow type of a column, by its own type or else by those of its known values."""
    import pyarrow as pa

    types = {type(value) for value in known}
    if pd.api.types.is_integer_dtype(column.dtype) or types == {int}:
        return pa.int64(), int
    if pd.api.types.is_float_dtype(column.dtype) or (types and types <= {int, float}):
        return pa.float64(), float
    if pd.api.types.is_bool_dtype(column.dtype) or types == {bool}:
        return pa.bool_(), bool
    return pa.string(), _text


def _absent(value: object) -> bool:
    return not isinstance(value, str) and is_missing(value)


def _text(value: object) -> str:
    text = value if isinstance(value, str) else exact(value)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")
