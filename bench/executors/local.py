"""Trials on this machine: warm worker processes, each at the other end of a pipe."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType
from typing import Any

from augbench.bench.executors import Outcome
from augbench.bench.executors.last_words import LastWords, speak_into
from augbench.bench.executors.queue import Queue
from augbench.bench.executors.worker import Answer, Worker
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.environment import prepare_process
from augbench.bench.trial.trial import TrialPlan

POLL_SECONDS = 0.2
#: where this is set, Python does not put the working directory before everything that is installed
_SAFE_PATH = "PYTHONSAFEPATH"


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
    prepare_process(threads)  # the workers inherit it, before they import anything
    context = worker_context()
    epochs_done = context.Array("i", jobs, lock=False)
    given = (run, threads, list(sys.path), dict(os.environ))
    start = partial(_Process.start, context, given, epochs_done)
    workers: list[_Process] = []
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
            busy = {worker.line: worker for worker in workers if worker.number is not None}
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
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()


def _idle(workers: Sequence[_Process]) -> _Process | None:
    return next((worker for worker in workers if worker.number is None), None)


@dataclass
class _Process:
    """A worker's process, the line to it, and the trial that it is at.

    Attributes:
        process: the process.
        line: to it.
        place: of the worker among all.
        words: what it writes.
        number: of the trial that it is at; None while it is idle.
        dead: whether the process has ended.
        began: when it got that trial, on the monotonic clock.
        seconds: how long that trial may take; None for as long as it likes.
    """

    process: Any
    line: Connection
    place: int
    words: LastWords
    number: int | None = None
    dead: bool = False
    began: float = 0.0
    seconds: float | None = None

    @classmethod
    def start(
        cls, context: Any, arguments: tuple[Any, ...], epochs_done: Any, place: int
    ) -> _Process:
        ours, theirs = context.Pipe()
        words = LastWords()
        given = (theirs, words.theirs, epochs_done, place, *arguments)
        process = context.Process(target=_live, args=given, daemon=True)
        with nothing_run_at_start():
            process.start()
        theirs.close()  # so that its death is the end of the line
        words.started()
        return cls(process, ours, place, words)

    def take(self, number: int, plan: TrialPlan, attempts: int) -> None:
        self.number, self.began = number, time.monotonic()
        self.seconds = plan.settings.trial_timeout
        with suppress(OSError):  # where it died while it was idle, `hear` says so
            self.line.send((plan, attempts))

    @property
    def late(self) -> bool:
        """Whether its trial has taken longer than it may."""
        return self.seconds is not None and time.monotonic() - self.began > self.seconds

    def end(self) -> Answer:
        """End the process, whatever it is at; return how its trial ended."""
        self.process.kill()
        self.process.join()
        self.dead = True
        spent = time.monotonic() - self.began
        reason = f"it took longer than --trial-timeout allows ({self.seconds:g} s)"
        return Answer(False, spent, reason, again=False)

    def hear(self) -> Answer | str:
        """Return how its trial ended, or what its policy tells as it learns."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            self.process.join()
            self.dead = True
            return Answer(False, 0.0, f"the worker process died {self.words.of_dead(self.process)}")


def worker_context() -> BaseContext:
    """Return how processes are started that compute with TensorFlow, fresh as a new Python.

    Importing it takes a core seconds. On Linux one process of this one's does that once and does
    nothing else; each worker is a copy of it, whenever and by whichever command it is started.
    Elsewhere copies are not safe, and each worker imports it.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["augbench.bench.executors.preload"])
    return context


@contextmanager
def nothing_run_at_start() -> Iterator[None]:
    """Let a spawned process import nothing of the caller's before it has the path of its parent.

    Neither the caller's script again, so that one that compares needs no
    ``if __name__ == "__main__":``, nor files of the working directory, which Python would look
    into first. Nor does Ctrl-C reach it before it ignores that.
    """
    blocked = None
    if hasattr(signal, "pthread_sigmask"):
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    main, safe = sys.modules["__main__"], os.environ.get(_SAFE_PATH)
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ[_SAFE_PATH] = safe or "1"
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if safe is None:
            del os.environ[_SAFE_PATH]
        if blocked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _live(
    line: Connection,
    words: Connection | None,
    epochs_done: Any,
    place: int,
    run: Path,
    threads: int,
    path: list[str],
    variables: dict[str, str],
) -> None:
    """Answer every plan that comes down the line; the life of a worker's process."""
    speak_into(words)
    begin_worker(path, variables)
    worker = Worker(RunFolder(run).keep, threads)
    while True:
        try:
            plan, attempts = line.recv()
        except EOFError:
            return
        on_epoch = partial(epochs_done.__setitem__, place)
        line.send(worker.attempt(plan, attempts, on_epoch, line.send))


def begin_worker(path: list[str], variables: dict[str, str]) -> None:
    """Make a process that was just started one of the caller's.

    Args:
        path: the caller's ``sys.path``, so that plug-ins of the working directory are importable.
        variables: the caller's environment; that of the process copied is of an earlier moment.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and kills
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(variables)


def end_with_parent() -> None:
    """Do not outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
