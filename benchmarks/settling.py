"""How many trials does it take to settle a comparison, and how often is the verdict wrong?

    python benchmarks/settling.py [--runs 2000]

Simulated figures of known truth through `augbench.reports.statistics.decision`, the module that
`--seeds auto` runs, beside fixed numbers of blocks, by the intervals of the reports and by each
policy's own variance at Bonferroni's level .04/m. Effects and the margin are in standard
deviations of the paired difference where baseline and policy are equally noisy. False alarms: the
share of comparisons without any effect in which a policy is called better or worse.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.statistics.decision import Block, Decision, Measured, decide
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.effect import paired_effect
from augbench.reports.statistics.level import Level, alpha_of_look
from augbench.reports.statistics.spread import shared_variance
from augbench.reports.statistics.verdict import NOTHING

MARGIN = 0.7
PAIR_SD = math.sqrt(2)


@dataclass(frozen=True)
class World:
    """What is true, in standard deviations of the paired difference.

    Attributes:
        effects: of each policy over the baseline.
        noise: standard deviations of the policies' own noise; equal ones where there are none.
        baseline_noise: that of the baseline.
        missing: the share of trials that fail.
    """

    effects: tuple[float, ...]
    noise: tuple[float, ...] = ()
    baseline_noise: float = 1.0
    missing: float = 0.0


def figures(world: World, blocks: int, rng: np.random.Generator) -> np.ndarray:
    """Return (policies + 1, blocks) figures in sd of the paired difference, NaN where missing."""
    noise = np.array([world.baseline_noise, *(world.noise or (1.0,) * len(world.effects))])
    values = noise[:, None] * rng.standard_normal((len(noise), blocks)) / PAIR_SD
    values[1:] += np.array(world.effects)[:, None]
    values[rng.random(values.shape) < world.missing] = np.nan
    return values


def blocks_of(values: np.ndarray) -> list[Block]:
    """Return figures as blocks of the decision; the baseline is policy 0."""
    return [{str(row): Measured(float(value)) for row, value in enumerate(c)} for c in values.T]


def decided(world: World, design: Design, runs: int, seed: int = 0) -> list[Decision]:
    """Return the decision on many simulated comparisons; the same seed gives the same ones."""
    names = [str(row + 1) for row in range(len(world.effects))]
    return [
        decide(blocks_of(figures(world, design.most, rng)), names, "0", design)
        for rng in (np.random.default_rng([seed, run]) for run in range(runs))
    ]


def alarms(decisions: Sequence[Decision]) -> int:
    """In how many of them any policy is called better or worse."""
    return sum(
        any(standing.word in ("better", "worse") for standing in decision.standings.values())
        for decision in decisions
    )


def trials_and_settled(decisions: Sequence[Decision]) -> tuple[float, float]:
    """Mean trials of a policy until it is settled or given up, and the share settled."""
    standings = [standing for decision in decisions for standing in decision.standings.values()]
    return (
        float(np.mean([standing.blocks for standing in standings])),
        float(np.mean([standing.settled for standing in standings])),
    )


@dataclass(frozen=True)
class Fixed:
    """What a fixed number of blocks gives, over many simulated comparisons.

    Attributes:
        alarms: the share in which any policy with no effect is called better or worse.
        settled: the share of policies that are settled.
        found: the share of policies with an effect that are told from 0; NaN without any.
        covered: the share of intervals that hold the truth, of the policy with the lowest.
        half: the median half-width.
    """

    alarms: float
    settled: float
    found: float
    covered: float
    half: float


def fixed(world: World, blocks: int, runs: int, seed: int = 0, alone: bool = False) -> Fixed:
    """Compare in a fixed number of blocks; ``alone`` by each policy's own variance, Bonferroni."""
    level = Level(alpha_of_look(1), len(world.effects))
    truth = np.array(world.effects)
    mean, half = (np.empty((runs, len(truth))) for _ in range(2))
    for run in range(runs):
        values = figures(world, blocks, np.random.default_rng([seed, run]))
        differences = values[1:] - values[0]
        shared = math.nan if alone else shared_variance(values)
        effects = [paired_effect(row[~np.isnan(row)], shared=shared) for row in differences]
        mean[run] = [effect.mean for effect in effects]
        half[run] = [effect.half_width(level) for effect in effects]
    sure = np.abs(mean) > half
    return Fixed(
        alarms=float((sure & (truth == 0)).any(axis=1).mean()),
        settled=float((sure | (np.abs(mean) + half < MARGIN)).mean()),
        found=float(sure[:, truth != 0].mean()) if truth.any() else math.nan,
        covered=float(1 - (np.abs(mean - truth) > half).mean(axis=0).max()),
        half=float(np.nanmedian(half)),
    )


