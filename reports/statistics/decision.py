"""Which policies are settled, and which need another block?

One procedure for every comparison that grows block by block. It knows neither trials nor files,
so that a simulation of known truth tests what runs (`benchmarks/settling.py`):

* each look is at whole blocks: at `Design.first` of them, then after every further one;
* a policy whose verdict is better, worse or equivalent at the look's level is settled, keeps the
  verdict of that look, and takes part in no further block; the baseline goes on;
* a policy that will hardly be settled by the end of the plan stops too, and is called futile;
* what it says follows from the figures alone, not from when they came: figures of later blocks
  that a policy did not need change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from augbench.reports.statistics.design import Design
from augbench.reports.statistics.effect import Effect, half_width, paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.repeated_images import repeated_part
from augbench.reports.statistics.spread import moderated, shared_variance
from augbench.reports.statistics.verdict import NOTHING, Known, seeds_needed, verdict
from numpy.typing import NDArray
from scipy import special

FUTILE_FROM = 4
FUTILE_CHANCE = 0.10
#: the last two are those of the regression gate, `augbench.reports.statistics.gate`
Word = Literal["better", "worse", "equivalent", "open", "futile", "passed", "regressed"]
_SETTLED: dict[str, Word] = {"better": "better", "worse": "worse", "equivalent": "equivalent"}


@dataclass(frozen=True)
class Measured:
    """What a policy measured in a block.

    Attributes:
        figure: what is compared, a fraction; NaN where the trial failed.
        right: how right it was of each test image, 0 to 1, (n,); None where that is not known.
        same: all its predictions are those of the baseline.
        images: what tells the test images, (n,), such as their paths; None where all blocks test
            the same ones.
    """

    figure: float
    right: NDArray[Any] | None = None
    same: bool = False
    images: NDArray[Any] | None = None


#: by policy; one that is absent is not there yet
Block = Mapping[str, Measured]


@dataclass(frozen=True)
class Standing:
    """What is known of a policy.

    Attributes:
        word: settled (better, worse, equivalent; passed, regressed), open, or futile: not to be
            settled in the plan.
        blocks: how many blocks there were at the look that says so; where none was yet, how many
            there are.
        effect: over the baseline in these blocks.
        level: of that look.
        known: what this look and the earlier ones leave of the effect.
        reason: what must be said with it, as of `augbench.reports.statistics.verdict.verdict`.
    """

    word: Word
    blocks: int
    effect: Effect
    level: Level
    known: Known
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether a verdict was reached."""
        return self.word not in ("open", "futile")

    def needed(self, margin: float) -> tuple[int | None, int | None]:
        """From and to how many seeds would settle it; None where no number is known to."""
        return (None, None) if self.settled else seeds_needed(self.effect, self.level, margin)


@dataclass(frozen=True)
class Decision:
    """What some blocks say.

    Attributes:
        standings: of each policy but the baseline.
        looked: how many blocks there were at the last look, 0 before the first.
        blocks: in how many blocks each policy takes part, those that the next look needs among
            them; the baseline too.
        done: nothing is open, or the plan is at its end.
    """

    standings: Mapping[str, Standing]
    looked: int
    blocks: Mapping[str, int]
    done: bool


@dataclass(frozen=True)
class Question:
    """What is asked of whole blocks.

    Attributes:
        look: of (blocks, standings so far, the policies in question, in how many blocks each policy
            takes part, baseline, design), the standings that these blocks give.
        early: of (blocks, in how many blocks each policy takes part, baseline, design), the
            standings while there are too few blocks for a look.
    """

    look: Callable[
        [
            Sequence[Mapping[str, Any]],
            Mapping[str, Standing],
            Sequence[str],
            Mapping[str, int],
            str,
            Design,
        ],
        Mapping[str, Standing],
    ]
    early: Callable[
        [Sequence[Mapping[str, Any]], Mapping[str, int], str, Design], Mapping[str, Standing]
    ]


def decide(
    blocks: Sequence[Mapping[str, Any]],
    policies: Sequence[str],
    baseline: str,
    design: Design,
    question: Question | None = None,
    *,
    ended: bool = False,
) -> Decision:
    """Say what is settled after these blocks, and what the next look needs.

    Args:
        blocks: in the order in which they count, each a `Block` or what the question reads; the
            last ones may be incomplete.
        policies: those that are compared with the baseline.
        baseline: the name of the baseline.
        design: when it looks.
        question: what is asked; by default which policies differ from the baseline.
        ended: no trial will be added: a policy is asked about in the blocks that it has.
    """
    asked = question or COMPARISON
    extent = dict.fromkeys(policies, design.first)
    standings: dict[str, Standing] = {}
    looked, done = 0, True
    for count in range(design.first, design.most + 1):
        active = [name for name in policies if _goes_on(standings.get(name), count, design)]
        if ended:
            active = [name for name in active if _whole(blocks, count, (name, baseline))]
        if not active:
            continue  # until an extension takes up again what the plan could not settle
        extent |= dict.fromkeys(active, count)
        if not _whole(blocks, count, (*active, baseline)):
            done = False
            break
        looked = count
        standings |= asked.look(blocks[:count], standings, active, extent, baseline, design)
    unknown = [name for name in policies if name not in standings]
    if unknown:
        standings |= {
            name: standing
            for name, standing in asked.early(
                blocks[: design.first - 1], extent, baseline, design
            ).items()
            if name in unknown
        }
    return Decision(
        {name: standings[name] for name in policies},
        looked,
        extent | {baseline: max([design.first, *extent.values()])},
        done,
    )


