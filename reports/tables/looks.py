"""What do earlier looks at a run with a fixed number of seeds leave of its differences?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import Effect
from augbench.reports.statistics.level import Level, alpha_of_look
from augbench.reports.statistics.verdict import NOTHING, Known


def known_before(
    run: Run, level: Level, effects: Callable[[Run], Mapping[str, Effect]]
) -> dict[str, Known]:
    """What the looks before that of ``level`` leave of each policy's effect.

    Looks that were plans, and those at other seeds than the run has, leave nothing.

    Args:
        run: the run.
        level: of the look whose tables are made.
        effects: the effect of each policy in a run of some of these seeds.
    """
    known: dict[str, Known] = {}
    for place, seeds in enumerate(run.looks[: level.look - 1], start=1):
        if seeds and set(seeds) <= set(run.seeds):
            at = Level(alpha_of_look(place), level.comparisons, place, level.looks)
            for label, effect in effects(replace(run, seeds=tuple(seeds))).items():
                known[label] = known.get(label, NOTHING).narrowed(effect, at)
    return known
