"""How does a process begin that computes for this one, and how is it spoken with?"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import Any

from augbench.bench.executors.last_words import LastWords, speak_into
from augbench.bench.trial.environment import limit_threads, prepare_process

from augbench.errors import AugbenchWarning

#: where this is set, Python does not put the working directory before everything that is installed
_SAFE_PATH = "PYTHONSAFEPATH"


@dataclass(frozen=True)
class Child:
    """A process that computes for this one.

    Attributes:
        process: the process.
        line: to it; its death is the end of the line.
        words: what it writes.
    """

    process: Any
    line: Connection
    words: LastWords

    @classmethod
    def start(cls, live: Callable[..., None], *given: Any) -> Child:
        """Start a process with the ``sys.path`` and the environment of this one.

        Args:
            live: what it does, a function of a module; called with its end of the line and
                ``given``.
            given: what can travel to another process.
        """
        context: Any = worker_context()
        ours, theirs = context.Pipe()
        words = LastWords()
        begin = (words.theirs, list(sys.path), dict(os.environ))
        process = context.Process(target=_begun, args=(live, theirs, given, *begin), daemon=True)
        with nothing_run_at_start():
            process.start()
        theirs.close()
        words.started()
        return cls(process, ours, words)

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()

    def last_words(self) -> str:
        """Return how it ended, as `LastWords.of_dead`; called where the line has ended."""
        self.process.join()
        return self.words.of_dead(self.process)


def end_all(children: Sequence[Child]) -> None:
    """End processes, whatever they are at."""
    for child in children:
        child.process.kill()
    for child in children:
        child.process.join()


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


def _begun(
    live: Callable[..., None],
    line: Connection,
    given: tuple[Any, ...],
    words: Connection | None,
    path: list[str],
    variables: dict[str, str],
) -> None:
    """Make a process that was just started one of the caller's; then its life begins.

    Args:
        live: what it does.
        line: to the caller.
        given: what else ``live`` is given.
        words: takes what it writes.
        path: the caller's ``sys.path``, so that plug-ins of the working directory are importable.
        variables: the caller's environment; that of the process copied is of an earlier moment.
    """
    speak_into(words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and kills
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(variables)
    live(line, *given)


def _end_with_parent() -> None:
    """Do not outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def begin_computing(threads: int, device: str = "cpu") -> None:
    """Let this process compute as one of trials does, which `Worker` sets up for itself."""
    prepare_process(threads, device)
    limit_threads(threads, device)
    warnings.simplefilter("ignore", AugbenchWarning)  # who asked has collected them
