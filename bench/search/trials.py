"""Which trials of a search have ended, what do they say, and how long do they take?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from augbench.bench.options.search import Objective
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan
from augbench.reports.run.files import trial_folder
from augbench.reports.run.reader import read_trial
from augbench.reports.run.run import Trial
from augbench.reports.statistics.effect import Effect, paired_effect

Stage = Literal["probe", "race", "confirm"]


@dataclass(frozen=True)
class Wanted:
    """A trial of a search.

    Attributes:
        stage: what it is for: how fast this machine is, the race, or fresh seeds.
        label: of a candidate, or the baseline.
        seed: its block.
    """

    stage: Stage
    label: str
    seed: int


@dataclass
class Trials:
    """The trials of a search that have ended.

    Attributes:
        folder: where they are.
        objective: what they are judged by.
        measure: which figures of theirs count, as of ``--measure``.
        expected: seconds that one takes where none was measured; NaN where that is not known.
        ended: what each has measured.
    """

    folder: RunFolder
    objective: Objective
    measure: str
    expected: float = math.nan
    ended: dict[Wanted, Trial] = field(default_factory=dict)
    _arrays: dict[bytes, Any] = field(default_factory=dict)

    def record(self, wanted: Wanted, plan: TrialPlan) -> None:
        """Read what a trial that ended has measured."""
        place = trial_folder(self.folder.path, plan.key)
        self.ended[wanted] = read_trial(
            place, wanted.label, wanted.seed, self.measure, self._arrays
        )

    def of(self, stage: Stage) -> dict[Wanted, Trial]:
        """Return those of a stage, in the order in which they ended."""
        return {wanted: trial for wanted, trial in self.ended.items() if wanted.stage == stage}

    def figure(self, trial: Trial) -> float:
        """What a trial is judged by in the race: validation images; NaN where it failed."""
        return _figure(trial, self.objective, "validation")

    def tested(self, trial: Trial) -> float:
        """What a trial is judged by at the end: test images; NaN where it failed."""
        return _figure(trial, self.objective, "test")

    def effect(self, mine: str, other: str, seeds: Sequence[int]) -> Effect:
        """Return how much better one policy is than another on test images of fresh seeds."""
        pairs = [
            (self.ended[Wanted("confirm", mine, seed)], self.ended[Wanted("confirm", other, seed)])
            for seed in seeds
        ]
        pairs = [pair for pair in pairs if pair[0].done and pair[1].done]
        rights = [(a.test.right, b.test.right) for a, b in pairs if a.test and b.test]
        if self.objective != "accuracy" or len(rights) < len(pairs) or not pairs:
            return paired_effect([self.tested(a) - self.tested(b) for a, b in pairs])
        right_a, right_b = (np.stack(side) for side in zip(*rights, strict=True))
        return paired_effect([a.accuracy - b.accuracy for a, b in pairs], right_a, right_b)

    def seconds(self, label: str | None = None) -> float:
        """What a trial usually takes; one of a policy where it was measured, learning included."""
        took = {
            wanted: trial.number("seconds")
            for wanted, trial in self.ended.items()
            if wanted.stage != "probe" and trial.done
        }
        own = [seconds for wanted, seconds in took.items() if wanted.label == label]
        if own or took:
            return float(np.mean(own or [*took.values()]))
        return self.expected


def _figure(trial: Trial, objective: Objective, part: Literal["validation", "test"]) -> float:
    """Return the figure of a trial, larger is better; NaN where it failed."""
    if not trial.done:
        return math.nan
    if objective == "loss":
        return -trial.number(f"{part}_loss")
    if objective == "accuracy":
        return trial.number(f"{part}_accuracy")
    predicted = trial.validation if part == "validation" else trial.test
    if predicted is None:
        return math.nan
    recalls = [predicted.right[predicted.labels == k].mean() for k in np.unique(predicted.labels)]
    return float(np.mean(recalls) if objective == "balanced_accuracy" else np.min(recalls))
