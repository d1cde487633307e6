"""What `augbench.compare` returns: a run with its tables, which shows itself."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from augbench.reports.findings.analysis import Tables

TERMINAL_WIDTH = 100


@dataclass(frozen=True, repr=False)
class Result:
    """A run, as its reports have it. Tables are those of the CSV files, unrounded.

    Attributes:
        folder: the run folder.
        tables: all figures of the run, with their notes.
    """

    folder: Path
    tables: Tables

    @property
    def conclusion(self) -> str:
        """What to do, in plain words."""
        return self.tables.conclusion.sentence

    @property
    def report(self) -> Path:
        """The page for a browser."""
        return self.folder / "report.html"

    @property
    def accuracy(self) -> pd.DataFrame:
        """A row a policy, as in accuracy.csv: means, difference to the baseline, verdict."""
        return self.tables.accuracy

    @property
    def overfitting(self) -> pd.DataFrame:
        """A row a policy, as in overfitting.csv: gap, divergence, calibration, verdict."""
        return self.tables.overfitting

    @property
    def trials(self) -> pd.DataFrame:
        """A row a trial, as in trials.csv; failed ones have their reason in ``error``."""
        return self.tables.trials

    @property
    def curves(self) -> pd.DataFrame:
        """A row a trial and epoch, as in curves.csv."""
        return self.tables.curves

    @property
    def pairs(self) -> pd.DataFrame:
        """A row a pair of policies, as in pairs.csv: tests of equivalence."""
        return self.tables.pairs

    @property
    def per_class(self) -> pd.DataFrame:
        """A row a policy and class, as in per_class.csv."""
        return self.tables.per_class

    @property
    def cost(self) -> pd.DataFrame:
        """A row a trial, as in cost.csv: times of its parts, memory, attempts."""
        return self.tables.cost

    @property
    def synthetic(self) -> pd.DataFrame | None:
        """A row a policy and seed that generated images, as in synthetic.csv; None without any."""
        return self.tables.synthetic

    def __repr__(self) -> str:
        """The text that the command line ends with."""
        from augbench.reports.render.terminal import print_tables
        from rich.console import Console

        text = io.StringIO()
        print_tables(
            self.tables,
            Console(file=text, width=TERMINAL_WIDTH, color_system=None, force_jupyter=False),
        )
        return f"{text.getvalue().strip()}\n\n{self.report}"

    def _repr_html_(self) -> str:
        """What a notebook shows: conclusion, chart and table of accuracy; names stay text."""
        from augbench.reports.render.notebook import html

        return html(self.tables, self.report)


def load(folder: str | os.PathLike[str]) -> Result:
    """Return the result of a run folder, without training, data or policies; write nothing.

    Raises:
        ReportError: when the folder is no run, or a stored file cannot be read.
    """
    from augbench.reports.findings.analysis import tables
    from augbench.reports.run.reader import load as read

    return Result(Path(folder), tables(read(Path(folder))))
