"""What ends a command from outside, Ctrl-C, a signal or its own time limit, as one thing each."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from augbench.errors import InputError

#: what a person, a batch system and a closed terminal send; the last two are absent on Windows
_SENT = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM and SIGHUP act as Ctrl-C does, and give what tells whether one of them came.

    A library that is being imported may make another error of the `KeyboardInterrupt`. A signal
    that the caller ignores, as nohup does, stays ignored.
    """
    came = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SENT:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, interrupt)
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def within(seconds: float | None, what: str) -> Iterator[None]:
    """End what is done inside after ``seconds``; a library that waits in C is not ended.

    Args:
        seconds: how long it may take; None for as long as it likes.
        what: what it is, for the error.

    Raises:
        InputError: it took longer.
    """
    main = threading.current_thread() is threading.main_thread()
    if seconds is None or not main or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise InputError(f"{what} took longer than --trial-timeout allows ({seconds:g} s)")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
