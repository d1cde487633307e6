"""What is test accuracy here, and what would averaged weights make of the policies?"""

from __future__ import annotations

import numpy as np
from augbench.reports.run.layout import NOT_MEASURED
from augbench.reports.run.run import Run, Trial
from augbench.reports.statistics.effect import paired_effect
from augbench.reports.statistics.level import ALPHA, Level
from augbench.reports.tables.accuracy import AVERAGED, averaged_delta

from augbench.findings import Finding


def what_is_measured(run: Run) -> list[Finding]:
    """Of which weights the figures are, and at how many points near the end of training.

    No finding where no trial has both predictions and a number of epochs.
    """
    for trial in run.stored():
        if trial.test is not None and trial.record.get("epochs"):
            each = (trial.test.predicted != NOT_MEASURED).sum(axis=0)
            figures = {
                "measure": run.measure,
                "epochs": trial.record["epochs"],
                "points": len(trial.test.predicted),
                "points_an_image": int(each.max()),
            }
            return [Finding("what-is-measured", figures, table="accuracy")]
    return []


def averaging_weights(run: Run, level: Level, margin: float) -> list[Finding]:
    """What averaging the weights is worth, and to which policies more or less than to others.

    Said where it matters: the baseline gains more than the margin, with an interval at `ALPHA`
    above 0; or what a policy is worth changes, by an interval at the run's level that excludes 0.

    Args:
        run: the run; where its measure is that of averaged weights there is nothing to say.
        level: the level that all comparisons with the baseline share.
        margin: differences up to this fraction do not matter.
    """
    if run.measure == "averaged":
        return []
    worth = paired_effect([_gain(trial) for trial in run.done(run.baseline)])
    matters = worth.mean >= margin and worth.interval(Level(ALPHA))[0] > 0
    changed = []
    for label in run.challengers:
        pairs = run.pairs(label, run.baseline)
        low, high = paired_effect([_gain(x) - _gain(y) for x, y in pairs]).interval(level)
        if low > 0 or high < 0:
            now = float(np.mean([x.accuracy - y.accuracy for x, y in pairs]))
            changed.append([label, averaged_delta(run, label), now])
    if not (matters or changed):
        return []
    figures = {"baseline": run.baseline, "worth": worth.mean, "changed": changed}
    return [Finding("averaged-weights", figures, table="accuracy")]


def _gain(trial: Trial) -> float:
    """What averaging the weights of a trial adds to its accuracy."""
    return trial.number(AVERAGED) - trial.accuracy
