"""What the exit code of `augbench` says to a script."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0  # of a check: no regression
    REGRESSION = 1
    BAD_INPUT = 2  # also an error of augbench itself, which no check may take for a regression
    INCONCLUSIVE = 3
    NOT_COMPARABLE = 4  # or there is no baseline
    TRIAL_FAILED = 5  # for good; for `expand`: a pool that was refused
    INTERRUPTED = 130  # the same command goes on with what is missing
