"""What ends a command from outside, Ctrl-C, a signal or its own time limit, as one thing each."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from augbench.errors import InputError

#: what a person, a batch system and a closed terminal send; the last two are absent on Windows
_SENT = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

#: after which one that Python dropped is sent again
_AGAIN_SECONDS = 0.05


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM and SIGHUP act as Ctrl-C does, and give what tells whether one of them came.

    A library that is being imported may make another error of the `KeyboardInterrupt`. Where it
    comes while Python takes an object apart, Python drops it; it is then sent again. A signal that
    the caller ignores, as nohup does, stays ignored.
    """
    came = False
    dropped = sys.unraisablehook

    def once_more(unraisable: Any) -> None:
        if came and unraisable.exc_type is KeyboardInterrupt:
            again = threading.Timer(_AGAIN_SECONDS, _interrupt_main)
            again.daemon = True
            again.start()
        else:
            dropped(unraisable)

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SENT:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, interrupt)
    if signal.SIGINT in before:
        sys.unraisablehook = once_more
    try:
        yield lambda: came
    finally:
        sys.unraisablehook = dropped
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt_main() -> None:
    """Interrupt the main thread, from another one, whatever it waits for."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


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
