"""What did the trials of each block measure, as the decision reads it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from augbench.reports.run.layout import Plan
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.decision import Block, Decision, Measured, decide
from augbench.reports.statistics.design import Design, Stage


def decision_of(run: Run) -> Decision | None:
    """What the whole blocks of a run say by its plan; None where its seeds are a fixed number."""
    if run.plan is None or run.baseline not in run.policies:
        return None
    blocks = blocks_of(run.trials, run.seeds, run.policies, run.baseline)
    return decide(blocks, run.challengers, run.baseline, design_of(run.plan, run.margin))


def design_of(plan: Plan, margin: float) -> Design:
    """The design of a plan in grid.json."""
    return Design(margin, stages=tuple(Stage(most, look) for most, look in plan.stages))


def blocks_of(
    trials: Mapping[tuple[str, int], Trial],
    seeds: Sequence[int],
    policies: Sequence[str],
    baseline: str,
) -> list[Block]:
    """What the trials measured, a block a seed; a failed trial is there with no figure.

    Args:
        trials: those that have ended, by (label, seed).
        seeds: the blocks, in order.
        policies: all of them, with the baseline.
        baseline: its label.
    """
    return [
        {
            label: _measured(trials[label, seed], trials.get((baseline, seed)))
            for label in policies
            if (label, seed) in trials
        }
        for seed in seeds
    ]


def _measured(trial: Trial, beside: Trial | None) -> Measured:
    """What a trial measured, beside the baseline's of its block."""
    if not trial.done:
        return Measured(float("nan"))
    figure, test = trial.accuracy, trial.test
    other = beside.test if beside is not None else None
    if test is None or other is None or not same_images(test, other):
        return Measured(figure)
    return Measured(figure, test.right, np.array_equal(test.predicted, other.predicted), test.paths)


def same_images(a: Predictions, b: Predictions) -> bool:
    """Whether two outcomes are of the same images in the same order, as far as is known."""
    if a.labels is not b.labels and not np.array_equal(a.labels, b.labels):
        return False
    if a.paths is None or b.paths is None or a.paths is b.paths:
        return True
    return np.array_equal(a.paths, b.paths)
