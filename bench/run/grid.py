"""grid.json: which trials the tables show, and which looks at this study the folder remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from augbench.bench.options.model import Settings
from augbench.bench.run.schedule import BlockByBlock
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.expression import BASELINE
from augbench.reports.run.layout import Grid, History, Plan


@dataclass(frozen=True)
class GridFacts:
    """What a grid has whatever its seeds.

    Attributes:
        settings: the effective options.
        dataset: the name of the data set.
        policies: labels, in the order in which they were typed.
        plans: of all trials that there may be.
        study: a hash of all that was asked but the seeds; looks are counted within it.
        budgets: what timing decided in place of ``minutes=``.
        code: by label, Python to use a policy without augbench.
    """

    settings: Settings
    dataset: str
    policies: tuple[str, ...]
    plans: Sequence[TrialPlan]
    study: str
    budgets: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)


def write_fixed_grid(facts: GridFacts, folder: RunFolder, *, look: bool = False) -> None:
    """Write a grid of fixed seeds; ``look`` says that its tables are being looked at."""
    grid = _grid(facts, folder.history(), tuple(facts.settings.seed_list))
    if look and grid.seeds not in (grid.looks if facts.study in grid.studies else ()):
        grid = _with_look(grid, grid.seeds)
    folder.write_grid(grid)


def plan_for(facts: GridFacts, before: Grid | None, history: History) -> Plan:
    """Return how the grid of this command grows.

    The stages are those that the folder remembers of this study, and one more where more seeds
    may be used than they had. A budget that ended the grid before ends it there again, unless
    it is larger now.
    """
    settings = facts.settings
    looks = history.studies.get(facts.study, ())
    grown = history.grown.get(facts.study, ())
    stages = tuple(
        (len(looks[place - 1]), place)
        for place in grown
        if looks[place - 1][0] == settings.first_seed
    )
    if not stages or stages[-1][0] < settings.max_seeds:
        stages = (*stages, (settings.max_seeds, len(looks) + 1))
    plan = Plan(stages, settings.max_seeds, True, settings.budget)
    if before is None or before.plan is None or before.study != facts.study:
        return plan
    ended, given = before.plan.stopped, before.plan.budget
    same = before.seeds[:1] == (settings.first_seed,)
    if same and ended and given and settings.budget and settings.budget <= given:
        return replace(plan, stopped=ended, budget=given)
    return plan


def write_growing_grid(
    facts: GridFacts, folder: RunFolder, plan: Plan, schedule: BlockByBlock
) -> None:
    """Write a grid as it is by now; from its first look on, the folder remembers its stage."""
    plan = replace(plan, growing=schedule.growing, stopped=schedule.stopped)
    grid = _grid(facts, folder.history(), schedule.seeds, set(schedule.cells))
    (most, look), before = plan.stages[-1], [most for most, _ in plan.stages[:-1]]
    known = len(grid.studies.get(facts.study, ()))
    if look > known and schedule.decision.looked > max(before, default=0):
        first = facts.settings.first_seed
        grid = _with_look(grid, tuple(range(first, first + most)))
        places = (*grid.grown.get(facts.study, ()), look)
        grid = replace(grid, grown={**grid.grown, facts.study: places})
    folder.write_grid(replace(grid, plan=plan))


def _grid(
    facts: GridFacts,
    before: History,
    seeds: tuple[int, ...],
    cells: set[tuple[str, int]] | None = None,
) -> Grid:
    """Return the grid of these trials, with what the folder remembers."""
    return Grid(
        dataset=facts.dataset,
        policies=facts.policies,
        baseline=BASELINE,
        seeds=seeds,
        keys={
            (plan.label, plan.seed): plan.key
            for plan in facts.plans
            if cells is None or (plan.label, plan.seed) in cells
        },
        margin=facts.settings.margin / 100,
        study=facts.study,
        studies=dict(before.studies),
        grown=dict(before.grown),
        measure=facts.settings.measure,
        settled={**before.settled, **facts.budgets},
        code={label: code for label, code in facts.code.items() if code},
    )


def _with_look(grid: Grid, seeds: tuple[int, ...]) -> Grid:
    looks = (*grid.studies.get(grid.study, ()), seeds)
    return replace(grid, studies={**grid.studies, grid.study: looks})
