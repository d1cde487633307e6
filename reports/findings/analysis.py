"""What does a run say, as tables? Every renderer takes `Tables` and adds no number of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from augbench.reports.findings.conclusion import Conclusion, conclude
from augbench.reports.run.reader import Run
from augbench.reports.statistics.paired import (
    SEEDS_FOR_INTERVALS,
    SEEDS_FOR_P_VALUES,
    Level,
    level_of,
)
from augbench.reports.tables.accuracy import accuracy_table
from augbench.reports.tables.confusion import confusion_table
from augbench.reports.tables.cost import cost_table
from augbench.reports.tables.overfitting import overfitting_table
from augbench.reports.tables.pairs import pairs_table
from augbench.reports.tables.per_class import per_class_table
from augbench.reports.tables.seed_variance import noise_table
from augbench.reports.tables.synthetic import synthetic_notes, synthetic_table
from augbench.reports.tables.trials import Note, curves_table, trial_notes, trials_table

from augbench.errors import ReportError


@dataclass(frozen=True)
class Tables:
    """All figures of a run, unrounded; fractions, seconds, nats. Rows are in grid order.

    Whole numbers are pandas' Int64, missing values NaN or NA, texts plain objects.

    Attributes:
        run: the run as read: `run.environment`, `run.experiment`, `run.classes`, `run.trials`
            (whose `pictures()` reads a trial's pictures), `run.missing`.
        level: what an interval with the baseline may spend: `level.confidence` is the level of
            one interval, `level.alpha`, `level.comparisons`, `level.look` where it comes from.
        margin: differences up to this fraction do not matter (.01 is one point).
        pairs_margin: the same for the equivalence tests of `pairs`.
        trials: a row a stored trial, columns as in trials.csv.
        curves: a row a finished trial and epoch (from 1), as in curves.csv.
        accuracy: a row a policy, as in accuracy.csv; `verdict` baseline, better, worse,
            equivalent or inconclusive.
        overfitting: a row a policy, as in overfitting.csv; `verdict` baseline, less, more, same,
            underfit or inconclusive.
        pairs: a row a pair of policies, `delta` is a's less b's; intervals of equivalence tests.
        per_class: a row a policy and class, as in per_class.csv; exploratory.
        cost: a row a stored trial: times of its parts, memory, attempts.
        synthetic: a row a policy and seed that generated images; None where none did.
        confusion: for each policy the wrong answers it gives more often than the baseline
            (policy, true_class, predicted_class, share_mean, baseline_share_mean, delta_mean).
        noise: what single seeds would have claimed (policy, seeds, test_accuracy_sd, first_share,
            winner, overtaken_share).
        notes: remarks that no column holds, each with its table and policy ("" for all).
        conclusion: what to do, in plain words.
    """

    run: Run
    level: Level
    margin: float
    pairs_margin: float
    trials: pd.DataFrame
    curves: pd.DataFrame
    accuracy: pd.DataFrame
    overfitting: pd.DataFrame
    pairs: pd.DataFrame
    per_class: pd.DataFrame
    cost: pd.DataFrame
    synthetic: pd.DataFrame | None
    confusion: pd.DataFrame
    noise: pd.DataFrame
    notes: tuple[Note, ...]
    conclusion: Conclusion

    def frames(self) -> dict[str, pd.DataFrame | None]:
        """The tables that are files of the run folder, by name; `synthetic` may be None."""
        return {
            "trials": self.trials,
            "curves": self.curves,
            "accuracy": self.accuracy,
            "overfitting": self.overfitting,
            "pairs": self.pairs,
            "per_class": self.per_class,
            "cost": self.cost,
            "synthetic": self.synthetic,
        }

    def remarks(self, table: str, policy: str | None = None) -> list[str]:
        """The texts of the notes on a table, on one policy's row or (None) on all."""
        return [
            note.text
            for note in self.notes
            if note.table == table and (policy is None or note.policy == policy)
        ]


def tables(run: Run, margin: float | None = None, pairs_margin: float | None = None) -> Tables:
    """Compute all tables of a run.

    The level counts every policy of the grid but the baseline as a comparison, finished or not:
    a run in progress or with failures is then not judged more leniently than the whole.

    Args:
        run: what `augbench.reports.run.reader.load` read.
        margin: differences up to this fraction do not matter; the run's own by default.
        pairs_margin: the margin of equivalence between pairs; `margin` by default.

    Raises:
        ReportError: when a margin is not between 0 and 1.
    """
    margin = run.margin if margin is None else margin
    pairs_margin = margin if pairs_margin is None else pairs_margin
    for value in (margin, pairs_margin):
        if not 0.0 < value < 1.0:
            raise ReportError(
                f"a margin is a fraction between 0 and 1 (.01 is one point), not {value}"
            )
    level = level_of(run.seeds, run.looks, len(run.challengers))
    accuracy, accuracy_notes = accuracy_table(run, level, margin)
    verdicts = dict(zip(accuracy["policy"], accuracy["verdict"], strict=True))
    overfitting, overfitting_notes = overfitting_table(run, level, margin, verdicts)
    pairs, pair_notes = pairs_table(run, level.alpha, pairs_margin)
    per_class, class_notes = per_class_table(run, level.alpha, margin)
    synthetic = synthetic_table(run)
    notes = [
        *trial_notes(run),
        Note("accuracy", "", level_text(level)),
        *accuracy_notes,
        *overfitting_notes,
        *pair_notes,
        *class_notes,
        *synthetic_notes(synthetic),
    ]
    return Tables(
        run=run,
        level=level,
        margin=margin,
        pairs_margin=pairs_margin,
        trials=trials_table(run),
        curves=curves_table(run),
        accuracy=accuracy,
        overfitting=overfitting,
        pairs=pairs,
        per_class=per_class,
        cost=cost_table(run),
        synthetic=synthetic,
        confusion=confusion_table(run),
        noise=noise_table(run),
        notes=tuple(notes),
        conclusion=conclude(run, accuracy, overfitting, pairs, per_class, margin),
    )


def level_text(level: Level) -> str:
    """Where the level of the intervals comes from, in a sentence."""
    share = f", shared by {level.comparisons} comparisons" if level.comparisons > 1 else ""
    look = f"look {level.look} at this run spends {100 * level.alpha:g} % of error{share}"
    return (
        f"intervals at {100 * level.confidence:.4g} % ({look}); intervals from "
        f"{SEEDS_FOR_INTERVALS} seeds on, p-values from {SEEDS_FOR_P_VALUES}"
    )
