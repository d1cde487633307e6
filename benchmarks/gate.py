"""How often does the regression gate cry wolf, and what does it catch?

    python benchmarks/gate.py [--runs 2000] [--jobs 2]

Simulated lifts of known truth through `augbench.reports.statistics.decision`, the module that
`augbench check` runs, block by block, at the margin that `--calibrate` gives for that noise. Noise
is in points; a lift varies by 1 from seed to seed unless it is said otherwise.
"""

from __future__ import annotations

import argparse
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.statistics.affordable import Affordable, Noise, affordable
from augbench.reports.statistics.decision import Decision, decide
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.gate import (
    ACCURACY,
    GAP,
    SHARES,
    SIGNS,
    WORST_CLASS,
    Measure,
    Then,
    question,
)

#: how noisy the measures are beside accuracy, about as on Fashion-MNIST
NOISE: dict[Measure, float] = {ACCURACY: 1.0, GAP: 1.2, WORST_CLASS: 4.0}


@dataclass(frozen=True)
class World:
    """What is true.

    Attributes:
        name: in the table.
        sd: of each policy's lift, in points.
        known: seeds of the baseline.
        most: seeds of a check.
        common: how much of a lift's variance belongs to its seed, then and now.
        noisier: how many times as large the noise is now as then.
    """

    name: str
    sd: tuple[float, ...]
    known: int
    most: int
    common: float = 0.0
    noisier: float = 1.0

    @property
    def names(self) -> list[str]:
        return [f"p{at}" for at in range(len(self.sd))]


WORLDS = (
    World("1 policy, baseline 5, check 5", (1.0,), 5, 5),
    World("1 policy, baseline 10, check 5", (1.0,), 10, 5),
    World("1 policy, baseline 10, check 10", (1.0,), 10, 10),
    World("1 policy, baseline 20, check 10", (1.0,), 20, 10),
    World("3 policies, baseline 5, check 5", (1.0,) * 3, 5, 5),
    World("3 policies, baseline 10, check 10", (1.0,) * 3, 10, 10),
    World("6 policies, baseline 10, check 10", (1.0,) * 6, 10, 10),
    World("3 policies, one 3 times as noisy", (1.0, 1.0, 3.0), 10, 10),
    World("3 policies, half of the noise is the seed's", (1.0,) * 3, 10, 10, common=0.5),
    World("3 policies, now twice as noisy as then", (1.0,) * 3, 10, 10, noisier=2.0),
    World("3 policies, check beyond the baseline's seeds", (1.0,) * 3, 5, 10),
)
Figures = dict[Measure, dict[str, np.ndarray]]


def noise_of(world: World) -> Noise:
    sd = {
        measure: {
            name: factor * value / 100 for name, value in zip(world.names, world.sd, strict=True)
        }
        for measure, factor in NOISE.items()
    }
    return Noise(sd, world.known, 1e6)


def figures(world: World, rng: np.random.Generator) -> tuple[Figures, Figures]:
    """Return what none and policies measure then, (known,) each, and now, (most,) each."""
    sd = noise_of(world).sd
    then: Figures = {}
    now: Figures = {}
    longest = max(world.known, world.most)
    for measure in SHARES:
        none = min(sd[measure].values()) / math.sqrt(2)
        rows = {"none": none} | {
            name: math.sqrt(value**2 - none**2) for name, value in sd[measure].items()
        }
        then[measure], now[measure] = {}, {}
        for name, spread in rows.items():
            seed = math.sqrt(world.common) * rng.standard_normal(longest)
            own = math.sqrt(1 - world.common)
            before = spread * (seed[: world.known] + own * rng.standard_normal(world.known))
            after = spread * (seed[: world.most] + own * rng.standard_normal(world.most))
            then[measure][name], now[measure][name] = before, world.noisier * after
    return then, now


def check(
    world: World, run: int, margin: float, drop: float, measure: Measure = ACCURACY, of: int = -1
) -> Decision:
    """Return what a check says when the policy ``of`` (the last one) lost ``drop``."""
    then, now = figures(world, np.random.default_rng([len(world.name), run]))
    names = world.names
    now[measure][names[of]] = now[measure][names[of]] - SIGNS[measure] * drop
    lifts = {
        name: {m: dict(enumerate(rows[name] - rows["none"])) for m, rows in then.items()}
        for name in names
    }
    known = Then({m: dict(enumerate(rows["none"])) for m, rows in then.items()}, lifts)
    blocks = [
        {name: {m: now[m][name][at] for m in SHARES} for name in ("none", *names)}
        for at in range(world.most)
    ]
    design = Design(margin, stages=(Stage(world.most),))
    return decide(blocks, names, "none", design, question(known, range(world.most)))


def one_run(run: int, world: World, afforded: Affordable) -> list[bool]:
    """Alarm, all passed, alarm by means alone, drop caught, a drop of the margin passed."""
    same = check(world, run, afforded.margin, 0.0).standings.values()
    worse = check(world, run, afforded.margin, afforded.catches[ACCURACY])
    edge = check(world, run, afforded.margin, afforded.margin)
    last = world.names[-1]
    return [
        any(standing.word == "regressed" for standing in same),
        all(standing.word == "passed" for standing in same),
        any(standing.effect.mean < -0.01 for standing in same),
        worse.standings[last].word == "regressed",
        edge.standings[last].word == "passed",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int, nargs="*", help="rows, counted from 0")
    asked = parser.parse_args()
    print(
        "| world | margin | cries wolf | passes | threshold of 1 point on means | "
        "drop promised | caught | drop of the margin passes |\n|---|---|---|---|---|---|---|---|"
    )
    with ProcessPoolExecutor(asked.jobs) as pool:
        for place, world in enumerate(WORLDS):
            if asked.only and place not in asked.only:
                continue
            afforded = affordable(noise_of(world), world.known, world.most)
            runs = pool.map(
                partial(one_run, world=world, afforded=afforded), range(asked.runs), chunksize=50
            )
            shares = np.array(list(runs)).mean(axis=0)
            alarms, passes, naive, caught, edge = (f"{share:.3f}" for share in shares)
            print(
                f"| {world.name} | {100 * afforded.margin:.1f} | {alarms} | {passes} | {naive} | "
                f"{100 * afforded.catches[ACCURACY]:.1f} | {caught} | {edge} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
