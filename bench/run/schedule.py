"""Which trials come next? All of a fixed grid at once, or block by block until all is settled.

A schedule is asked by the executor whenever a worker is idle. What it answers depends on results
alone, not on their order, on ``--jobs`` or on interruptions; where a budget ends a run, that is
recorded and holds for the same command from then on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from augbench.bench.executors import Outcome
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan
from augbench.reports.run.files import trial_folder
from augbench.reports.run.measured import blocks_of
from augbench.reports.run.reader import read_trial
from augbench.reports.run.run import Trial
from augbench.reports.statistics.decision import Decision, decide
from augbench.reports.statistics.design import Design

Cell = tuple[str, int]
#: of (trials that have ended, seeds, policies, baseline, design), what they say
Decide = Callable[
    [Mapping[Cell, Trial], Sequence[int], Sequence[str], str, Design],
    Decision,
]


def which_differ(
    trials: Mapping[Cell, Trial],
    seeds: Sequence[int],
    policies: Sequence[str],
    baseline: str,
    design: Design,
) -> Decision:
    """Say which policies differ from the baseline, as `compare` asks."""
    challengers = [label for label in policies if label != baseline]
    return decide(blocks_of(trials, seeds, policies, baseline), challengers, baseline, design)


class AllAtOnce:
    """The trials of a grid of fixed seeds that are missing."""

    complete = False  # the executor sees its end

    def __init__(self, missing: Sequence[TrialPlan]) -> None:
        self._missing = list(missing)

    def more(self) -> list[TrialPlan]:
        """All of them, once."""
        given, self._missing = self._missing, []
        return given

    def ended(self, outcome: Outcome) -> None:
        """Nothing follows from it."""


class BlockByBlock:
    """Blocks of trials, one more as long as a policy is open.

    Attributes:
        decision: what the whole blocks say.
        stopped: the number of blocks at which the budget ended it; None where it did not.
    """

    def __init__(
        self,
        plans: Sequence[TrialPlan],
        folder: RunFolder,
        baseline: str,
        design: Design,
        most: int,
        *,
        jobs: int,
        budget: float | None = None,
        stopped: int | None = None,
        on_growth: Callable[[BlockByBlock], None] = lambda schedule: None,
        clock: Callable[[], float] = time.monotonic,
        decide: Decide = which_differ,
    ) -> None:
        """Begin where the recorded trials are.

        Args:
            plans: of all blocks that may come, seeds outermost.
            folder: where trials are recorded; those that failed are tried again.
            baseline: the label of the baseline.
            design: when it looks.
            most: how many blocks this command may use.
            jobs: how many trials run at a time.
            budget: the seconds in which all trials of the grid are to be made, if any.
            stopped: the number of blocks at which such a budget ended the grid before.
            on_growth: called when trials were added to the grid, or something was decided.
            clock: the time in seconds.
            decide: says after each whole block what is settled.
        """
        self._plans = {(plan.label, plan.seed): plan for plan in plans}
        self._seeds = list(dict.fromkeys(plan.seed for plan in plans))
        self._policies = list(dict.fromkeys(plan.label for plan in plans))
        self._folder, self._baseline, self._design = folder, baseline, design
        self._jobs, self._budget, self._clock = jobs, budget, clock
        self._limit = most if stopped is None else min(most, stopped)
        self.stopped = stopped
        self._on_growth, self._asked = on_growth, decide
        self._measure = plans[0].settings.measure
        self._arrays: dict[bytes, Any] = {}
        self._trials: dict[Cell, Trial] = {
            cell: self._read(cell)
            for cell, plan in self._plans.items()
            if folder.status(plan) == "done"
        }
        self._before = set(self._trials)
        self._given: set[Cell] = set()
        self._released = 0
        self._began = clock()
        self.decision = self._decide()

    @property
    def cells(self) -> list[Cell]:
        """The (label, seed) of the grid by now, seeds outermost."""
        return self._cells(self.decision.blocks, self._released)

    @property
    def to_run(self) -> tuple[int, int]:
        """How many trials of the grid were not there at the start: by now, and at most.

        The most is if all that is open stays so up to the end.
        """
        blocks = dict(self.decision.blocks)
        still_open = {
            name for name, standing in self.decision.standings.items() if standing.word == "open"
        }
        if still_open:
            blocks |= dict.fromkeys({*still_open, self._baseline}, self._limit)
        all_cells = self._cells(blocks, self._limit)
        wanted = self._cells(self.decision.blocks, self._wanted)
        now, most = (
            sum(cell not in self._before for cell in cells) for cells in (wanted, all_cells)
        )
        return now, most

    @property
    def seeds(self) -> tuple[int, ...]:
        """The blocks of the grid by now."""
        return tuple(self._seeds[: self._released])

    @property
    def growing(self) -> bool:
        """Whether more trials may come than the grid has."""
        return self._released < self._limit and not self.complete

    @property
    def complete(self) -> bool:
        """Whether all has ended that the grid will ever have."""
        return self._released >= self._wanted and self._all_ended() and self.decided

    @property
    def decided(self) -> bool:
        """Whether no further block is wanted, or allowed."""
        return self.decision.done or self._released >= self._limit

    @property
    def _wanted(self) -> int:
        return min(self._limit, self.decision.blocks[self._baseline])

    def more(self) -> list[TrialPlan]:
        """The missing trials of the next block; ahead of its time, the baseline's alone."""
        while not (todo := self._todo()) and self._release():
            pass
        if not todo and not self._all_ended():
            todo = self._ahead()
        self._given |= set(todo)
        return [self._plans[cell] for cell in todo]

    def ended(self, outcome: Outcome) -> None:
        """Count a trial that is recorded, done or failed; decide where a block is whole by it."""
        cell = outcome.plan.label, outcome.plan.seed
        self._trials[cell] = self._read(cell)
        self._update()

    def _cells(self, blocks: Mapping[str, int], count: int) -> list[Cell]:
        return [
            (label, seed)
            for place, seed in enumerate(self._seeds[:count])
            for label in self._policies
            if place < blocks[label]
        ]

    def _todo(self) -> list[Cell]:
        known = self._trials.keys() | self._given
        return [cell for cell in self.cells if cell not in known]

    def _all_ended(self) -> bool:
        return all(cell in self._trials for cell in self.cells)

    def _release(self) -> bool:
        """Add the next block to the grid where one is wanted; return whether it was added."""
        place = self._released
        if place >= self._wanted:
            return False
        going_on = [label for label in self._policies if self.decision.blocks[label] > place]
        if not self._affordable(place, going_on):
            self.stopped = self._limit = place
            self._on_growth(self)
            return False
        self._released += 1
        self._on_growth(self)
        self._update()
        return True

    def _update(self) -> None:
        """Decide where all trials of the grid have ended."""
        if self._all_ended():
            self.decision = self._decide()
            self._on_growth(self)

    def _decide(self) -> Decision:
        return self._asked(self._trials, self.seeds, self._policies, self._baseline, self._design)

    def _ahead(self) -> list[Cell]:
        """The baseline's next trial: it goes on as long as anything is open."""
        place = self._released
        if (
            self.decision.done
            or place >= self._limit
            or not self._affordable(place, [self._baseline])
        ):
            return []
        cell = self._baseline, self._seeds[place]
        return [] if cell in self._trials or cell in self._given else [cell]

    def _affordable(self, place: int, labels: Sequence[str]) -> bool:
        """Whether a block is there already, is the first one, or ends within the budget."""
        seed = self._seeds[place]
        absent = [label for label in labels if (label, seed) not in self._trials]
        if self._budget is None or not absent or not place:
            return True
        earlier = self._seconds(cell for cell in self._before if cell[1] in self._seeds[:place])
        spent = sum(earlier) / self._jobs + self._clock() - self._began
        usual = [
            self._seconds(cell for cell in self._trials if cell[0] == label) for label in absent
        ]
        return spent + sum(float(np.mean(of)) for of in usual if of) / self._jobs <= self._budget

    def _seconds(self, cells: Iterable[Cell]) -> list[float]:
        return [self._trials[cell].number("seconds") for cell in cells]

    def _read(self, cell: Cell) -> Trial:
        place = trial_folder(self._folder.path, self._plans[cell].key)
        return read_trial(place, *cell, self._measure, self._arrays)
