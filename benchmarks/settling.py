"""How many trials does it take to settle a comparison, and how often is the verdict wrong?

    python benchmarks/settling.py [--runs 2000]

Simulated figures of known truth through `augbench.reports.statistics.decision`, the module that
`--seeds auto` runs, beside fixed designs of 5 and 10 blocks whose intervals use each policy's own
variance and Bonferroni's level .04/m. Effects and the margin are in standard deviations of the
paired difference where baseline and policy are equally noisy. False alarms: the share of
comparisons without any effect in which a policy is called better or worse.
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
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.statistics.decision import Block, Decision, Measured, decide
from augbench.reports.statistics.design import Design, Stage

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
        any(one.word in ("better", "worse") for one in decision.standings.values())
        for decision in decisions
    )


def trials_and_settled(decisions: Sequence[Decision]) -> tuple[float, float]:
    """Mean trials of a policy until it is settled or given up, and the share settled."""
    standings = [one for decision in decisions for one in decision.standings.values()]
    return (
        float(np.mean([one.blocks for one in standings])),
        float(np.mean([one.settled for one in standings])),
    )


def fixed(world: World, blocks: int, runs: int, seed: int = 0) -> tuple[float, float]:
    """Share of comparisons with a false alarm, and of policies settled, in a fixed design."""
    alarmed = settled = 0
    m = len(world.effects)
    critical = stats.t.isf(0.02 / m, blocks - 1)
    for run in range(runs):
        values = figures(world, blocks, np.random.default_rng([seed, run]))
        difference = values[1:] - values[0]
        mean = difference.mean(axis=1)
        half = critical * difference.std(axis=1, ddof=1) / math.sqrt(blocks)
        sure = np.abs(mean) > half
        alarmed += bool(sure.any())
        settled += int((sure | (np.abs(mean) + half < MARGIN)).sum())
    return alarmed / runs, settled / runs / m


#: scenarios without any effect
NULLS = {
    "equal spreads": lambda m: World((0.0,) * m),
    "one policy 3 times as noisy": lambda m: World((0.0,) * m, (3.0, *(1.0,) * (m - 1))),
    "one policy 10 times as noisy": lambda m: World((0.0,) * m, (10.0, *(1.0,) * (m - 1))),
    "spreads from 1 to 10": lambda m: World((0.0,) * m, tuple(np.geomspace(1, 10, m))),
    "baseline 3 times as noisy": lambda m: World((0.0,) * m, baseline_noise=3.0),
    "15 % of trials missing": lambda m: World((0.0,) * m, missing=0.15),
}
EFFECTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="simulated comparisons a line")
    parser.add_argument("--most", type=int, default=10, help="blocks at the end of the plan")
    arguments = parser.parse_args()
    runs, design = arguments.runs, Design(MARGIN, stages=(Stage(arguments.most),))
    began = time.perf_counter()
    print("False alarms of the whole procedure, by number of policies (at most .05)")
    for name, world in NULLS.items():
        shares = []
        for m in (1, 2, 4, 8):
            shares.append(f"{m}: {alarms(decided(world(m), design, runs)) / runs:.3f}")
        print(f"  {name:32} {'   '.join(shares)}", flush=True)
    for m in (1, 4):
        print(f"Trials of a policy and share settled, {m} policies with this effect each")
        print(f"  {'effect':8} {'as many as it takes':24} {'5 blocks':10} 10 blocks")
        for effect in EFFECTS:
            world = World((effect,) * m)
            mean, share = trials_and_settled(decided(world, design, runs))
            beside = [fixed(world, blocks, runs)[1] for blocks in (5, 10)]
            cells = "".join(f"{share:<11.2f}" for share in beside)
            print(f"  {effect:<8} {mean:5.2f} {share:5.2f}{'':13}{cells}", flush=True)
    print(f"{time.perf_counter() - began:.0f} s, {runs} comparisons a line")


if __name__ == "__main__":
    main()
