"""What is a table of a run made from, and by what?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from augbench.reports.columns import Table
from augbench.reports.run.run import Run
from augbench.reports.statistics.level import Level

from augbench.findings import Finding


@dataclass(frozen=True)
class Basis:
    """What every table of a run is computed from.

    Attributes:
        run: the run as read.
        level: what an interval with the baseline may spend.
        margin: differences up to this fraction do not matter.
        before: the tables that stand before it in the registry, by name; None where the run has
            no such table.
    """

    run: Run
    level: Level
    margin: float
    before: Mapping[str, pd.DataFrame | None] = field(default_factory=dict)


Built = tuple[pd.DataFrame | None, list[Finding]]


@dataclass(frozen=True)
class RunTable:
    """A table that every run has.

    Attributes:
        table: its name and columns.
        build: makes its frame, None where the run has no such table, and what else must be said
            of it.
    """

    table: Table
    build: Callable[[Basis], Built]
