"""Who runs trials: an executor takes plans and gives outcomes, and promises nothing else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from augbench.bench.trial.trial import TrialPlan


@dataclass(frozen=True)
class Outcome:
    """How one trial ended: recorded as done, or failed for good with the reason."""

    plan: TrialPlan
    status: str
    seconds: float
    attempts: int
    error: str = ""


class Executor(Protocol):
    """Runs trials in any order; each one is in the run folder when its outcome is given."""

    def __call__(
        self,
        more: Callable[[], Sequence[TrialPlan]],
        run: Path,
        *,
        jobs: int,
        threads: int,
        progress: Callable[[int], None],
        on_message: Callable[[TrialPlan, str], None],
    ) -> Generator[Outcome]:
        """Yield an outcome for each plan; call ``progress(epochs done in unfinished trials)``.

        ``more()`` is asked for plans whenever a worker is idle and none waits: at the start, and
        after outcomes. When it gives none while nothing runs, that was all.
        ``on_message(plan, text)`` is called with what the policy of a running trial tells as it
        learns.
        Closing the generator early stops what still runs.
        """
        ...


#: name on the command line -> module:function
EXECUTORS = {
    "local": "augbench.bench.executors.local:run_trials",
    "ray": "augbench.bench.executors.ray:run_trials",
}
