"""How much is the winner worth, on seeds that had no part in choosing it, and against whom?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from augbench.bench.search.candidates.candidate import START, USUAL_PRESET, Candidate
from augbench.bench.search.race import Estimate
from augbench.policies.expression import BASELINE
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Effect, paired_effect
from augbench.reports.statistics.level import ALPHA, Level
from augbench.reports.statistics.verdict import verdict

#: part of the trials that confirms
SHARE = 0.27
#: chance that a gain which is no gain is called likely, on fresh seeds alone
BY_CHANCE = 0.1
#: fresh seeds beyond which more say little
MOST = 20
#: fresh seeds from which on others than the winner and the baseline are confirmed too
ENOUGH_FOR_RIVALS = 5


@dataclass(frozen=True)
class Confirmed:
    """A gain with its interval, fractions.

    Attributes:
        mean: over fresh seeds.
        low: of the 95 % interval; NaN where there is none.
        high: the same.
        verdict: better, worse, equivalent or inconclusive.
        seeds: how many.
        likely: whether there is a gain, at an error of `BY_CHANCE`.
    """

    mean: float
    low: float
    high: float
    verdict: str
    seeds: int
    likely: bool = False


def confirmed(differences: Sequence[float], margin: float = 0.01) -> Confirmed:
    """Return what paired differences of fresh seeds say.

    One comparison that was named before its seeds were looked at, so a plain interval at 95 %.
    """
    return of_effect(paired_effect(differences), margin)


def of_effect(effect: Effect, margin: float) -> Confirmed:
    """Return what an effect over fresh seeds says, as `confirmed`."""
    level = Level(ALPHA)
    low, high = effect.interval(level)
    word, _ = verdict(effect, level, margin)
    least, _ = effect.interval(Level(2 * BY_CHANCE))
    return Confirmed(effect.mean, low, high, word, effect.blocks, bool(least > 0))


def seeds_to_confirm(trials: int, policies: int) -> int:
    """Return how many fresh seeds so many trials give; 0 where the fewest are too many.

    Args:
        trials: in all, for racing and confirming.
        policies: how many are confirmed, the baseline among them.
    """
    wanted = round(SHARE * trials / policies)
    least = SEEDS_FOR_INTERVALS
    return min(MOST, max(least, wanted)) if trials >= least * policies else 0


def to_confirm(
    known: Mapping[str, Estimate],
    winner: str,
    candidates: Mapping[str, Candidate],
    trials: int,
    *,
    start_given: bool,
) -> list[str]:
    """Return the baseline, the winner, and the rivals that there is time for.

    Where nothing won, the best of what raced stands for the winner: how far below is it? Rivals
    are what is in use now, the simplest candidate that helped, and what people usually take. What
    failed in every block did not race.

    Args:
        known: what is believed of those that raced.
        winner: the best of them, or the baseline.
        candidates: all of them, by label.
        trials: how many there may be.
        start_given: whether a spec that is in use was given.

    Returns:
        Their labels; the baseline alone where nothing raced.
    """
    best = winner
    if best == BASELINE:
        raced = [name for name, estimate in known.items() if estimate.blocks]
        best = max(raced, key=lambda name: known[name].mean, default=BASELINE)
    if best == BASELINE:
        return [BASELINE]
    good = [
        name
        for name, estimate in known.items()
        if estimate.mean > 0 and name != best and candidates[name].kind in ("single", "given")
    ]
    simplest = sorted(good, key=lambda name: (candidates[name].complexity, -known[name].mean))
    rivals = [*simplest[:1], *([USUAL_PRESET] if best != USUAL_PRESET else [])]
    if start_given and START not in (best, *rivals):
        rivals.insert(0, START)
    room = trials // ENOUGH_FOR_RIVALS - 2
    return [BASELINE, best, *rivals[: max(0, room)]]
