"""How often does a comparison of policies that are all the same call one of them better or worse?

    P=none; for k in $(seq 19); do P="$P r$k=none(reseed=$k)"; done
    augbench compare $P --data digits --seeds 12 --out bank
    python benchmarks/alarms.py bank [--comparisons 2000]

A bank is a run of `none` under many reseeds: real trials that differ in initial weights and in the
order of images alone. Policies and blocks are drawn from it without replacement and compared by
the code that makes reports, with a fixed number of seeds and as `--seeds auto` does. Comparisons
of one bank share trials; the standard error is that of a jackknife over its policies and blocks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.run.measured import blocks_of
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.statistics.decision import decide
from augbench.reports.statistics.design import Design
from augbench.reports.statistics.level import level_of
from augbench.reports.statistics.verdict import verdict
from augbench.reports.tables.accuracy import accuracy_effects

POLICIES = (2, 3, 4, 6)
SEEDS = (3, 5, 10)
Alarm = Callable[[Run], bool]


@dataclass(frozen=True)
class Comparison:
    """What was drawn from the bank, and whether it gave a false alarm."""

    policies: frozenset[str]
    seeds: frozenset[int]
    alarm: bool


def fixed(run: Run) -> bool:
    """Whether a comparison with a fixed number of seeds ends with a false alarm."""
    level = level_of(run.seeds, run.looks, len(run.challengers))
    words = (verdict(effect, level, run.margin)[0] for effect in accuracy_effects(run).values())
    return any(word in ("better", "worse") for word in words)


def automatic(run: Run) -> bool:
    """Whether seeds that are added until all is settled end with a false alarm."""
    blocks = blocks_of(run.trials, run.seeds, run.policies, run.baseline)
    decision = decide(blocks, run.challengers, run.baseline, Design(run.margin))
    return any(standing.word in ("better", "worse") for standing in decision.standings.values())


def draw(bank: Run, policies: int, seeds: int, rng: np.random.Generator) -> Run:
    """A comparison of some policies of the bank, the first of them as baseline."""
    labels = tuple(str(label) for label in rng.permutation(bank.policies)[:policies])
    blocks = tuple(int(seed) for seed in rng.permutation(bank.seeds)[:seeds])
    return replace(bank, policies=labels, baseline=labels[0], seeds=blocks, looks=(blocks,))


def sample(bank: Run, policies: int, seeds: int, count: int, alarm: Alarm) -> tuple[float, float]:
    """Return the share of false alarms among this many comparisons, and its standard error."""
    rng = np.random.default_rng([policies, seeds])
    drawn = []
    for _ in range(count):
        run = draw(bank, policies, seeds, rng)
        drawn.append(Comparison(frozenset(run.policies), frozenset(run.seeds), alarm(run)))
    share = float(np.mean([comparison.alarm for comparison in drawn]))
    variance = share * (1 - share) / count
    variance += jackknife(drawn, [comparison.policies for comparison in drawn], bank.policies)
    if seeds < len(bank.seeds) - 1:
        variance += jackknife(drawn, [comparison.seeds for comparison in drawn], bank.seeds)
    return share, variance**0.5


def jackknife(
    drawn: Sequence[Comparison], parts: Sequence[Collection[Any]], members: Sequence[Any]
) -> float:
    """The variance of the share of alarms by the bank: leaving out each of its members in turn.

    Without what the finite number of drawn comparisons adds to it.

    Args:
        drawn: the comparisons.
        parts: which members of the bank each of them has.
        members: the bank's policies, or its blocks.
    """
    alarms = np.array([comparison.alarm for comparison in drawn])
    has = np.array([[member in part for part in parts] for member in members])
    without = np.array([alarms[~row].mean() for row in has])
    part, of = has.mean(), len(members)
    variance = (of - 1) / of * ((without - without.mean()) ** 2).sum()
    drawing = (of - 1) * alarms.var() / len(drawn) * part / (1 - part)
    return float(max(0.0, variance - drawing))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("banks", nargs="+", type=Path, help="run folders")
    parser.add_argument("--comparisons", type=int, default=2000, help="drawn for each figure")
    asked = parser.parse_args()
    for folder in asked.banks:
        bank = load(folder)
        values = np.array([[t.accuracy for t in bank.done(label)] for label in bank.policies])
        spread = 100 * (2 * values.var(axis=0, ddof=1).mean()) ** 0.5
        print(
            f"{folder.name}: {bank.dataset}, {values.size} trials ({len(bank.policies)} policies × "
            f"{len(bank.seeds)} seeds), sd of a difference {spread:.2f} points"
        )
        print(f"  policies    {''.join(f'{count} seeds'.ljust(16) for count in SEEDS)}auto")
        for policies in POLICIES:
            cells = [
                sample(bank, policies, seeds, asked.comparisons, alarm)
                for seeds, alarm in (*((n, fixed) for n in SEEDS), (10, automatic))
            ]
            print(
                f"  {policies:<12}" + "".join(f"{a:.3f} ± {e:.3f}".ljust(16) for a, e in cells),
                flush=True,
            )


if __name__ == "__main__":
    main()
