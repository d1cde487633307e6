"""Which candidates race on, and which of them is the best? Decided from figures alone.

Halving over paired seeds, as of Jamieson and Talwalkar (2016), successive halving: all candidates
in a first block, the best third and newcomers (strengths and combinations of what helped) in the
next, then half of them and half again, with more blocks the fewer there are. No epochs are cut
short: strong augmentation starts slowly. The baseline takes part in every block.

The code knows neither trials nor files, so that a simulation of known truth tests what runs
(`benchmarks/choosing.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from augbench.policies.expression import BASELINE
from augbench.reports.statistics.decision import Measured, decide
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.spread import PRIOR_DEGREES, shared_variance

#: standard deviation of the effects of augmentations that are tried, as a fraction, and the part of
#: its square that they have in common on a data set
EFFECT_SD, COMMON = 0.02, 0.5
#: standard deviation of a paired difference between blocks where nothing is known of it yet
USUAL_SD = 0.015
#: part of the trials that the first block may have
FIRST_SHARE = 0.6
#: part of the candidates that goes on after the first block
KEPT = 3
#: how many race at last
LAST = 2
#: estimates so close are a tie, as a fraction of the margin
TIE = 0.25
#: newcomers join in the first blocks, as long as so many follow
JOINING = 3
BLOCKS_TO_COME = 2

Cell = tuple[str, int]
Figures = Mapping[Cell, float]


@dataclass(frozen=True)
class Estimate:
    """What is believed of a candidate's gain over the baseline, a fraction.

    Attributes:
        mean: of the gain.
        sd: how unsure that is.
        blocks: in how many blocks it took part.
    """

    mean: float
    sd: float
    blocks: int


def estimates(figures: Figures) -> dict[str, Estimate]:
    """Return what the figures so far say of each candidate.

    A figure is that of its block plus the candidate's gain plus noise; blocks are free, noise has
    the variance that all blocks show together. Gains are normal around 0 with `EFFECT_SD`, and
    correlated by `COMMON`: where most do harm, a gain of few blocks is rather luck. So candidates
    of few blocks are pulled further, to 0 and to the others, than those of many.

    Args:
        figures: by candidate and block; NaN where a trial failed.
    """
    names = list(dict.fromkeys(name for name, _ in figures if name != BASELINE))
    blocks = sorted({block for _, block in figures})
    table = np.full((1 + len(names), len(blocks)), math.nan)
    for place, name in enumerate((BASELINE, *names)):
        for column, block in enumerate(blocks):
            table[place, column] = figures.get((name, block), math.nan)
    noise = _noise_variance(table)
    own = (1 - COMMON) * np.eye(len(names))
    precision = np.linalg.inv(EFFECT_SD**2 * (own + COMMON))
    weighted = np.zeros(len(names))
    for of_block in table.T:
        there = np.flatnonzero(~np.isnan(of_block))
        if len(there) < 2:
            continue
        design = np.zeros((len(there), len(names)))
        for line, row in enumerate(there.tolist()):
            if row:
                design[line, row - 1] = 1.0
        centred = design - design.mean(0)
        precision += centred.T @ centred / noise
        weighted += centred.T @ (of_block[there] - of_block[there].mean()) / noise
    covariance = np.linalg.inv(precision)
    means = covariance @ weighted
    counts = (~np.isnan(table[1:])).sum(1)
    return {
        name: Estimate(float(means[row]), float(np.sqrt(covariance[row, row])), int(counts[row]))
        for row, name in enumerate(names)
    }


def _noise_variance(table: np.ndarray) -> float:
    """The variance of one figure within its block, of all blocks and what is usual."""
    usual = USUAL_SD**2 / 2
    shared = shared_variance(table) / 2
    df = max(0, int((~np.isnan(table)).sum()) - table.shape[0] - table.shape[1] + 1)
    if math.isnan(shared) or not df:
        return usual
    return (PRIOR_DEGREES * usual + df * shared) / (PRIOR_DEGREES + df)


def sizes(first: int, second: int, trials: int) -> list[int]:
    """Return how many candidates race in each block after the first one, the baseline aside.

    Args:
        first: candidates of the first block.
        second: wanted in the next one.
        trials: how many trials there may be in all of them.
    """
    for start in range(min(second, trials - 1), LAST - 1, -1):
        rungs = [start]
        while rungs[-1] > LAST:
            rungs.append(max(LAST, math.ceil(rungs[-1] / 2)))
        if sum(size + 1 for size in rungs) <= trials:
            break
    else:
        return []
    plan = []
    for place, size in enumerate(rungs):
        share = trials / (len(rungs) - place)
        count = max(1, int(share // (size + 1)))
        plan += [size] * count
        trials -= count * (size + 1)
    return plan


def race(
    names: Sequence[str],
    newcomers: Callable[[int, Mapping[str, Estimate]], Sequence[str]],
    affordable: Callable[[int], int],
    margin: float,
) -> Generator[list[Cell], Figures, dict[str, Estimate]]:
    """Race candidates; a generator that asks for trials and is sent their figures.

    Args:
        names: candidates, the most plausible first; fewer race where trials are few.
        newcomers: given a block and what is known, who joins in it.
        affordable: given a block, how many trials there may be from it on.
        margin: differences under it do not matter, a fraction.

    Yields:
        The trials that are wanted next: a whole block.

    Returns:
        What is known of all that took part.
    """
    left = affordable(0)
    field = list(names[: max(LAST, int(FIRST_SHARE * left) - 1)])
    figures: dict[Cell, float] = {}
    plan: list[int] | None = None
    block = 0
    while True:
        figures |= yield [(name, block) for name in (BASELINE, *field)]
        block += 1
        known = estimates(figures)
        left = affordable(block)
        early = block <= JOINING and (plan is None or len(plan) > BLOCKS_TO_COME)
        joining = [name for name in newcomers(block, known) if name not in known] if early else []
        if plan is None:
            second = math.ceil(len(field) / KEPT) + len(joining)
            plan = sizes(len(field), second, left)
        plan = _fitting(plan, left)
        if not plan:
            return known
        size = plan.pop(0)
        joining = joining[: size // 2]
        out = hopeless(figures, field, block, margin)
        ranked = sorted(
            (name for name, estimate in known.items() if estimate.blocks),
            key=lambda name: -known[name].mean,
        )
        field = [name for name in ranked if name not in out][: size - len(joining)] + joining
        if not field:
            return known


def _fitting(plan: list[int], trials: int) -> list[int]:
    """Return the plan with blocks left out, or more of its last ones, to fit the trials."""
    plan = list(plan)
    while plan and sum(size + 1 for size in plan) > trials:
        repeated = [place for place in range(1, len(plan)) if plan[place] == plan[place - 1]]
        plan.pop(repeated[0] if repeated else 0)
    while plan and sum(size + 1 for size in plan) + plan[-1] + 1 <= trials:
        plan.append(plan[-1])
    return plan


def hopeless(figures: Figures, field: Sequence[str], blocks: int, margin: float) -> set[str]:
    """Return who of the field is settled as no better than the baseline, or always fails.

    By the procedure of ``compare --seeds auto``, over the candidates that raced in all blocks.
    """
    design = Design(margin, stages=(Stage(max(blocks, Design.first + 1)),))
    failing = {
        name
        for name in field
        if all(math.isnan(figure) for (other, _), figure in figures.items() if other == name)
    }
    through = [name for name in field if all((name, at) in figures for at in range(blocks))]
    if blocks < design.first or not through:
        return failing
    measured = [
        {name: Measured(figures[name, at]) for name in (BASELINE, *through)} for at in range(blocks)
    ]
    standings = decide(measured, through, BASELINE, design).standings
    return failing | {
        name for name, standing in standings.items() if standing.word in ("worse", "equivalent")
    }


def winner(
    known: Mapping[str, Estimate], complexity: Callable[[str], tuple[int, ...]], margin: float
) -> str:
    """Return the best candidate, or the simplest of those that tie with it; the baseline if none.

    Candidates that raced in one block alone count only where none raced in more, and a tie is one
    of candidates that raced in half as many blocks as the best, or more.

    Args:
        known: by candidate.
        complexity: how much there is to explain of a candidate.
        margin: differences under it do not matter, a fraction.
    """
    most = max((estimate.blocks for estimate in known.values()), default=0)
    able = {
        name: estimate
        for name, estimate in known.items()
        if estimate.blocks >= max(1, min(2, most))
    }
    if not able:
        return BASELINE
    best = max(able.values(), key=lambda estimate: estimate.mean)
    if best.mean <= 0:
        return BASELINE
    least = max(0.0, best.mean - TIE * margin)
    close = [
        name
        for name, estimate in able.items()
        if estimate.mean >= least and 2 * estimate.blocks >= best.blocks
    ]
    return min(close, key=lambda name: (complexity(name), -able[name].mean))