def _whole(blocks: Sequence[Mapping[str, Any]], count: int, names: Sequence[str]) -> bool:
    """Whether these policies are there in this many blocks."""
    return len(blocks) >= count and all(name in block for block in blocks[:count] for name in names)


def chance_to_settle(effect: Effect, level: Level, margin: float, more: int) -> float:
    """Return the chance that the look after ``more`` further blocks settles a difference.

    The mean of all blocks is then normal around the mean of these ones, by their variance alone;
    that the truth is not known but estimated counts too.
    """
    if effect.blocks < 2 or effect.same_by_chance:
        return 1.0
    lone = math.isnan(effect.shared)
    df = effect.blocks - 1
    variance = effect.variance if lone else moderated(effect.variance, effect.shared, df)
    final = effect.blocks + more
    spread = math.sqrt(variance * more / (effect.blocks * final))
    half = float(
        half_width(
            effect.variance,
            effect.shared,
            effect.image_variance,
            final,
            level.alpha,
            level.comparisons,
        )
    )

    def between(low: float, high: float) -> float:
        at = [(bound - effect.mean) / max(spread, 1e-12) for bound in (low, high)]
        return float(special.ndtr(at[1]) - special.ndtr(at[0]))

    excludes = 1.0 - between(-half, half)
    inside = margin - half
    return min(1.0, excludes + (between(-inside, inside) if inside > 0 else 0.0))


def _goes_on(standing: Standing | None, count: int, design: Design) -> bool:
    """Whether a policy takes part in the look at this many blocks."""
    if standing is None or standing.word == "open":
        return True
    # What a plan could not settle, its extension may.
    passed = design.stage(standing.blocks) != design.stage(count)
    return standing.word == "futile" and passed


def _look(
    blocks: Sequence[Block],
    before: Mapping[str, Standing],
    active: Sequence[str],
    extent: Mapping[str, int],
    baseline: str,
    design: Design,
) -> dict[str, Standing]:
    """What a look at these whole blocks says of the policies that are not settled yet."""
    count = len(blocks)
    level = design.level(count, len(extent))
    shared = _variance_by_all(blocks, extent, baseline)
    standings = {}
    for name in active:
        effect = _effect(blocks, name, baseline, shared)
        earlier = before[name].known if name in before else NOTHING
        outcome, reason = verdict(effect, level, design.margin, earlier)
        word = _SETTLED.get(outcome)
        if word is None:
            word = "futile" if _futile(effect, count, design, level.comparisons) else "open"
        known = earlier.narrowed(effect, level)
        standings[name] = Standing(word, count, effect, level, known, reason)
    return standings


def _futile(effect: Effect, count: int, design: Design, comparisons: int) -> bool:
    """Whether further blocks of this stage will hardly settle it."""
    most = design.stage(count).most
    if effect.blocks == 0:
        return True  # all its trials failed, or all of the baseline's
    if count < FUTILE_FROM or count == most:
        return False
    last = design.level(most, comparisons)
    return chance_to_settle(effect, last, design.margin, most - count) < FUTILE_CHANCE


def _before(
    blocks: Sequence[Block], extent: Mapping[str, int], baseline: str, design: Design
) -> dict[str, Standing]:
    """The standings while there are fewer blocks than the first look needs."""
    level = design.level(design.first, len(extent))
    return {
        name: Standing(
            "open",
            sum(name in block for block in blocks),
            effect := _effect(blocks, name, baseline, math.nan),
            level,
            NOTHING.narrowed(effect, level),
            verdict(effect, level, design.margin)[1],
        )
        for name in extent
    }


def _effect(blocks: Sequence[Block], name: str, baseline: str, shared: float) -> Effect:
    """The effect of a policy in these blocks; a block where one of both failed does not count."""
    pairs = [
        (block[name], block[baseline])
        for block in blocks
        if {name, baseline} <= block.keys()
        and _finished(block[name])
        and _finished(block[baseline])
    ]
    differences = [mine.figure - other.figure for mine, other in pairs]
    equal = bool(pairs) and all(mine.same for mine, _ in pairs)
    rights = [(mine.right, other.right) for mine, other in pairs]
    known = [(a, b) for a, b in rights if a is not None and b is not None]
    if not known or len(known) < len(pairs):
        return paired_effect(differences, equal=equal, shared=shared)
    images = [np.zeros(0) if mine.images is None else mine.images for mine, _ in pairs]
    if all(np.array_equal(images[0], of_block) for of_block in images):
        right_a, right_b = (np.stack(side) for side in zip(*known, strict=True))
        return paired_effect(differences, right_a, right_b, equal, shared)
    of_images = [np.asarray(a, np.float64) - b for a, b in known]
    effect = paired_effect(differences, equal=equal, shared=shared)
    return replace(effect, image_variance=repeated_part(images, of_images))


def _variance_by_all(blocks: Sequence[Block], extent: Mapping[str, int], baseline: str) -> float:
    """The variance between blocks by all policies, each in the blocks in which it takes part.

    Policies that predict the same as the baseline say nothing of it.
    """
    names = [
        name
        for name, count in extent.items()
        if not all(block[name].same for block in blocks[:count] if name in block)
    ]
    figures = np.full((1 + len(names), len(blocks)), math.nan)
    for row, name in enumerate((baseline, *names)):
        for column, block in enumerate(blocks[: extent.get(name, len(blocks))]):
            figures[row, column] = block[name].figure
    return shared_variance(figures)


def _finished(measured: Measured) -> bool:
    return not math.isnan(measured.figure)


#: is a policy better than the baseline, worse, or the same?
COMPARISON = Question(_look, _before)
