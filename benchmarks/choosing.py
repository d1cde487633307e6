"""Does `augbench choose` choose well? Simulated data sets of known truth.

    python benchmarks/choosing.py [--runs 2000] [--trials 30]

Ten candidates, two strengths each of five families: a third of the families do harm, the others
gain .7 ± 1.3 points; strengths differ by .6 points; a trial's own noise is .6, .9 or 1.3 points
and a block's, which all its trials share, .7. These are the figures of the runs in
`docs/measures.md`. What `choose` does is done by the code that runs, `augbench.bench.search.race`
and `augbench.bench.search.confirming`; beside it, with as many trials and the same confirmation:
all candidates in as many blocks as there are trials for, halving by the mean difference, and the
best of one block.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.bench.search.confirming import Confirmed, confirmed, seeds_to_confirm
from augbench.bench.search.race import Cell, Estimate, race, winner
from augbench.policies.expression import BASELINE

CANDIDATES = 10
BLOCK_SD = 0.007
CLOSE = 0.005
MARGIN = 0.01


@dataclass(frozen=True)
class World:
    """A simulated data set.

    Attributes:
        gains: by candidate.
        noise: standard deviation of a trial's own figure.
        seed: of all noise; a trial has the same figure whoever asks for it.
    """

    gains: dict[str, float]
    noise: float
    seed: int

    def figure(self, cell: Cell) -> float:
        """Return what a trial measures."""
        name, block = cell
        shared = np.random.default_rng([self.seed, block]).normal(0.0, BLOCK_SD)
        place = 0 if name == BASELINE else 1 + int(name)
        own = np.random.default_rng([self.seed, block, place]).normal(0.0, self.noise)
        return float(0.8 + shared + self.gains[name] + own)


def world(seed: int, noise: float, without_effect: bool = False) -> World:
    """Return the simulated data set of a seed."""
    rng = np.random.default_rng([seed, 10**6])
    families = CANDIDATES // 2
    harm = -np.abs(rng.normal(0.0, 0.04, families)) - 0.005
    gain = rng.normal(0.007, 0.013, families)
    of_family = np.where(rng.random(families) < 0.35, harm, gain)
    gains = np.repeat(of_family, 2) + rng.normal(0.0, 0.006, CANDIDATES)
    if without_effect:
        gains = np.zeros(CANDIDATES)
    return World({BASELINE: 0.0} | {str(k): float(g) for k, g in enumerate(gains)}, noise, seed)


NAMES = [str(k) for k in range(CANDIDATES)]


def by_choose(of: World, trials: int) -> str:
    """The winner of the race that runs."""
    spent = 0
    known: dict[str, Estimate] = {}
    running = race(NAMES, lambda block, known: (), lambda block: trials - spent, MARGIN)
    wanted = next(running)
    try:
        while True:
            spent += len(wanted)
            wanted = running.send({cell: of.figure(cell) for cell in wanted})
    except StopIteration as end:
        known = end.value
    return winner(known, lambda name: (0,), MARGIN)


def by_halving(of: World, trials: int) -> str:
    """The best mean difference after halving the field, the trials shared by the rungs."""
    field, block = list(NAMES), 0
    means: dict[str, list[float]] = {name: [] for name in NAMES}
    rungs = 4
    for rung in range(rungs):
        share = trials / (rungs - rung)
        for _ in range(max(1, int(share // (len(field) + 1)))):
            if trials < len(field) + 1:
                break
            base = of.figure((BASELINE, block))
            for name in field:
                means[name].append(of.figure((name, block)) - base)
            trials -= len(field) + 1
            block += 1
        field = sorted(field, key=lambda name: -np.mean(means[name]))[: -(-len(field) // 2)]
    return _best({name: float(np.mean(means[name])) for name in field})


def by_uniform(of: World, trials: int) -> str:
    """The best mean difference of as many whole blocks as there are trials for."""
    blocks = range(trials // (CANDIDATES + 1))
    base = np.array([of.figure((BASELINE, block)) for block in blocks])
    return _best({n: float(np.mean([of.figure((n, b)) for b in blocks] - base)) for n in NAMES})


def by_one_seed(of: World, trials: int) -> str:
    """The best of one block."""
    base = of.figure((BASELINE, 0))
    return _best({name: of.figure((name, 0)) - base for name in NAMES})


def _best(means: dict[str, float]) -> str:
    name = max(means, key=lambda policy: means[policy])
    return name if means[name] > 0 else BASELINE


RULES: dict[str, Callable[[World, int], str]] = {
    "choose": by_choose,
    "halving": by_halving,
    "uniform": by_uniform,
    "one seed": by_one_seed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--trials", type=int, default=30)
    asked = parser.parse_args()
    blocks = seeds_to_confirm(asked.trials, 2)
    racing = asked.trials - 2 * blocks
    print(f"{asked.trials} trials: {racing} to race, {blocks} blocks to confirm", flush=True)
    for noise in (0.006, 0.009, 0.013):
        for name, rule in RULES.items():
            close = covered = reported = 0
            loss = []
            for run in range(asked.runs):
                of = world(run, noise)
                chosen = rule(of, racing)
                loss.append(max(of.gains.values()) - of.gains[chosen])
                close += loss[-1] <= CLOSE
                if chosen != BASELINE:
                    result = confirm(of, chosen, blocks)
                    reported += 1
                    covered += result.low <= of.gains[chosen] <= result.high
            print(
                f"noise {100 * noise:.1f}  {name:8s} within half a point of the best "
                f"{close / asked.runs:.3f}, loses {100 * np.mean(loss):.2f} points on average, "
                f"the figure reported covers the truth in {covered / reported:.3f}",
                flush=True,
            )
        claims = likely = 0
        for run in range(asked.runs):
            of = world(run, noise, without_effect=True)
            chosen = by_choose(of, racing)
            if chosen != BASELINE:
                result = confirm(of, chosen, blocks)
                claims += result.low > 0
                likely += result.likely
        print(
            f"noise {100 * noise:.1f}  without effect, gains claimed {claims / asked.runs:.3f}, "
            f"claimed or called likely {likely / asked.runs:.3f}",
            flush=True,
        )


def confirm(of: World, chosen: str, blocks: int) -> Confirmed:
    """Return what fresh blocks say of the chosen one."""
    fresh = range(1000, 1000 + blocks)
    pairs = [(of.figure((chosen, block)), of.figure((BASELINE, block))) for block in fresh]
    return confirmed([mine - other for mine, other in pairs])


if __name__ == "__main__":
    main()
