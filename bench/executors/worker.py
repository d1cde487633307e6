"""What does a worker do, wherever it lives: set its process up, run plans, hand results on."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.bench.trial.trial import Bench, TrialPlan, TrialResult

from augbench.errors import AugbenchWarning, reason_of

MESSAGE_SECONDS = 2.0
REASON_LENGTH = 500


@dataclass(frozen=True)
class Answer:
    """How one attempt at a trial ended.

    Attributes:
        done: whether its result is in the run folder.
        seconds: how long it took.
        error: why it is not done, in one line; "" of one that is.
        again: whether another attempt may end otherwise.
        lost: whether the machine that it ran on was lost, which is no fault of the trial's.
    """

    done: bool
    seconds: float
    error: str = ""
    again: bool = True
    lost: bool = False


class Worker:
    """One process that runs trial after trial, with data and compiled models kept warm between."""

    def __init__(
        self,
        keep: Callable[[TrialPlan, TrialResult], None],
        threads: int,
        device: str = "cpu",
    ) -> None:
        """Set the process up.

        Args:
            keep: takes each result; a trial whose result it cannot take is not done.
            threads: CPU threads that a trial computes with.
            device: ``cpu``, or ``gpu`` for what GPUs this process may see.

        Raises:
            InputError: it may see none.
        """
        prepare_process(threads, device)
        limit_threads(threads, device)
        warnings.simplefilter("ignore", AugbenchWarning)  # who planned has collected them
        self._keep = keep
        self._bench = Bench()

    def attempt(
        self,
        plan: TrialPlan,
        attempts: int,
        on_epoch: Callable[[int], None],
        on_message: Callable[[str], None],
    ) -> Answer:
        """Run a trial and hand its result on; whatever goes wrong is in the answer.

        Args:
            plan: the trial.
            attempts: which attempt at it this is, counted from 1.
            on_epoch: called with the number of epochs done, after each.
            on_message: called with what the policy tells as it learns, at most once in 2 seconds.
        """
        began = time.perf_counter()
        try:
            result = self._bench.run(plan, on_epoch, _now_and_then(on_message))
            result.row["cost"]["attempts"] = attempts
            self._keep(plan, result)
        except BaseException as error:  # a policy may raise what ends a process, SystemExit say
            return Answer(False, time.perf_counter() - began, reason_of(error)[:REASON_LENGTH])
        return Answer(True, time.perf_counter() - began)


def _now_and_then(on_message: Callable[[str], None]) -> Callable[[str], None]:
    last = -MESSAGE_SECONDS

    def pass_on(text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= MESSAGE_SECONDS:
            last = now
            on_message(text)

    return pass_on
