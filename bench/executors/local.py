"""Trials on this machine: warm worker processes, each with its own threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any

from augbench.bench.executors import Outcome
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.bench.trial.trial import Bench, TrialPlan

from augbench.errors import AugbenchWarning

ATTEMPTS = 2
POLL_SECONDS = 0.2
SAYS_SECONDS = 2.0
REASON_LENGTH = 500


def run_trials(
    plans: Sequence[TrialPlan],
    run: Path,
    *,
    jobs: int,
    threads: int,
    progress: Callable[[int], None],
    says: Callable[[TrialPlan, str], None],
) -> Iterator[Outcome]:
    """Yield the outcome of each plan as it comes; a trial that fails is tried once more.

    Trials that learn the same (a GAN) wait for the first of them while there is other work.

    The death of a worker (out of memory) fails the trial it was at and no other. When the caller
    stops early, as on `KeyboardInterrupt`, the workers are killed; what they recorded stays.
    """
    if not plans:
        return
    prepare_process(threads)
    context = multiprocessing.get_context("spawn")
    epochs_done = context.Array("i", len(plans), lock=False)
    start = partial(_Worker.start, context, (threads, epochs_done, str(run), list(sys.path)))
    queue = _Queue(plans)
    workers = [start() for _ in range(min(jobs, len(plans)))]
    try:
        while queue.waiting or any(worker.number is not None for worker in workers):
            for worker in workers:
                if worker.number is None and (number := queue.next(workers)) is not None:
                    worker.take(number, plans[number], queue.attempts[number])
            busy = {worker.line: worker for worker in workers if worker.number is not None}
            for line in wait(list(busy), POLL_SECONDS):
                worker = busy[line]  # type: ignore[index]
                assert worker.number is not None
                number, plan = worker.number, plans[worker.number]
                status, seconds, text = worker.answer()
                if status == "says":
                    says(plan, text)
                    continue
                worker.number = None
                if status == "died":
                    workers[workers.index(worker)] = start()
                epochs_done[number] = 0
                if status != "done" and queue.attempts[number] < ATTEMPTS:
                    queue.waiting.appendleft(number)
                    continue
                queue.learned.add(plan.learns)
                status = "done" if status == "done" else "failed"
                yield Outcome(plan, status, seconds, queue.attempts[number], text)
            progress(sum(epochs_done))
    finally:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()


class _Queue:
    """Which trial is next."""

    def __init__(self, plans: Sequence[TrialPlan]) -> None:
        self.plans = plans
        self.waiting = deque(range(len(plans)))
        self.attempts = [0] * len(plans)
        self.learned = {""}

    def next(self, workers: Sequence[_Worker]) -> int | None:
        """Return the first waiting trial that need not wait for what another one learns."""
        learning = {self.plans[w.number].learns for w in workers if w.number is not None}
        for number in self.waiting:
            learns = self.plans[number].learns
            if learns in self.learned or learns not in learning:
                self.waiting.remove(number)
                self.attempts[number] += 1
                return number
        return None


@dataclass
class _Worker:
    """A process that runs one trial after another, and the line to it."""

    process: Any
    line: Connection
    number: int | None = None

    @classmethod
    def start(cls, context: Any, arguments: tuple[Any, ...]) -> _Worker:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, *arguments), daemon=True)
        with _main_module_hidden():
            process.start()
        theirs.close()  # so that its death is the end of the line
        return cls(process, ours)

    def take(self, number: int, plan: TrialPlan, attempt: int) -> None:
        self.number = number
        with suppress(OSError):  # where it died while it was idle, `answer` says so
            self.line.send((number, plan, attempt))

    def answer(self) -> tuple[str, float, str]:
        """Return status, seconds and reason of its trial, or ``says`` and what it says."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            return "died", 0.0, f"the worker process died ({how}; out of memory?)"


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep spawn from running the caller's script again in a worker, which needs nothing of it.

    So a script that compares needs no ``if __name__ == "__main__":``.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _work(line: Connection, threads: int, epochs_done: Any, run: str, path: list[str]) -> None:
    """Answer every plan that comes down the line; the life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and kills
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path[:] = path  # plug-ins of the working directory are importable here too
    prepare_process(threads)
    limit_threads(threads)
    warnings.simplefilter("ignore", AugbenchWarning)  # the parent has collected them
    bench = Bench()
    while True:
        try:
            number, plan, attempt = line.recv()
        except EOFError:
            return
        began = time.perf_counter()
        try:
            tick = partial(epochs_done.__setitem__, number)
            _run_one(bench, plan, Path(run), attempt, tick, _Says(line))
            answer = ("done", time.perf_counter() - began, "")
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            answer = ("failed", time.perf_counter() - began, text[:REASON_LENGTH])
        line.send(answer)


class _Says:
    """Sends what a policy says while it learns, at most once in two seconds."""

    def __init__(self, line: Connection) -> None:
        self.line, self.last = line, 0.0

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if now - self.last >= SAYS_SECONDS:
            self.last = now
            self.line.send(("says", 0.0, text))


def _end_with_parent() -> None:
    """Do not outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_one(
    bench: Bench,
    plan: TrialPlan,
    run: Path,
    attempt: int,
    tick: Callable[[int], None],
    says: Callable[[str], None],
) -> None:
    from augbench.bench.storage.run_folder import RunFolder

    result = bench.run(plan, tick, says)
    result.row["cost"]["attempts"] = attempt
    RunFolder(run).keep(plan, result)
