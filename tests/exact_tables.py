"""Tables of a run as they were written, whichever pandas reads them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pandas as pd


def exact_table(file: Path) -> pd.DataFrame:
    """Return a table whose figures are read to their last digit; empty cells are NaN."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    for name in table:
        with contextlib.suppress(ValueError):
            table[name] = [float(cell or "nan") for cell in table[name]]
    return table
