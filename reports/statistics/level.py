"""How much chance of a false alarm may a table spend, and one of its intervals?

All comparisons with the baseline share alpha, which is what the run's look may spend: together
their intervals hold with probability 1 - alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ALPHA = 0.05
FIRST_LOOK = 0.04


@dataclass(frozen=True)
class Level:
    """How much chance of a false alarm a table may spend.

    Attributes:
        alpha: what this look at the run may spend over all its comparisons.
        comparisons: how many comparisons share alpha, at least 1.
        look: which look this is, counted from 1.
        looks: how many looks the run folder remembers.
    """

    alpha: float
    comparisons: int = 1
    look: int = 1
    looks: int = 1

    @property
    def confidence(self) -> float:
        """How sure it is that all intervals hold together, 1 - alpha."""
        return 1.0 - self.alpha

    def adjusted(self, touching: float) -> float:
        """The error at which an interval touches 0 as p-value: <= .05 exactly where <= alpha."""
        return min(1.0, touching * ALPHA / self.alpha)

    def next_look(self) -> Level:
        """The level when more seeds are added."""
        look = self.looks + 1
        return Level(alpha_of_look(look), self.comparisons, look, look)


def alpha_of_look(look: int) -> float:
    """What the look with this number (from 1) may spend: .04, then .005, .0025, ...

    The later looks share .01 by halves, so that any number of them spends at most .05 in all.
    """
    return FIRST_LOOK if look <= 1 else (ALPHA - FIRST_LOOK) * 2.0 ** (1 - look)


def level_of(seeds: Sequence[int], looks: Sequence[Sequence[int]], comparisons: int) -> Level:
    """The level of a table of these seeds in a run that was looked at as `looks` says.

    A run that was never extended spends .04 too and not .05: whether it will be extended is not
    known when it is read, and a look cannot be taken back. A table of an earlier look keeps that
    look's level. Seeds that no look names count as the next look.
    """
    known = [frozenset(look) for look in looks]
    wanted = frozenset(seeds)
    look = known.index(wanted) + 1 if wanted in known else len(known) + 1
    return Level(alpha_of_look(look), max(1, comparisons), look, max(look, len(known)))
