"""Ratios of times that were measured in turn, so that what else the machine does falls on both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Line:
    """One ratio.

    Attributes:
        what: what is measured.
        against: what it is held against.
        ratio: how many times as fast it is, or as long it takes.
        least: what the ratio should reach; None where there is an upper limit.
        most: what it should not pass.
        unit: of the figure.
    """

    what: str
    against: str
    ratio: float
    least: float | None = None
    most: float | None = None
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the ratio is what it should be."""
        enough = self.least is None or self.ratio >= self.least
        return enough and (self.most is None or self.ratio <= self.most)

    def row(self) -> str:
        """Return it as a row of a Markdown table."""
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return (
            f"| {self.what} | {self.against} | {wanted}{self.unit} | {self.ratio:.2f}{self.unit} "
            f"| {'yes' if self.met else 'no'} |"
        )


HEAD = "| what | against | wanted | measured | met |\n|---|---|---|---|---|"


Clock = Callable[[], float]


def seconds(run: Callable[[], Any], clock: Clock = time.perf_counter) -> float:
    """Return how long something takes."""
    began = clock()
    run()
    return clock() - began


def longer(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    rounds: int,
    clock: Clock = time.perf_counter,
) -> float:
    """Return how many times as long ours takes as theirs: the median of rounds that have both.

    Args:
        ours: what is measured.
        theirs: what it is held against.
        rounds: how often, after a first time that does not count.
        clock: `time.process_time` where all is done on one thread of this process, so that what
            else the machine does is left out.
    """
    ours(), theirs()
    return median(seconds(ours, clock) / seconds(theirs, clock) for _ in range(rounds))
