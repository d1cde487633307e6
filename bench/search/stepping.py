"""Which trials does an executor get next? One step of the search after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from augbench.bench.executors import Outcome
from augbench.bench.run.experiment import failed_result
from augbench.bench.search.trials import Trials, Wanted
from augbench.bench.trial.trial import TrialPlan


class Stepping:
    """Gives an executor one step after the other; ahead of time, what is needed in any case.

    Attributes:
        complete: whether no step is left.
    """

    def __init__(
        self,
        steps: Iterator[list[Wanted]],
        trials: Trials,
        plan: Callable[[Wanted], TrialPlan],
        sure_to_come: Callable[[], Sequence[Wanted]],
    ) -> None:
        """Begin.

        Args:
            steps: each is the trials that are wanted next; it is asked for once those have ended.
            trials: what ended is recorded there.
            plan: the plan of a trial.
            sure_to_come: by now, what a later step will want whatever the trials say.
        """
        self._steps, self._trials = steps, trials
        self._plan, self._sure_to_come = plan, sure_to_come
        self._waiting: dict[str, Wanted] = {}
        self._ahead: dict[str, Wanted] = {}
        self.complete = False

    def more(self) -> list[TrialPlan]:
        """The missing trials of the next step, once those of the last one have ended."""
        if self._waiting:
            return self._idle()
        while not self._waiting and not self.complete:
            try:
                wanted = next(self._steps)
            except StopIteration:
                self.complete = True
                break
            todo = []
            for trial in wanted:
                plan = self._plan(trial)
                if self._done(plan):
                    self._trials.record(trial, plan)
                    continue
                self._waiting[plan.key] = trial
                if self._ahead.pop(plan.key, None) is None:
                    todo.append(plan)
            if todo or self._waiting:
                return todo
        return []

    def _idle(self) -> list[TrialPlan]:
        """A trial that is sure to come, while others of a step still run."""
        if self._ahead:
            return []
        for trial in self._sure_to_come():
            plan = self._plan(trial)
            if not self._done(plan):
                self._ahead[plan.key] = trial
                return [plan]
        return []

    def _done(self, plan: TrialPlan) -> bool:
        return self._trials.folder.status(plan) == "done"

    def ended(self, outcome: Outcome) -> None:
        """Count a trial that has ended, done or failed."""
        if outcome.status == "failed":
            self._trials.folder.keep(outcome.plan, failed_result(outcome))
        key = outcome.plan.key
        wanted = self._waiting.pop(key, None) or self._ahead.pop(key)
        self._trials.record(wanted, outcome.plan)
