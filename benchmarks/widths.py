"""How wide are intervals now, and how wide were they by a policy's own variance at the last step?

    P="keras albumentations flips=albumentations(spec='flip') mixup"
    augbench compare $P --data digits --spec digits --seeds 9 --out new
    augbench compare $P --data digits --spec digits --seeds 9 --fixed-test --measure last --out old
    python benchmarks/widths.py old new [--seeds 3]

Two runs of the same policies: `old` measured at the last step on one fixed test part, `new` as
augbench does by itself. Of each, every stretch of so many consecutive seeds is taken for a
comparison of its own. The old interval has Student's quantile for a policy's own variance at
Bonferroni's level, and what the choice of the test images adds; the new one is that of the reports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import Effect
from augbench.reports.statistics.level import Level, alpha_of_look
from augbench.reports.tables.accuracy import accuracy_effect, accuracy_effects

Effects = Callable[[Run], Mapping[str, Effect]]


def alone(run: Run) -> dict[str, Effect]:
    """The effect of each policy with no spread but its own."""
    return {label: accuracy_effect(run, label, run.baseline) for label in run.challengers}


def stretches(run: Run, seeds: int) -> Iterator[Run]:
    """The run cut down to every stretch of so many consecutive seeds."""
    for first in range(len(run.seeds) - seeds + 1):
        part = run.seeds[first : first + seeds]
        yield replace(run, seeds=part, looks=(part,))


def half_widths(run: Run, seeds: int, effects: Effects) -> np.ndarray:
    """Half-widths in points, (stretches, policies)."""
    level = Level(alpha_of_look(1), len(run.challengers))
    return 100 * np.array(
        [
            [effect.half_width(level) for effect in effects(part).values()]
            for part in stretches(run, seeds)
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path, help="run folder, --fixed-test --measure last")
    parser.add_argument("new", type=Path, help="run folder of the same policies")
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 5], help="of a comparison")
    asked = parser.parse_args()
    old, new = load(asked.old), load(asked.new)
    print(f"{new.dataset}: {len(new.challengers)} policies, {len(new.seeds)} seeds")
    for seeds in asked.seeds:
        before = np.nanmedian(half_widths(old, seeds, alone))
        now = np.nanmedian(half_widths(new, seeds, accuracy_effects))
        calmer = np.nanmedian(half_widths(new, seeds, alone))
        print(
            f"  {seeds} seeds: median half-width {before:.2f} points, now {now:.2f}, "
            f"{now / before:.2f} of it; with the old interval {calmer:.2f}"
        )


if __name__ == "__main__":
    main()
