"""What does the time that is left afford: how many trials, for what?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from augbench.bench.search.confirming import seeds_to_confirm
from augbench.bench.search.ledger import Ledger
from augbench.bench.search.pace import WANTED_TRIALS
from augbench.bench.search.trials import Trials
from augbench.policies.expression import BASELINE

#: part of the budget that writing the answer may take, at least so many seconds
WRITING = 0.01
WRITING_SECONDS = 4.0
#: a trial's share of time that passes between trials
BETWEEN = 1.04


@dataclass(frozen=True)
class TimeLeft:
    """What is left of the budget, counted in trials.

    Attributes:
        ledger: knows the seconds.
        trials: know what a trial takes.
        jobs: trials at a time.
    """

    ledger: Ledger
    trials: Trials
    jobs: int

    @property
    def seconds(self) -> float:
        """What is left, but for what writing the answer takes."""
        return self.ledger.left - max(WRITING_SECONDS, WRITING * self.ledger.budget)

    @property
    def in_trials(self) -> int:
        """How many trials fit in."""
        seconds = self.trials.seconds() * BETWEEN / self.jobs
        return max(0, int(self.seconds / seconds))

    @property
    def expected_trials(self) -> int:
        """How many trials there will be in all, as far as can be told."""
        seconds = self.trials.seconds()
        if math.isnan(seconds):
            return 2 * self.jobs + WANTED_TRIALS
        return len(self.trials.ended) + int(max(0.0, self.ledger.left) * self.jobs / seconds)

    def affords_one_of_each(self, policies: Sequence[str]) -> bool:
        """Whether a trial of each of these fits in."""
        seconds = sum(map(self.trials.seconds, policies)) * BETWEEN / self.jobs
        return self.seconds >= seconds

    def to_race(self, winner: str) -> int:
        """How many trials may race from now on, beside those that confirm the winner so far."""
        raced = len(self.trials.of("race"))
        left = self.in_trials + max(0, self.ledger.raced - raced)
        pair = self.trials.seconds(BASELINE) + self.trials.seconds(winner)
        confirming = seeds_to_confirm(raced + left, 2) * pair / self.trials.seconds()
        return max(0, left - round(confirming))
