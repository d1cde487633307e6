"""Did a policy stop doing what it did? The question of the regression gate, for `decision.decide`.

A policy's lift is its figure less the baseline's of the same block. What is judged is the lift now
less the lift then, D, so that a drift of Keras or of the machine, which moves policy and baseline
alike, moves nothing. Over the J seeds of now, all among the J0 seeds of then:

    D = mean over them of (lift now - w lift then) - (1 - w) mean over the other seeds of lift then
    w = 1/2 + J / (2 J0)
    half-width² = that of J blocks of (lift now - w lift then), as of
                  `augbench.reports.statistics.effect`, + t² (1 - w)² s0² / (J0 - J)

With the same seeds on both sides, w is 1: plain pairs, seed by seed. The more seeds the baseline
has beyond them, the more its mean counts beside the partners. The two parts have no seed in common,
so that nothing need be known of how much a seed says of itself: for J0 = 2 J the variance lies 8 %
above that of the best w where seeds say nothing, and is that of the best where they correlate by
1/2. Where a seed of now is not among those of then, w is 0: two samples. s0² is the variance of the
lifts then, with Student's quantile by its own degrees of freedom (Cochran's sum, on the safe side).

* regressed: surely below 0, and by more than the margin;
* passed: surely not more than the margin below;
* else open: more blocks.

Each side may err by itself, and its bounds are one-sided: crying wolf has the error of the whole
table, which the measures share (`SHARES`); letting a drop of the margin pass has it too, and is
left to accuracy, which alone can pass a policy. Test images are no source of chance: the question
is about these data.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from augbench.reports.statistics.decision import Question, Standing, Word
from augbench.reports.statistics.design import Design
from augbench.reports.statistics.dunnett import critical_value
from augbench.reports.statistics.effect import (
    SEEDS_FOR_INTERVALS,
    Effect,
    Floats,
    half_width,
    paired_effect,
)
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.spread import shared_variance
from augbench.reports.statistics.verdict import NOTHING, Known

Measure = Literal["accuracy", "overfitting_gap", "worst_class_recall"]
ACCURACY: Measure = "accuracy"
GAP: Measure = "overfitting_gap"
WORST_CLASS: Measure = "worst_class_recall"
#: the part of the error that each measure may spend
SHARES: Mapping[Measure, float] = {ACCURACY: 0.6, GAP: 0.2, WORST_CLASS: 0.2}
#: +1 where more is better
SIGNS: Mapping[Measure, int] = {ACCURACY: 1, GAP: -1, WORST_CLASS: 1}
#: two-sided errors are twice the one-sided ones
SIDES = 2.0
#: figures are rounded in a baseline; what differs by less is equal
EQUAL = 1.5e-6
SEEDS_CAP = 200

#: of a policy in a block, by measure; NaN where it has none
Figures = Mapping[Measure, float]


#: of a seed, by policy, the one that lifts are over among them
GateBlock = Mapping[str, Figures]


@dataclass(frozen=True)
class Then:
    """What a baseline holds.

    Attributes:
        of_none: by measure, what the policy that others are compared with measured in each seed.
        lifts: by policy and measure, the lift of each seed.
    """

    of_none: Mapping[Measure, Mapping[int, float]]
    lifts: Mapping[str, Mapping[Measure, Mapping[int, float]]]


@dataclass(frozen=True)
class MeasureStanding:
    """What is known of one measure of a policy.

    Attributes:
        word: passed, regressed or open.
        effect: lift now less lift then, below 0 where it is worse (a gap has its sign turned).
        level: at which it may pass, of the last look.
        passing: what all looks leave of it at the levels at which it may pass.
        failing: the same at those at which it may be called a regression.
        then: the mean lift of the baseline, as measured.
        now: the mean lift of the blocks of the look, as measured.
    """

    word: str
    effect: Effect
    level: Level
    passing: Known
    failing: Known
    then: float
    now: float

    @property
    def known(self) -> Known:
        """Surely above ``low``, and surely below ``high``, each by its own error."""
        return Known(self.passing.low, self.failing.high, self.failing.looks)


@dataclass(frozen=True)
class GateStanding(Standing):
    """What is known of a policy; the standing itself is that of its accuracy.

    Attributes:
        measures: by measure.
        margin: how far a lift may fall.
    """

    measures: Mapping[Measure, MeasureStanding] = field(default_factory=dict)
    margin: float = 0.01

    def needed(self, margin: float) -> tuple[int | None, int | None]:
        """How many seeds in all would settle it if the estimate is right; None where no number."""
        if self.settled:
            return None, None
        count = _seeds_needed(self.effect, self.level, margin)
        return count, count


def question(then: Then, seeds: Sequence[int]) -> Question:
    """Return what the gate asks of `GateBlock`s, whose seeds these are, in order."""

    def look(
        blocks: Sequence[Any],
        before: Mapping[str, Standing],
        active: Sequence[str],
        extent: Mapping[str, int],
        baseline: str,
        design: Design,
    ) -> Mapping[str, Standing]:
        return _look(then, seeds, blocks, before, active, extent, baseline, design)

    def early(
        blocks: Sequence[Any], extent: Mapping[str, int], baseline: str, design: Design
    ) -> Mapping[str, Standing]:
        active = list(extent)
        return _look(then, seeds, blocks, {}, active, extent, baseline, design)

    return Question(look, early)


def word_of(low: float, mean: float, high: float, margin: float) -> str:
    """Say what bounds of lift now less lift then mean: regressed, passed or open."""
    if math.isnan(low):
        return "open"
    if high < 0 and mean < -margin:
        return "regressed"
    return "passed" if low > -margin else "open"


def failing_design(design: Design, measure: Measure) -> Design:
    """Return the design by which a measure fails a policy: its part of the error, one-sided."""
    return replace(design, spends=SIDES * SHARES[measure])


def passing_design(design: Design, measure: Measure) -> Design:
    """Return the design by which a measure passes: accuracy has all of the error."""
    return replace(design, spends=SIDES * (1.0 if measure == ACCURACY else SHARES[measure]))


_DESIGNS = (passing_design, failing_design)


def weight_of_pairs(now: int, then: int) -> float:
    """Return w for J seeds of now that are all among the J0 seeds of then."""
    return 0.5 + 0.5 * now / then


def rest_variance(variance: Any, now: int, then: int, paired: bool) -> Any:
    """Return what the seeds of then that have no partner add to the variance of D.

    Args:
        variance: s0², of the lifts then.
        now: J.
        then: J0.
        paired: whether all seeds of now are among those of then.
    """
    if not paired:
        return variance / then
    if now >= then:
        return 0.0 * variance
    return (1.0 - weight_of_pairs(now, then)) ** 2 * variance / (then - now)


def safe(image_variance: Any, level: Level, then: int) -> Any:
    """Return a variance known by the lifts of ``then`` seeds, as if it were known exactly.

    It is widened by Student's quantile, since `half_width` multiplies it by the normal one.
    """
    each = level.alpha / level.comparisons
    wider = critical_value(each, 1, max(1, then - 1)) / critical_value(each, 1, math.inf)
    return image_variance * float(wider) ** 2


def _look(
    then: Then,
    seeds: Sequence[int],
    blocks: Sequence[GateBlock],
    before: Mapping[str, Standing],
    active: Sequence[str],
    extent: Mapping[str, int],
    baseline: str,
    design: Design,
) -> dict[str, Standing]:
    held = _Held(then, seeds[: len(blocks)], blocks, extent, baseline)
    unchanged = {name for name in extent if held.unchanged(name)}
    count = max(len(blocks), design.first)
    levels = {
        measure: [of(design, measure).level(count, len(extent)) for of in _DESIGNS]
        for measure in SHARES
    }
    # A policy that is what it was says nothing of the noise.
    moved = {measure: held.differences(measure, leave_out=unchanged) for measure in SHARES}
    standings: dict[str, Standing] = {}
    for name in active:
        measures = {}
        for measure, (differences, shared) in moved.items():
            sides = []
            lefts = _left(before, name, measure)
            effects = held.effects(name, measure, differences[name], shared, levels[measure])
            for effect, level, left in zip(effects, levels[measure], lefts, strict=True):
                if name in unchanged and effect.blocks:
                    effect = Effect(effect.blocks, 0.0, 0.0, equal=True)
                sides.append((effect, level, left.narrowed(effect, level)))
            (effect, level, passing), (_, _, failing) = sides
            word = word_of(passing.low, effect.mean, failing.high, design.margin)
            lifts = held.mean_lifts(name, measure)
            measures[measure] = MeasureStanding(word, effect, level, passing, failing, *lifts)
        standings[name] = _standing(measures, len(blocks), design.margin)
    return standings


def _left(before: Mapping[str, Standing], name: str, measure: Measure) -> tuple[Known, Known]:
    """What earlier looks leave, at the levels of `_DESIGNS`."""
    earlier = before.get(name)
    if not isinstance(earlier, GateStanding):
        return NOTHING, NOTHING
    return earlier.measures[measure].passing, earlier.measures[measure].failing


def _standing(
    measures: Mapping[Measure, MeasureStanding], blocks: int, margin: float
) -> GateStanding:
    """Accuracy alone can pass a policy; each measure can fail it."""
    first = measures[ACCURACY]
    word: Word = "passed" if first.word == "passed" else "open"
    if any(standing.word == "regressed" for standing in measures.values()):
        word = "regressed"
    return GateStanding(word, blocks, first.effect, first.level, first.known, "", measures, margin)


@dataclass(frozen=True)
class _Held:
    """Blocks of now held against what was measured then.

    Attributes:
        then: what was measured then.
        seeds: of the blocks, (J,).
        blocks: what is measured now.
        extent: in how many blocks each policy takes part.
        baseline: the policy that lifts are over.
    """

    then: Then
    seeds: Sequence[int]
    blocks: Sequence[GateBlock]
    extent: Mapping[str, int]
    baseline: str

    def unchanged(self, name: str) -> bool:
        """Whether policy and baseline measured in each block just what they measured then."""
        for seed, block in zip(self.seeds, self.blocks[: self.extent[name]], strict=False):
            for measure in SHARES:
                none = block.get(self.baseline, {}).get(measure, math.nan)
                lift = block.get(name, {}).get(measure, math.nan) - none
                of_none = self.then.of_none.get(measure, {}).get(seed)
                of_lift = self.then.lifts[name].get(measure, {}).get(seed)
                if not (_alike(none, of_none) and _alike(lift, of_lift)):
                    return False
        return len(self.blocks) > 0

    def differences(
        self, measure: Measure, leave_out: Container[str]
    ) -> tuple[dict[str, Floats], float]:
        """By policy the differences (J,), NaN where there is none, and their variance by all."""
        sign = SIGNS[measure]
        rows = {}
        for name, count in self.extent.items():
            lifts = self._lifts(name, measure)
            lifts[count:] = math.nan
            then = self.then.lifts[name].get(measure, {})
            rows[name] = sign * _less(lifts, self.seeds, then)
        of_none = self.then.of_none.get(measure, {})
        none = sign * _less(self._figures(self.baseline, measure), self.seeds, of_none)
        noisy = [none + row for name, row in rows.items() if name not in leave_out]
        return rows, shared_variance(np.array([none, *noisy]))

    def effects(
        self,
        name: str,
        measure: Measure,
        differences: Floats,
        shared: float,
        levels: Sequence[Level],
    ) -> list[Effect]:
        """The mean difference, with what the lifts of then add to its variance at each level."""
        known = ~np.isnan(differences)
        effect = paired_effect(differences[known], shared=shared)
        lifts = self.then.lifts[name].get(measure, {})
        if effect.blocks < 1 or len(lifts) < 2:
            return [effect] * len(levels)
        paired = all(seed in lifts for seed, there in zip(self.seeds, known, strict=True) if there)
        of_lifts = float(np.var(list(lifts.values()), ddof=1))
        rest = rest_variance(of_lifts, effect.blocks, len(lifts), paired)
        return [
            replace(effect, image_variance=float(safe(rest, level, len(lifts)))) for level in levels
        ]

    def mean_lifts(self, name: str, measure: Measure) -> tuple[float, float]:
        """The mean lift then and now, as measured; NaN where there is none."""
        then = list(self.then.lifts[name].get(measure, {}).values())
        now = self._lifts(name, measure)
        now = now[~np.isnan(now)]
        return (
            float(np.mean(then)) if then else math.nan,
            float(np.mean(now)) if len(now) else math.nan,
        )

    def _lifts(self, name: str, measure: Measure) -> Floats:
        return self._figures(name, measure) - self._figures(self.baseline, measure)

    def _figures(self, name: str, measure: Measure) -> Floats:
        of_blocks = [block.get(name, {}).get(measure, math.nan) for block in self.blocks]
        return np.array(of_blocks, dtype=np.float64)


def _less(now: Floats, seeds: Sequence[int], then: Mapping[int, float]) -> Floats:
    """Return figures of now less those of then, as the formula above weighs them, (J,)."""
    known = ~np.isnan(now)
    of_now = [seed for seed, there in zip(seeds, known, strict=True) if there]
    if not then or not of_now:
        return np.full(len(now), math.nan)
    if not all(seed in then for seed in of_now):
        return now - float(np.mean(list(then.values())))
    w = weight_of_pairs(len(of_now), len(then))
    rest = [figure for seed, figure in then.items() if seed not in of_now]
    other = (1.0 - w) * float(np.mean(rest)) if rest else 0.0
    partner = np.array([then.get(seed, math.nan) for seed in seeds], dtype=np.float64)
    return now - w * partner - other


def _alike(a: float, b: float | None) -> bool:
    if b is None or math.isnan(b):
        return math.isnan(a)
    return abs(a - b) < EQUAL


def _seeds_needed(effect: Effect, level: Level, margin: float) -> int | None:
    """How many blocks settle it, should the estimate be the truth; None up to `SEEDS_CAP`."""
    if effect.blocks < SEEDS_FOR_INTERVALS or math.isnan(effect.variance):
        return None
    target = effect.mean + margin
    if effect.mean < -margin:
        target = max(target, -effect.mean)
    if target <= 0:
        return None
    for count in range(effect.blocks + 1, SEEDS_CAP + 1):
        parts = effect.variance, effect.shared, effect.image_variance, count
        if float(half_width(*parts, level.alpha, level.comparisons)) <= target:
            return count
    return None
