"""What did a process write last, and so why did it die? Its output is passed on as it comes."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LENGTH = 300
_WAIT_SECONDS = 1.0


class LastWords:
    """Reads what a process writes on its standard output and error, and passes it on to ours.

    Attributes:
        theirs: what the process gives to `speak_into`; None on Windows, whose pipes have no
            descriptor, and where this process has no standard error.
    """

    def __init__(self) -> None:
        self.theirs: Connection | None = None
        self._tail = b""
        self._thread: threading.Thread | None = None
        if sys.platform == "win32" or not _is_open(2):
            return
        ours, self.theirs = multiprocessing.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._pass_on, args=(ours,), daemon=True)
        self._thread.start()

    def started(self) -> None:
        """Let go of the process' end, so that its death is the end of what it writes."""
        if self.theirs is not None:
            self.theirs.close()

    def of_dead(self, process: Any) -> str:
        """Return how a process ended that is dead, with the last line that it wrote.

        Args:
            process: a `multiprocessing.Process` that was joined.
        """
        code = process.exitcode
        how = f"exit code {code}"
        if code < 0:
            how = f"by {signal.Signals(-code).name}"
            if -code == getattr(signal, "SIGKILL", None):
                how += ", which the system sends where memory runs out"
        line = self._last_line()
        return f"({how}); it wrote last: {line}" if line else f"({how})"

    def _pass_on(self, ours: Connection) -> None:
        with ours, suppress(OSError):
            while content := os.read(ours.fileno(), 65536):
                self._tail = (self._tail + content)[-4096:]
                with suppress(OSError):
                    os.write(2, content)

    def _last_line(self) -> str:
        if self._thread is not None:
            self._thread.join(_WAIT_SECONDS)  # a child of the process may hold the pipe for ever
        text = _ESCAPES.sub("", self._tail.decode("utf-8", "replace"))
        lines = [" ".join(line.split()) for line in text.splitlines()]
        last = next((line for line in reversed(lines) if line), "")
        return "".join(sign for sign in last if sign.isprintable())[:_LENGTH]


def speak_into(theirs: Connection | None) -> None:
    """Write standard output and error of this process into a pipe of `LastWords`."""
    if theirs is None:
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.dup2(theirs.fileno(), 1)
    os.dup2(theirs.fileno(), 2)
    theirs.close()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
