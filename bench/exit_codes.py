"""What the exit code of `augbench` says to a script."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    UNEXPECTED = 1  # an error of augbench itself
    BAD_INPUT = 2
    TRIAL_FAILED = 5  # for good; for `expand`: a pool that was refused
    INTERRUPTED = 130  # the same command goes on with what is missing
