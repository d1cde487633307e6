"""Who judges folds? Worker processes, which keep the data and the compiled classifier warm.

Each fold is one task for a process; what it gives depends on the task alone, not on how many
processes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, Self

import numpy as np
from augbench.bench.executors.child_process import Child, begin_computing, end_all
from augbench.bench.search.screening.fold_judge import FoldJudge
from augbench.bench.search.screening.folds import FoldTask, Judgements, Wanted
from augbench.bench.trial.environment import prepare_process
from augbench.bench.trial.training import TrainingFailed

from augbench.errors import reason_of


class Judges:
    """Worker processes that judge folds; a context manager, which ends them."""

    def __init__(self, jobs: int, threads: int) -> None:
        """Prepare for ``jobs`` processes that compute with ``threads`` CPU threads each."""
        self._jobs, self._threads = max(1, jobs), threads
        self._workers: list[_Process] = []

    def __enter__(self) -> Self:
        prepare_process(self._threads)  # the workers inherit it, before they import anything
        return self

    def __exit__(self, *_: object) -> None:
        end_all([worker.child for worker in self._workers])

    def judge(
        self, tasks: Sequence[FoldTask], on_step: Callable[[], None] = lambda: None
    ) -> list[Judgements]:
        """Return what the classifier of each fold says; arguments as of `FoldJudge.judge`.

        Raises:
            TrainingFailed: a classifier could not be trained, or its process died.
        """
        return self._answers(tasks, on_step)

    def pictures(self, wanted: Sequence[Wanted]) -> list[np.ndarray]:
        """Return pictures, as `FoldJudge.pictures`; errors as of `judge`."""
        return self._answers(wanted, lambda: None)

    def _answers(self, questions: Sequence[Any], on_step: Callable[[], None]) -> list[Any]:
        waiting = list(enumerate(questions))[::-1]
        answers: dict[int, Any] = {}
        while len(self._workers) < min(self._jobs, len(questions)):
            self._workers.append(_Process(Child.start(_live, self._threads)))
        for worker in self._workers:
            if waiting:
                worker.take(*waiting.pop())
        while len(answers) < len(questions):
            busy = {
                worker.child.line: worker for worker in self._workers if worker.number is not None
            }
            for line in wait(list(busy)):
                worker = busy[line]  # type: ignore[index]
                answer = worker.hear()
                if answer is None:
                    on_step()
                    continue
                assert worker.number is not None
                answers[worker.number], worker.number = answer, None
                if waiting:
                    worker.take(*waiting.pop())
        return [answers[number] for number in range(len(questions))]


@dataclass
class _Process:
    """A worker's process, and the number of the question that it is at; None while it is idle."""

    child: Child
    number: int | None = None

    def take(self, number: int, question: FoldTask | Wanted) -> None:
        """Ask it; it may have died while it was idle."""
        self.number = number
        try:
            self.child.line.send(question)
        except OSError:
            raise self._dead() from None

    def hear(self) -> Any:
        """Return its answer, or None where it only tells that it got further."""
        try:
            answer = self.child.line.recv()
        except (EOFError, OSError):
            raise self._dead() from None
        if isinstance(answer, str):
            raise TrainingFailed(answer)
        return answer

    def _dead(self) -> TrainingFailed:
        return TrainingFailed(f"the process of a classifier died {self.child.last_words()}")


def _live(line: Connection, threads: int) -> None:
    """Answer every question that comes down the line; the life of a worker's process."""
    begin_computing(threads)
    judge = FoldJudge()
    while True:
        try:
            question = line.recv()
        except EOFError:
            return
        try:
            if isinstance(question, Wanted):
                line.send(judge.pictures(question))
            else:
                line.send(judge.judge(question, partial(line.send, None)))
        except Exception as error:
            line.send(reason_of(error))
