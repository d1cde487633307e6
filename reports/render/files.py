"""How do tables become files that are whole or not there at all?"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

# The files of a run folder, in the order in which people read them.
CSV_TABLES = (
    "trials",
    "curves",
    "accuracy",
    "overfitting",
    "pairs",
    "per_class",
    "cost",
    "synthetic",
    "confusion",
    "noise",
)


def csv_text(frame: pd.DataFrame) -> str:
    """Writes a table as CSV.

    Fields with commas, quotes or line breaks are quoted as in RFC 4180; lines end with a single
    line feed, which the usual tools of a shell expect. Floats have the fewest digits that read
    back as the same float; a missing value is an empty field.

    Returns:
        The text, header included, even when the table has no rows.
    """
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return text.getvalue()


def write_whole(path: Path, text: str) -> Path:
    r"""Writes a UTF-8 file beside its place and renames it: a reader never sees half of it.

    What UTF-8 has no bytes for (parts of file names in another encoding) is written as \udcxx.
    Line breaks are written as they stand in the text.
    """
    return write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Writes a file beside its place and renames it: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def write_csv(
    tables: Mapping[str, pd.DataFrame | None], folder: Path, names: tuple[str, ...] = CSV_TABLES
) -> list[Path]:
    """Writes every table that a folder has as NAME.csv.

    Args:
        tables: table name → table; a table that is None or absent does not apply to this run,
            and an old file of that name is removed, since it would belong to another grid.
        folder: the run folder.
        names: the tables that the folder may have, in order.

    Returns:
        The files written, in the order of `names`.
    """
    written = []
    for name in names:
        path = folder / f"{name}.csv"
        frame = tables.get(name)
        if frame is None:
            path.unlink(missing_ok=True)
        else:
            written.append(write_whole(path, csv_text(frame)))
    return written
