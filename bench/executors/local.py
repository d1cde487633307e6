"""Trials on this machine: warm worker processes, each at the other end of a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from augbench.bench.executors import Outcome
from augbench.bench.executors.child_process import Child, end_all, worker_context
from augbench.bench.executors.device_check import gpu_for
from augbench.bench.executors.queue import Queue
from augbench.bench.executors.worker import Answer, Worker
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.environment import prepare_process
from augbench.bench.trial.trial import TrialPlan

POLL_SECONDS = 0.2


def run_trials(
    more: Callable[[], Sequence[TrialPlan]],
    run: Path,
    *,
    jobs: int,
    threads: int,
    progress: Callable[[int], None],
    on_message: Callable[[TrialPlan, str], None],
) -> Iterator[Outcome]:
    """Yield the outcome of each plan as it comes; workers stay warm until no more plans come.

    The death of a worker fails the trial it was at and no other, and so does a
    trial that takes longer than ``--trial-timeout``, whose worker is killed. When the caller
    stops early, as on `KeyboardInterrupt`, the workers are killed; what they recorded stays.
    """
    queue = Queue(more())
    if queue.done:
        return
    settings = queue.plans[0].settings
    prepare_process(threads, settings.device)  # the workers inherit it, before they import anything
    context: Any = worker_context()
    epochs_done = context.Array("i", jobs, lock=False)
    workers: list[_Process] = []

    def start(place: int) -> _Process:
        gpu = gpu_for(place) if settings.device == "gpu" else None
        return _Process(Child.start(_live, epochs_done, place, run, threads, gpu), place)

    asked = True  # more plans, since the last outcome
    try:
        while True:
            while (idle := _idle(workers)) is not None or len(workers) < jobs:
                number = queue.next()
                if number is None and not asked:
                    asked = True
                    queue.add(more())
                    number = queue.next()
                if number is None:
                    break
                if idle is None:
                    workers.append(idle := start(len(workers)))
                idle.take(number, queue.plans[number], queue.attempts[number])
            if queue.done:
                return
            busy = {worker.child.line: worker for worker in workers if worker.number is not None}
            late = [worker for worker in busy.values() if worker.late]
            spoken = wait(list(busy), 0 if late else POLL_SECONDS)
            for worker in [*(busy[line] for line in spoken), *late]:  # type: ignore[index]
                if worker.number is None:
                    continue
                number = worker.number
                heard = worker.end() if worker in late else worker.hear()
                if isinstance(heard, str):
                    on_message(queue.plans[number], heard)
                    continue
                worker.number = None
                if worker.dead:
                    workers[worker.place] = start(worker.place)
                epochs_done[worker.place] = 0
                outcome = queue.ended(number, heard)
                asked = False
                if outcome is not None:
                    yield outcome
            progress(sum(epochs_done))
    finally:
        end_all([worker.child for worker in workers])


def _idle(workers: Sequence[_Process]) -> _Process | None:
    return next((worker for worker in workers if worker.number is None), None)


@dataclass
class _Process:
    """A worker's process, and the trial that it is at.

    Attributes:
        child: the process.
        place: of the worker among all.
        number: of the trial that it is at; None while it is idle.
        dead: whether the process has ended.
        began: when it got that trial, on the monotonic clock.
        seconds: how long that trial may take; None for as long as it likes.
    """

    child: Child
    place: int
    number: int | None = None
    dead: bool = False
    began: float = 0.0
    seconds: float | None = None

    def take(self, number: int, plan: TrialPlan, attempts: int) -> None:
        self.number, self.began = number, time.monotonic()
        self.seconds = plan.settings.trial_timeout
        with suppress(OSError):  # where it died while it was idle, `hear` says so
            self.child.line.send((plan, attempts))

    @property
    def late(self) -> bool:
        """Whether its trial has taken longer than it may."""
        return self.seconds is not None and time.monotonic() - self.began > self.seconds

    def end(self) -> Answer:
        """End the process, whatever it is at; return how its trial ended."""
        self.child.end()
        self.dead = True
        spent = time.monotonic() - self.began
        reason = f"it took longer than --trial-timeout allows ({self.seconds:g} s)"
        return Answer(False, spent, reason, again=False)

    def hear(self) -> Answer | str:
        """Return how its trial ended, or what its policy tells as it learns."""
        try:
            return self.child.line.recv()
        except (EOFError, OSError):
            self.dead = True
            return Answer(False, 0.0, f"the worker process died {self.child.last_words()}")


def _live(
    line: Connection, epochs_done: Any, place: int, run: Path, threads: int, gpu: str | None
) -> None:
    """Answer every plan that comes down the line; the life of a worker's process."""
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    worker = Worker(RunFolder(run).keep, threads, "cpu" if gpu is None else "gpu")
    while True:
        try:
            plan, attempts = line.recv()
        except EOFError:
            return
        on_epoch = partial(epochs_done.__setitem__, place)
        line.send(worker.attempt(plan, attempts, on_epoch, line.send))
