"""Which trial is next, which is tried again, and when has one failed for good?

Knows nothing of where trials run: an executor asks for the next one and tells how it went.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence

from augbench.bench.executors import Outcome
from augbench.bench.executors.worker import Answer
from augbench.bench.trial.trial import TrialPlan

ATTEMPTS = 2
#: how often a trial is begun again whose machine was lost under it
MOST_LOSSES = 10


class Queue:
    """The plans of a run, each waiting, running or ended; they are called by their numbers.

    Trials of one artefact key (a GAN that they share) wait for the first of them while there is
    other work, so that it is learnt once. A trial that fails is tried once more, before others; one
    whose machine was lost has not failed.
    """

    def __init__(self, plans: Sequence[TrialPlan]) -> None:
        self.plans: list[TrialPlan] = []
        self.attempts: list[int] = []
        self._losses: list[int] = []
        self._waiting: deque[int] = deque()
        self._running: set[int] = set()
        self._at_work: Counter[str] = Counter()  # how many run, by artefact key
        self._learnt = {""}
        self.add(plans)

    def add(self, plans: Sequence[TrialPlan]) -> None:
        """Let further trials wait, after those that wait already.

        Of a block, those that learn something go first: they take longest.
        """
        place = {seed: at for at, seed in enumerate(dict.fromkeys(plan.seed for plan in plans))}
        plans = sorted(plans, key=lambda plan: (place[plan.seed], not plan.artefact_key))
        self._waiting.extend(range(len(self.plans), len(self.plans) + len(plans)))
        self.plans += plans
        self.attempts += [0] * len(plans)
        self._losses += [0] * len(plans)

    @property
    def done(self) -> bool:
        """Whether every trial has ended."""
        return not self._waiting and not self._running

    @property
    def waiting(self) -> int:
        """How many trials wait, for a worker or for what a running one learns."""
        return len(self._waiting)

    def next(self, fits: Callable[[TrialPlan], bool] = lambda plan: True) -> int | None:
        """Return the trial to start now, counted as running from here on.

        None where no trial waits that ``fits``, or all those need what a running one learns.
        """
        for number in self._waiting:
            plan = self.plans[number]
            learning = self._at_work[plan.artefact_key] and plan.artefact_key not in self._learnt
            if not learning and fits(plan):
                self._waiting.remove(number)
                self._running.add(number)
                self._at_work[plan.artefact_key] += 1
                self.attempts[number] += 1
                return number
        return None

    def ended(self, number: int, answer: Answer) -> Outcome | None:
        """Count a running trial as ended; return its outcome, or None where it is tried again."""
        self._running.remove(number)
        self._at_work[self.plans[number].artefact_key] -= 1
        self._losses[number] += answer.lost
        tries, losses = self.attempts[number] - self._losses[number], self._losses[number]
        if not answer.done and answer.again and tries < ATTEMPTS and losses <= MOST_LOSSES:
            self._waiting.appendleft(number)
            return None
        plan = self.plans[number]
        self._learnt.add(plan.artefact_key)
        return Outcome(
            plan,
            "done" if answer.done else "failed",
            answer.seconds,
            self.attempts[number],
            answer.error,
        )