def widths(world: World, design: Design, runs: int, seed: int = 0) -> list[float]:
    """The median half-width after each look, were no policy ever settled."""
    halves: list[list[float]] = []
    for run in range(runs):
        values = figures(world, design.most, np.random.default_rng([seed, run]))
        known = [NOTHING] * len(world.effects)
        halves.append([])
        for blocks in range(design.first, design.most + 1):
            level = design.level(blocks, len(known))
            part = values[:, :blocks]
            shared = shared_variance(part)
            effects = [paired_effect(row, shared=shared) for row in part[1:] - part[0]]
            known = [k.narrowed(e, level) for k, e in zip(known, effects, strict=True)]
            halves[-1].append(float(np.median([(k.high - k.low) / 2 for k in known])))
    return [float(width) for width in np.median(halves, axis=0)]


#: scenarios without any effect
NULLS = {
    "equal spreads": lambda m: World((0.0,) * m),
    "one policy 3 times as noisy": lambda m: World((0.0,) * m, (3.0, *(1.0,) * (m - 1))),
    "one policy 10 times as noisy": lambda m: World((0.0,) * m, (10.0, *(1.0,) * (m - 1))),
    "spreads from 1 to 10": lambda m: World((0.0,) * m, tuple(np.geomspace(1, 10, m))),
    "3 policies 10 times as noisy": lambda m: World((0.0,) * m, ((10.0,) * 3 + (1.0,) * m)[:m]),
    "half of them without noise": lambda m: World((0.0,) * m, ((0.0,) * (m // 2) + (1.0,) * m)[:m]),
    "baseline 3 times as noisy": lambda m: World((0.0,) * m, baseline_noise=3.0),
    "baseline 10 times as noisy": lambda m: World((0.0,) * m, baseline_noise=10.0),
    "15 % of trials missing": lambda m: World((0.0,) * m, missing=0.15),
}
COUNTS = (1, 2, 4, 8, 20)
EFFECTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="simulated comparisons a line")
    parser.add_argument("--most", type=int, default=10, help="blocks at the end of the plan")
    arguments = parser.parse_args()
    runs, design = arguments.runs, Design(MARGIN, stages=(Stage(arguments.most),))
    began = time.perf_counter()
    print("As many blocks as it takes: false alarms (at most .05), by number of policies")
    for name, null in NULLS.items():
        shares = (alarms(decided(null(m), design, runs)) / runs for m in COUNTS)
        cells = "   ".join(f"{m}: {share:.3f}" for m, share in zip(COUNTS, shares, strict=True))
        print(f"  {name:32} {cells}", flush=True)
    print("3, 5 and 10 blocks: false alarms, and the lowest coverage of a policy's interval")
    for name, null in NULLS.items():
        for m in COUNTS:
            of = [fixed(null(m), blocks, runs) for blocks in (3, 5, 10)]
            cells = "   ".join(f"{row.alarms:.3f} {row.covered:.3f}" for row in of)
            print(f"  {name:32} {m:2}: {cells}", flush=True)
    for m in (1, 4):
        print(f"Trials of a policy and share settled, {m} policies with this effect each")
        print(f"  {'effect':8} {'as many as it takes':24} {'5 blocks, own variance':24} 10 blocks")
        for effect in EFFECTS:
            world = World((effect,) * m)
            mean, share = trials_and_settled(decided(world, design, runs))
            beside = [fixed(world, blocks, runs, alone=True).settled for blocks in (5, 10)]
            cells = "".join(f"{share:<25.2f}" for share in beside)
            print(f"  {effect:<8} {mean:5.2f} {share:5.2f}{'':13}{cells}", flush=True)
    print("Power: an effect is told from 0, now and by a policy's own variance; half-widths")
    for m in (1, 2, 4, 8):
        for blocks in (3, 5):
            powers = []
            for effect in (1.0, 2.0, 4.0):
                world = World((effect, *(0.0,) * (m - 1)))
                now, before = (fixed(world, blocks, runs, alone=way) for way in (False, True))
                powers.append(f"{effect:g}: {now.found:.2f} {before.found:.2f}")
            print(
                f"  {m} policies, {blocks} blocks   {'   '.join(powers)}   "
                f"width {now.half:.2f} {before.half:.2f}",
                flush=True,
            )
    print("Median half-width after each look, were nothing settled; two extensions to 15 and 20")
    longer = Design(MARGIN, stages=(Stage(arguments.most), Stage(15, 2), Stage(20, 3)))
    for m in (1, 4):
        cells = " ".join(f"{width:.2f}" for width in widths(World((1.0,) * m), longer, runs // 4))
        print(f"  {m} policies   {cells}", flush=True)
    print(f"{time.perf_counter() - began:.0f} s, {runs} comparisons a line")


if __name__ == "__main__":
    main()
