"""How long do tests wait? Until something is there; a limit only keeps what hangs from hanging."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

PATIENCE_SECONDS = 120.0
LOOK_SECONDS, LAST_WORDS_SECONDS = 0.02, 10.0


def wait_until(
    there: Callable[[], bool], process: subprocess.Popen[str], patience: float = PATIENCE_SECONDS
) -> None:
    """Wait until ``there()`` while ``process`` works at it; fail when it ends or hangs instead."""
    until = time.monotonic() + patience
    while not there():
        if process.poll() is not None:
            pytest.fail(f"it ended before:\n{process.communicate()}")
        if time.monotonic() > until:
            process.kill()
            try:
                told = process.communicate(timeout=LAST_WORDS_SECONDS)
            except subprocess.TimeoutExpired:  # processes that it began hold its pipes
                told = ("", "")
            pytest.fail(f"it hangs:\n{told}")
        time.sleep(LOOK_SECONDS)


@contextmanager
def not_hanging(seconds: int = 300) -> Iterator[None]:
    """Fail when the block is still at work after ``seconds``, many times what it takes."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"still at work after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
