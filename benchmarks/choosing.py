"""Does `augbench choose` choose well? Simulated data sets of known truth.

    python benchmarks/choosing.py [--runs 2000] [--trials 30] [--like RUN [RUN …]]

Ten candidates, two strengths each of five families: a third of the families do harm, the others
gain .7 ± 1.3 points; strengths differ by .6 points; a trial's own noise is .6, .9 or 1.3 points
and a block's, which all its trials share, .7. These are the figures of the runs in
`docs/measures.md`.

With ``--like``, candidates and noise are those of runs of ten policies on real data, on their
validation images, by which `choose` races: the gains of each simulated data set are drawn from what
the run leaves possible (the posterior of normal gains and noise), the noise is what the two-way
layout of policies and seeds leaves. ``benchmarks/README.md`` has the runs.

What `choose` does is done by the code that runs, `augbench.bench.search.race`
and `augbench.bench.search.confirming`; beside it, with as many trials and the same confirmation:
all candidates in as many blocks as there are trials for, halving by the mean difference, and the
best of one block.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.bench.search.answer import LIKELY
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
        shared: standard deviation of what all trials of a block have in common.
    """

    gains: dict[str, float]
    noise: float
    seed: int
    shared: float = BLOCK_SD

    def figure(self, cell: Cell) -> float:
        """Return what a trial measures."""
        name, block = cell
        shared = np.random.default_rng([self.seed, block]).normal(0.0, self.shared)
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


@dataclass(frozen=True)
class Measured:
    """What a run on real data says of its candidates.

    Attributes:
        name: of the run.
        gains: the likeliest gain of each over the baseline, shrunk towards their mean.
        spread: standard deviation of what a gain may be off by.
        noise: standard deviation of a trial's own figure.
        shared: of what all trials of a block have in common.
    """

    name: str
    gains: np.ndarray
    spread: float
    noise: float
    shared: float

    def world(self, seed: int, without_effect: bool = False) -> World:
        """Return a simulated data set, one of those that the run leaves possible."""
        rng = np.random.default_rng([seed, 10**6])
        gains = rng.permutation(rng.normal(self.gains, self.spread))
        gains *= not without_effect
        of_each = {str(k): float(gain) for k, gain in enumerate(gains)}
        return World({BASELINE: 0.0} | of_each, self.noise, seed, self.shared)


def measured(folder: Path) -> Measured:
    """Read a run of the baseline and ten policies on the same seeds."""
    trials = pd.read_csv(folder / "trials.csv")
    figures = trials.pivot_table("validation_accuracy", "seed", "policy").dropna()
    seeds, policies = figures.shape
    if policies != CANDIDATES + 1:
        raise SystemExit(f"{folder}: {policies} policies; {CANDIDATES} beside none are wanted")
    by_policy, by_seed = figures.mean(axis=0), figures.mean(axis=1)
    left = figures.sub(by_policy, axis=1).sub(by_seed - by_seed.mean(), axis=0)
    variance = float((left**2).to_numpy().sum() / (seeds - 1) / (policies - 1))
    shared = max(0.0, float(by_seed.var()) - variance / policies)
    gains = (by_policy - by_policy[BASELINE]).drop(BASELINE).to_numpy()
    error = variance / seeds
    real = max(0.0, float(gains.var(ddof=1)) - error)
    kept = real / (real + error)
    likeliest = gains.mean() + kept * (gains - gains.mean())
    name = f"{folder.name}, {seeds} seeds"
    return Measured(name, likeliest, (kept * error) ** 0.5, variance**0.5, shared**0.5)


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
    parser.add_argument("--like", type=Path, nargs="+", default=[], metavar="RUN")
    asked = parser.parse_args()
    blocks = seeds_to_confirm(asked.trials, 2)
    racing = asked.trials - 2 * blocks
    print(f"{asked.trials} trials: {racing} to race, {blocks} blocks to confirm", flush=True)
    kinds: dict[str, Callable[..., World]] = {}
    for run in map(measured, asked.like):
        gains = ", ".join(f"{100 * gain:+.1f}" for gain in sorted(run.gains))
        print(
            f"{run.name}: gains {gains}, each ± {100 * run.spread:.1f}; noise "
            f"{100 * run.noise:.1f}, of a block {100 * run.shared:.1f}"
        )
        kinds[run.name] = run.world
    for noise in () if asked.like else (0.006, 0.009, 0.013):
        kinds[f"noise {100 * noise:.1f}"] = partial(world, noise=noise)
    for kind, of_seed in kinds.items():
        for name, rule in RULES.items():
            worlds = (of_seed(seed) for seed in range(asked.runs))
            print(f"{kind}  {name:8s} {how_well(rule, worlds, racing, blocks)}", flush=True)
        claims = likely = 0
        for seed in range(asked.runs):
            of = of_seed(seed, without_effect=True)
            chosen = by_choose(of, racing)
            if chosen != BASELINE:
                result = confirm(of, chosen, blocks)
                claims += result.low > 0
                likely += taken(result)
        print(
            f"{kind}  without effect, gains claimed {claims / asked.runs:.3f}, "
            f"claimed or called likely {likely / asked.runs:.3f}",
            flush=True,
        )


def how_well(
    rule: Callable[[World, int], str], worlds: Iterable[World], racing: int, blocks: int
) -> str:
    """Return how well a rule chooses, in words."""
    covered = reported = 0
    losses, caution = [], []
    for of in worlds:
        chosen = rule(of, racing)
        losses.append(max(of.gains.values()) - of.gains[chosen])
        caution.append(0.0)
        if chosen != BASELINE:
            result = confirm(of, chosen, blocks)
            reported += 1
            covered += result.low <= of.gains[chosen] <= result.high
            caution[-1] = 0.0 if taken(result) else of.gains[chosen]
    return (
        f"within half a point of the best {np.mean(np.array(losses) <= CLOSE):.3f}, loses "
        f"{100 * np.mean(losses):.2f} points on average, the figure reported covers the truth in "
        f"{covered / max(1, reported):.3f}, answering only what is confirmed costs "
        f"{100 * np.mean(caution):.2f}"
    )


def taken(result: Confirmed) -> bool:
    """Return whether the answer is the one that was chosen, as `answer_of` has it."""
    unproven = result.likely and result.verdict == "inconclusive"
    return result.verdict == "better" or (unproven and result.mean >= LIKELY * MARGIN)


def confirm(of: World, chosen: str, blocks: int) -> Confirmed:
    """Return what fresh blocks say of the chosen one."""
    fresh = range(1000, 1000 + blocks)
    pairs = [(of.figure((chosen, block)), of.figure((BASELINE, block))) for block in fresh]
    return confirmed([mine - other for mine, other in pairs])


if __name__ == "__main__":
    main()
