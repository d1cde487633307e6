"""Which margin can a regression gate afford, and what does it catch?

Checks of an unchanged build, and of one that lost something, are simulated with the noise of a
run, through the bounds, levels and words of `augbench.reports.statistics.gate`. A shift of a true
lift shifts all bounds and changes no width, so that one simulation answers for all margins and all
drops. Seeds of then and now are taken to say nothing of each other, which is on the safe side; all
policies go on to tell the noise, where in a check those that are settled do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Floats, half_width
from augbench.reports.statistics.gate import (
    ACCURACY,
    SHARES,
    Measure,
    Then,
    failing_design,
    passing_design,
    rest_variance,
    safe,
    weight_of_pairs,
)
from augbench.reports.statistics.spread import (
    PRIOR_DEGREES,
    moderated,
    shared_variance,
    shared_variances,
)
from numpy.typing import NDArray
from scipy import stats

RUNS = 1000
#: an unchanged build passes in so many checks at a margin that can be afforded
PASSES = 0.95
#: under the noise floor an unchanged build passes in less than this part of all checks
FLOOR = 0.5
#: a drop that is promised to be caught is caught in more than .80; the rest is for chance
CATCHES = 0.83
#: the noise is planned at the upper end of its one-sided 80 % interval
SURE = 0.8
SEEDS = (3, 5, 7, 10, 15, 20)
_HALVINGS = 14
Bools = NDArray[np.bool_]


def points_up(fraction: float) -> float:
    """Return a fraction in points, rounded up to a tenth, so that what is named is enough."""
    return math.ceil(1000 * fraction - 1e-9) / 10 if math.isfinite(fraction) else fraction


@dataclass(frozen=True)
class Noise:
    """How much lifts vary from seed to seed.

    Attributes:
        sd: by measure and policy, the standard deviation of a lift, a fraction.
        seeds: of how many seeds it is.
        degrees: degrees of freedom that it has.
    """

    sd: Mapping[Measure, Mapping[str, float]]
    seeds: int
    degrees: float

    @property
    def slack(self) -> float:
        """How many times as large the noise may be, with 80 % confidence."""
        return math.sqrt(self.degrees / float(stats.chi2.ppf(1 - SURE, self.degrees)))

    def at_most(self) -> Noise:
        """Return the noise that it is below with 80 % confidence."""
        sd = {
            measure: {name: self.slack * value for name, value in of_policy.items()}
            for measure, of_policy in self.sd.items()
        }
        return replace(self, sd=sd)


@dataclass(frozen=True)
class Affordable:
    """What checks of so many seeds can do.

    Attributes:
        seeds: of a check: at most so many, or just so many.
        margin: the smallest at which 95 % of the checks of an unchanged build pass; infinite where
            none does.
        floor: the smallest at which half of them pass.
        alarms: the part of such checks that cry wolf at that margin.
        passes: the part that pass.
        usual: the mean number of seeds of such a check.
        catches: by measure, the smallest drop that is caught in 80 % of the checks.
    """

    seeds: int
    margin: float
    floor: float
    alarms: float
    passes: float
    usual: float
    catches: Mapping[Measure, float]


def noise_of(then: Then) -> Noise:
    """Return the noise of the lifts of a run or a baseline.

    A policy's own variance is weighted with that of all policies, as in the comparison.
    """
    sd: dict[Measure, dict[str, float]] = {}
    fewest, shares = math.inf, False
    for measure in SHARES:
        of_none = then.of_none.get(measure, {})
        seeds = list(of_none)
        lifts = {
            name: np.array([of.get(measure, {}).get(seed, math.nan) for seed in seeds])
            for name, of in then.lifts.items()
        }
        known = {
            name: row
            for name, row in lifts.items()
            if (~np.isnan(row)).sum() >= SEEDS_FOR_INTERVALS
        }
        if not known:
            continue
        none = np.array(list(of_none.values()))
        shared = shared_variance(np.array([none, *(none + row for row in known.values())]))
        shares = shares or not math.isnan(shared)
        sd[measure] = {}
        for name, row in known.items():
            count = int((~np.isnan(row)).sum())
            fewest = min(fewest, count)
            own = float(np.nanvar(row, ddof=1))
            variance = own if math.isnan(shared) else moderated(own, shared, count - 1)
            sd[measure][name] = math.sqrt(float(variance))
    count = 0 if math.isinf(fewest) else int(fewest)
    return Noise(sd, count, max(1.0, count - 1 + (PRIOR_DEGREES if shares else 0.0)))


def affordable(
    noise: Noise,
    baseline_seeds: int,
    most: int,
    *,
    fixed: bool = False,
    runs: int = RUNS,
    seed: int = 0,
) -> Affordable:
    """Return what checks of up to ``most`` seeds can do with this noise.

    Args:
        noise: of the lifts.
        baseline_seeds: how many seeds the baseline has.
        most: the seeds of a check.
        fixed: it looks once, at all of them; else block by block from the third on.
        runs: how many checks are simulated.
        seed: of their randomness.
    """
    first = max(SEEDS_FOR_INTERVALS, most) if fixed else SEEDS_FOR_INTERVALS
    design = Design(0.01, first, (Stage(max(first, most)),))
    checks = simulated(noise, baseline_seeds, design, runs, seed)
    margin = _smallest(lambda margin: checks.outcome(margin).passes, PASSES, checks.widest)
    floor = _smallest(lambda margin: checks.outcome(margin).passes, FLOOR, checks.widest)
    outcome = checks.outcome(margin)
    catches = {
        measure: _smallest(
            partial(checks.caught, margin, measure),
            CATCHES,
            margin + 1.01 * float(checks.high[measure].max()),  # which falls in every check
        )
        for measure in noise.sd
    }
    return Affordable(most, margin, floor, outcome.alarms, outcome.passes, outcome.seeds, catches)


@dataclass(frozen=True)
class Outcome:
    """How simulated checks ended: the parts that passed and that cried wolf, and mean seeds."""

    passes: float
    alarms: float
    seeds: float


@dataclass(frozen=True)
class Checks:
    """Simulated checks of an unchanged build.

    Attributes:
        counts: how many blocks each look has.
        policies: names, in the order of the last axis below.
        mean: by measure, lift now less lift then at each look, (looks, runs, policies).
        low: its lower bound by all looks so far, at the levels at which it may pass.
        high: its upper bound, at those at which it may fail.
        noisiest: by measure, the policy with the largest noise.
    """

    counts: tuple[int, ...]
    policies: tuple[str, ...]
    mean: Mapping[Measure, Floats]
    low: Mapping[Measure, Floats]
    high: Mapping[Measure, Floats]
    noisiest: Mapping[Measure, int]

    @property
    def widest(self) -> float:
        """A margin at which every unchanged build passes."""
        return float(max(-self.low[ACCURACY].min(), 1e-9)) * 1.01

    def outcome(self, margin: float) -> Outcome:
        """How they end with this margin."""
        passed, regressed, seeds = self._ends(margin)
        alarms = regressed.any(axis=1)
        return Outcome(
            float((passed.all(axis=1) & ~alarms).mean()),
            float(alarms.mean()),
            float(seeds.max(axis=1).mean()),
        )

    def caught(self, margin: float, measure: Measure, drop: float) -> float:
        """The part in which a drop of the noisiest policy is called a regression."""
        _, regressed, _ = self._ends(margin, measure, drop)
        return float(regressed.mean())

    def _ends(
        self, margin: float, fallen: Measure | None = None, drop: float = 0.0
    ) -> tuple[Bools, Bools, Floats]:
        """Whether each policy passed and regressed, and after how many blocks, (runs, policies).

        Where a measure has fallen, of its noisiest policy alone.
        """
        of = slice(None) if fallen is None else [self.noisiest[fallen]]

        def shifted(table: Mapping[Measure, Floats], measure: Measure) -> Floats:
            return table[measure][..., of] - (drop if measure == fallen else 0.0)

        worse = np.any(
            [
                (shifted(self.high, measure) < 0) & (shifted(self.mean, measure) < -margin)
                for measure in self.mean
            ],
            axis=0,
        )
        fine = shifted(self.low, ACCURACY) > -margin
        first = (worse | fine).argmax(axis=0)
        regressed, ended = (
            np.take_along_axis(table, first[None], axis=0)[0] for table in (worse, worse | fine)
        )
        seeds = np.where(ended, np.array(self.counts)[first], self.counts[-1])
        return ended & ~regressed, regressed, seeds.astype(np.float64)


def simulated(noise: Noise, baseline_seeds: int, design: Design, runs: int, seed: int) -> Checks:
    """Simulate checks of an unchanged build against baselines of so many seeds."""
    counts = tuple(range(design.first, design.most + 1))
    names = tuple(noise.sd[ACCURACY])
    mean, low, high, noisiest = {}, {}, {}, {}
    for place, (measure, sds) in enumerate(noise.sd.items()):
        rng = np.random.default_rng([seed, place, baseline_seeds])
        sd = np.array([sds.get(name, math.nan) for name in names])
        sd = np.where(np.isnan(sd), np.nanmax(sd), sd)
        noisiest[measure] = int(sd.argmax())
        then, now = (_figures(sd, count, runs, rng) for count in (baseline_seeds, design.most))
        designs = passing_design(design, measure), failing_design(design, measure)
        looks = [_bounds(then, now[:, :, :count], designs) for count in counts]
        means = np.stack([look[0] for look in looks])
        passing, failing = (np.stack([look[1][side] for look in looks]) for side in (0, 1))
        mean[measure] = means
        low[measure] = _narrowed(means - passing, means + passing)[0]
        high[measure] = _narrowed(means - failing, means + failing)[1]
    return Checks(counts, names, mean, low, high, noisiest)


def _figures(sd: Floats, count: int, runs: int, rng: np.random.Generator) -> Floats:
    """Return noise, (runs, policies + 1, count); differences to its first row have these sd."""
    none = float((sd**2).min()) / 2
    own = np.sqrt(np.concatenate([[none], sd**2 - none]))
    return own[:, None] * rng.standard_normal((runs, len(own), count))


def _bounds(then: Floats, now: Floats, designs: Sequence[Design]) -> tuple[Floats, list[Floats]]:
    """Return mean lift now less lift then, and by each design half the width of its interval.

    Args:
        then: figures, (runs, policies + 1, J0), the baseline's first.
        now: the same, (runs, policies + 1, J).
        designs: which say at what level.

    Returns:
        Arrays (runs, policies).
    """
    count, known = now.shape[2], then.shape[2]
    paired = count <= known
    w = weight_of_pairs(count, known) if paired else 0.0
    rest = then[:, :, count:] if paired else then
    other = (1.0 - w) * rest.mean(axis=2, keepdims=True) if rest.shape[2] else 0.0
    moved = now - (w * then[:, :, :count] if paired else 0.0) - other
    differences = moved[:, 1:] - moved[:, :1]
    lifts = then[:, 1:] - then[:, :1]
    of_rest = rest_variance(lifts.var(axis=2, ddof=1), count, known, paired)
    variance = differences.var(axis=2, ddof=1)
    shared = shared_variances(moved)[:, None]
    halves = []
    for design in designs:
        level = design.level(count, now.shape[1] - 1)
        rest = safe(of_rest, level, known)
        halves.append(half_width(variance, shared, rest, count, level.alpha, level.comparisons))
    return differences.mean(axis=2), halves


def _narrowed(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return what all looks so far leave at each, as `verdict.Known.narrowed` has it."""
    lows, highs = [low[0]], [high[0]]
    for bottom, top in zip(low[1:], high[1:], strict=True):
        both = np.maximum(lows[-1], bottom), np.minimum(highs[-1], top)
        apart = both[0] > both[1]
        lows.append(np.where(apart, bottom, both[0]))
        highs.append(np.where(apart, top, both[1]))
    return np.stack(lows), np.stack(highs)


def _smallest(chance: Callable[[float], float], least: float, most: float) -> float:
    """Return the smallest number up to ``most`` whose chance is ``least``, by bisection."""
    if chance(most) < least:
        return math.inf
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + most) / 2
        low, most = (low, middle) if chance(middle) >= least else (middle, most)
    return most
