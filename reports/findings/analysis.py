"""What does a run say, as tables? Every renderer takes `Tables` and adds no number of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from augbench.reports.findings.conclusion import Conclusion, conclude
from augbench.reports.findings.measured import averaging_weights, what_is_measured
from augbench.reports.findings.wording import words
from augbench.reports.run.measured import decision_of, design_of
from augbench.reports.run.run import Run
from augbench.reports.statistics.level import Level, level_of
from augbench.reports.tables import registry
from augbench.reports.tables.run_table import Basis

from augbench.findings import Finding


@dataclass(frozen=True)
class Tables:
    """All figures of a run, unrounded; fractions, seconds, nats. Rows are in grid order.

    Whole numbers are pandas' Int64, missing values NaN or NA, texts plain objects. The columns of
    each table, with their units, are declared in `augbench.reports.tables`.

    Attributes:
        run: the run as read: `run.environment`, `run.experiment`, `run.classes`, `run.trials`
            (whose `pictures()` reads a trial's pictures), `run.missing`.
        level: what an interval with the baseline may spend: `level.confidence` is the level of
            one interval, `level.alpha`, `level.comparisons`, `level.look` where it comes from.
        margin: differences up to this fraction do not matter (.01 is one point).
        frames: every table by name, in the order of the registry; None where the run has no such
            table.
        findings: what no column holds, each with its table and policy ("" for all).
        conclusion: what to do, in plain words.
    """

    run: Run
    level: Level
    margin: float
    frames: Mapping[str, pd.DataFrame | None]
    findings: tuple[Finding, ...]
    conclusion: Conclusion

    @property
    def trials(self) -> pd.DataFrame:
        """A row a stored trial, as in trials.csv."""
        return self._frame("trials")

    @property
    def curves(self) -> pd.DataFrame:
        """A row a finished trial and epoch (from 1), as in curves.csv."""
        return self._frame("curves")

    @property
    def accuracy(self) -> pd.DataFrame:
        """A row a policy, as in accuracy.csv."""
        return self._frame("accuracy")

    @property
    def overfitting(self) -> pd.DataFrame:
        """A row a policy, as in overfitting.csv."""
        return self._frame("overfitting")

    @property
    def pairs(self) -> pd.DataFrame:
        """A row a pair of policies, `delta` is a's less b's; intervals of equivalence tests."""
        return self._frame("pairs")

    @property
    def per_class(self) -> pd.DataFrame:
        """A row a policy and class, as in per_class.csv; exploratory."""
        return self._frame("per_class")

    @property
    def cost(self) -> pd.DataFrame:
        """A row a stored trial: times of its parts, memory, attempts."""
        return self._frame("cost")

    @property
    def synthetic(self) -> pd.DataFrame | None:
        """A row a policy and seed that generated images; None where none did."""
        return self.frames["synthetic"]

    @property
    def confusion(self) -> pd.DataFrame:
        """For each policy the wrong answers that it gives more often than the baseline."""
        return self._frame("confusion")

    @property
    def seed_variance(self) -> pd.DataFrame:
        """What single seeds would have claimed, as in noise.csv."""
        return self._frame("noise")

    def _frame(self, name: str) -> pd.DataFrame:
        return _frame_of(self.frames, name)

    def findings_of(self, table: str) -> list[Finding]:
        """What must be said of a table."""
        return [finding for finding in self.findings if finding.table == table]

    def remarks(self, table: str) -> list[str]:
        """What must be said of all rows of a table, in words."""
        return [words(finding) for finding in self.findings_of(table) if not finding.policy]


def tables(run: Run) -> Tables:
    """Compute all tables of a run.

    The level counts every policy of the grid but the baseline as a comparison, finished or not:
    a run in progress or with failures is then not judged more leniently than the whole.

    Args:
        run: what `augbench.reports.run.reader.load` read.
    """
    level = _level(run)
    frames: dict[str, pd.DataFrame | None] = {}
    findings = [*what_is_measured(run), *averaging_weights(run, level, run.margin)]
    for entry in registry.TABLES:
        frame, of_table = entry.build(Basis(run, level, run.margin, dict(frames)))
        frames[entry.table.name] = frame
        findings += of_table
    decisive = ("accuracy", "overfitting", "pairs", "per_class")
    conclusion = conclude(run, *(_frame_of(frames, name) for name in decisive))
    return Tables(run, level, run.margin, frames, tuple(findings), conclusion)


def _level(run: Run) -> Level:
    """The level of the tables: that of the last look where the grid grew by a plan."""
    decision = decision_of(run)
    if decision is None or run.plan is None:
        return level_of(run.seeds, run.looks, len(run.challengers))
    design = design_of(run.plan, run.margin)
    return design.level(max(decision.looked, design.first), len(run.challengers))


def _frame_of(frames: Mapping[str, pd.DataFrame | None], name: str) -> pd.DataFrame:
    frame = frames[name]
    if frame is None:
        raise KeyError(f"the run has no table {name}")
    return frame
