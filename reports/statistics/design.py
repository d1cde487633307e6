"""When are blocks looked at, and how much error may each look spend?

A plan looks after every block from the third to the last one at a constant level (Pocock's). In
simulation (4 policies, effects of 2 standard deviations of the paired difference) that settled
after 5.2 blocks, O'Brien–Fleming-like levels after 6.3, .04 once and halves of .01 after 7.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.group_sequential import equal_levels
from augbench.reports.statistics.level import Level, alpha_of_look

MOST_BLOCKS = 10
#: Pocock's levels are of the normal distribution. Looks at three or four blocks have Student's
#: tails and hang together less, so that they would spend more than the error: with .8 of it 1 to
#: 20 policies spent .008 to .046 of .04 in all scenarios of `benchmarks/settling.py`.
STUDENT_SHARE = 0.8


@dataclass(frozen=True)
class Stage:
    """A part of a plan that was decided on at once: it goes on to ``most`` blocks.

    Attributes:
        most: how many blocks there may be at its end.
        look: its place among the looks at a study, from 1; it spends `alpha_of_look` of it.
    """

    most: int = MOST_BLOCKS
    look: int = 1


@dataclass(frozen=True)
class Design:
    """How a comparison grows.

    Attributes:
        margin: differences up to this fraction do not matter.
        first: how many blocks there are at the first look, at least 3.
        stages: the plan, then its extensions to more blocks, if any.
        spends: the part of the error that this comparison may spend.
    """

    margin: float
    first: int = SEEDS_FOR_INTERVALS
    stages: tuple[Stage, ...] = (Stage(),)
    spends: float = 1.0

    @property
    def most(self) -> int:
        """How many blocks there may be at the end."""
        return self.stages[-1].most

    def stage(self, blocks: int) -> Stage:
        """The stage that looks at this many blocks; the last one beyond its end."""
        return next((stage for stage in self.stages if blocks <= stage.most), self.stages[-1])

    def level(self, blocks: int, comparisons: int) -> Level:
        """The level of the look at this many blocks, which all comparisons share."""
        stage = self.stage(blocks)
        before = [other.most for other in self.stages if other.most < stage.most]
        looks = tuple(range(max([self.first, *(most + 1 for most in before)]), stage.most + 1))
        error = self.spends * alpha_of_look(stage.look)
        alpha = equal_levels(looks, STUDENT_SHARE * error) if len(looks) > 1 else error
        return Level(alpha, max(1, comparisons), stage.look, self.stages[-1].look)
