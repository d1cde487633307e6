"""How do the tables of a run become files, one a table?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from augbench import csv_text
from augbench.files import write_whole


def as_csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV.

    Fields with commas, quotes or line breaks are quoted as in RFC 4180; lines end with a single
    line feed, which the usual tools of a shell expect. Floats have the fewest digits that read
    back as the same float; a missing value is an empty field. A text that a spreadsheet would run
    is guarded, as `augbench.csv_text` says.

    Returns:
        The text, header included, even when the table has no rows.
    """
    columns = [
        ["" if missing else cell for cell, missing in zip(column, column.isna(), strict=True)]
        for column in (frame[name] for name in frame.columns)
    ]
    return csv_text.write([frame.columns, *zip(*columns, strict=True)])


def write_tables(
    frames: Mapping[str, pd.DataFrame | None],
    folder: Path,
    suffix: str,
    content: Callable[[pd.DataFrame], str | bytes],
) -> list[Path]:
    """Write every table as a file of its name, whole or not at all.

    Args:
        frames: the tables by name; where one is None the run has no such table, and an old file of
            that name is removed, since it would belong to another grid.
        folder: where to.
        suffix: of the files, such as ".csv".
        content: what a file holds.

    Returns:
        The files written, in the order of the tables.
    """
    written = []
    for name, frame in frames.items():
        path = folder / f"{name}{suffix}"
        if frame is None:
            path.unlink(missing_ok=True)
        else:
            written.append(write_whole(path, content(frame)))
    return written
