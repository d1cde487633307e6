"""How many trials settle what is known to be there, as augbench does it and in a fixed design?

    F="flips=albumentations(spec='flip')"
    augbench compare "$F" --data digits --seeds 8 --fixed-test --measure last --out old
    augbench compare "$F" --data digits --out new
    python benchmarks/planted.py old new [old2 new2 …]

`new` is a run of ``--seeds auto``, `old` a longer one of the same policies with a fixed number of
seeds, measured at the last step. A policy's fixed design is the smallest number of seeds, from 3,
at which the old interval (Student's quantile for its own variance at Bonferroni's level, and what
the choice of test images adds) reaches the verdict of `new` and keeps it up to the end of `old`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.run.measured import decision_of
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.level import Level, alpha_of_look
from augbench.reports.statistics.verdict import verdict
from augbench.reports.tables.accuracy import accuracy_effect


def settled_by(run: Run, label: str, word: str) -> int | None:
    """From how many seeds on the old interval gives this verdict; None where it never does."""
    level = Level(alpha_of_look(1), len(run.challengers))
    needed = None
    for seeds in range(len(run.seeds), SEEDS_FOR_INTERVALS - 1, -1):
        part = replace(run, seeds=run.seeds[:seeds])
        effect = accuracy_effect(part, label, run.baseline)
        if verdict(effect, level, run.margin)[0] != word:
            return needed
        needed = seeds
    return needed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="old and new run folders in turn")
    folders = parser.parse_args().runs
    taken = fixed = 0
    for old, new in zip(map(load, folders[::2]), map(load, folders[1::2]), strict=True):
        decision = decision_of(new)
        assert decision is not None, f"{new.folder} is no run of --seeds auto"
        longest = 0
        for label, standing in decision.standings.items():
            in_old = ""
            if standing.settled:
                needed = settled_by(old, label, standing.word)
                in_old = f"; in the old way {needed or f'not in {len(old.seeds)}'} seeds"
                longest = max(longest, needed or len(old.seeds) + 1)
            print(f"{new.dataset}: {label} {standing.word} after {standing.blocks} seeds{in_old}")
        here = sum(decision.blocks.values()), longest * len(old.policies)
        print(f"  {here[0]} trials, in the old way at least {here[1]}", flush=True)
        taken, fixed = taken + here[0], fixed + here[1]
    print(f"in all {taken} trials against {fixed}: {taken / fixed:.2f}")


if __name__ == "__main__":
    main()
