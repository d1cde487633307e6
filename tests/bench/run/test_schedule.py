"""Are the same trials run whatever the number of workers, their pace and interruptions?

Trials are simulated: each measures what is planted for its policy and seed, in any order.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from augbench.bench.executors import Outcome
from augbench.bench.options.model import Settings
from augbench.bench.run.grid import GridFacts, plan_for, write_fixed_grid, write_growing_grid
from augbench.bench.run.schedule import BlockByBlock
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan, TrialResult
from augbench.reports.run.layout import Plan
from augbench.reports.run.measured import decision_of, design_of
from augbench.reports.run.reader import load

POLICIES = ("none", "flips", "light", "noise")
EFFECTS = {"flips": -0.2, "light": 0.02, "noise": 0.0}
Cell = tuple[str, int]


def plans(most: int) -> list[TrialPlan]:
    return [
        TrialPlan(f"{label}{seed}", label, label, seed, {}, "made", Settings())
        for seed in range(most)
        for label in POLICIES
    ]


def measure(plan: TrialPlan) -> TrialResult:
    noise = random.Random(plan.key).gauss(0, 0.006)
    figure = 0.8 + EFFECTS.get(plan.label, 0.0) + noise
    return TrialResult({"status": "done", "test_accuracy": figure, "seconds": 10.0})


class Command:
    """A command on a run folder, as `compare --seeds auto` with this budget and number of seeds."""

    def __init__(
        self,
        path: Path,
        most: int = 10,
        budget: float | None = None,
        jobs: int = 1,
        **settings: int,
    ) -> None:
        self.folder, self.jobs, self.time = RunFolder(path), jobs, 1000.0
        given = Settings(seeds="auto", max_seeds=most, budget=budget, **settings)
        self.facts = GridFacts(given, "made", POLICIES, plans(most), "study")
        self.plan: Plan = plan_for(self.facts, self.folder.grid(), self.folder.history())
        self.schedule = BlockByBlock(
            self.facts.plans,
            self.folder,
            "none",
            design_of(self.plan, 0.01),
            most,
            jobs=jobs,
            budget=budget,
            stopped=self.plan.stopped,
            on_growth=lambda schedule: write_growing_grid(
                self.facts, self.folder, self.plan, schedule
            ),
            clock=lambda: self.time,
        )

    def run(self, seed: int = 0, killed_after: int = 1000, failing: Cell | None = None) -> int:
        """Run to the end, or until this many trials have ended; return how many have."""
        chance, running, ended = random.Random(seed), list[TrialPlan](), 0
        waiting = self.schedule.more()
        while (waiting or running) and ended < killed_after:
            while len(running) < self.jobs and (waiting or (waiting := self.schedule.more())):
                running.append(waiting.pop(0))
            plan = running.pop(chance.randrange(len(running)))
            failed = (plan.label, plan.seed) == failing
            row = {"status": "failed", "error": "as told"}
            self.folder.keep(plan, TrialResult(row) if failed else measure(plan))
            self.time += 10.0 / self.jobs
            ended += 1
            self.schedule.ended(Outcome(plan, "failed" if failed else "done", 10.0, 1))
            if self.schedule.complete:
                break
            waiting = waiting or self.schedule.more()
        return ended


def cells(path: Path) -> dict[str, int]:
    """In how many blocks each policy takes part, by the grid."""
    run = load(path)
    assert not run.missing
    return {label: len(run.seeds_of(label)) for label in run.policies}


def words(path: Path) -> dict[str, tuple[str, int]]:
    decision = decision_of(load(path))
    assert decision is not None
    return {label: (one.word, one.blocks) for label, one in decision.standings.items()}


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A run with one worker and no interruption."""
    Command(tmp_path / "alone").run()
    return tmp_path / "alone"


def test_a_policy_that_is_settled_stops_training_and_the_baseline_goes_on(alone: Path) -> None:
    found = words(alone)
    assert found["flips"] == ("worse", 3)
    assert cells(alone)["flips"] == 3 < cells(alone)["none"]
    assert cells(alone)["none"] == max(blocks for _, blocks in found.values())


@pytest.mark.parametrize("jobs", [1, 2, 3, 9])
def test_the_grid_is_the_same_whatever_the_workers_and_their_pace(
    tmp_path: Path, alone: Path, jobs: int
) -> None:
    for seed in range(4):
        path = tmp_path / f"{seed}"
        Command(path, jobs=jobs).run(seed)
        assert load(path).trials.keys() == load(alone).trials.keys()
        assert words(path) == words(alone)


@pytest.mark.parametrize("killed_after", [1, 5, 12, 14, 17])
def test_an_interrupted_run_ends_as_one_that_was_not(
    tmp_path: Path, alone: Path, killed_after: int
) -> None:
    path = tmp_path / "killed"
    first = Command(path, jobs=2).run(killed_after=killed_after)
    second = Command(path, jobs=3).run()
    assert first == killed_after and second > 0
    assert cells(path) == cells(alone) and words(path) == words(alone)
    assert load(path).looks == load(alone).looks
    assert Command(path).run() == 0


def test_without_a_core_to_spare_no_trial_is_run_for_nothing(alone: Path) -> None:
    assert len(list((alone / "trials").iterdir())) == load(alone).size


def test_the_baseline_runs_ahead_where_a_core_would_idle(tmp_path: Path) -> None:
    command = Command(tmp_path / "r", jobs=2)
    first = command.schedule.more()
    assert [(p.label, p.seed) for p in first] == [(label, 0) for label in POLICIES]
    given = first
    while len(given) < 12:
        given = given + command.schedule.more()
    assert [(p.label, p.seed) for p in command.schedule.more()] == [("none", 3)]
    assert command.schedule.more() == []


def test_a_trial_that_failed_is_missing_and_is_tried_again_by_the_next_command(
    tmp_path: Path, alone: Path
) -> None:
    path = tmp_path / "failing"
    Command(path).run(failing=("flips", 1))
    assert words(path)["flips"] == ("worse", 4)
    assert Command(path).run() > 0
    assert words(path) == words(alone)


def test_a_budget_ends_a_run_at_a_whole_block_and_is_remembered(
    tmp_path: Path, alone: Path
) -> None:
    path = tmp_path / "short"
    assert Command(path, budget=130).run() == 12
    plan = load(path).plan
    assert plan is not None and plan.stopped == 3 and not plan.growing
    assert Command(path, budget=130).run() == 0, "the same command gives the same trials"
    assert Command(path, budget=100, jobs=4).run() == 0
    assert Command(path, budget=5000).run() > 0
    assert words(path) == words(alone)


def test_trials_of_an_earlier_command_count_in_the_budget_as_its_workers_shared_them(
    tmp_path: Path,
) -> None:
    Command(tmp_path / "at once", budget=45, jobs=4).run()
    Command(tmp_path / "killed", budget=45, jobs=4).run(killed_after=12)
    Command(tmp_path / "killed", budget=45, jobs=4).run()
    assert cells(tmp_path / "killed") == cells(tmp_path / "at once")
    assert cells(tmp_path / "at once")["none"] > 3


def test_what_is_to_run_is_told_by_now_and_at_most(tmp_path: Path) -> None:
    command = Command(tmp_path / "r", most=6)
    assert command.schedule.to_run == (3 * len(POLICIES), 6 * len(POLICIES))
    ended = command.run()
    assert command.schedule.to_run == (ended, ended)


def test_a_budget_for_less_than_three_blocks_ends_after_one(tmp_path: Path) -> None:
    path = tmp_path / "r"
    assert Command(path, budget=1).run() == 4
    assert words(path)["flips"][0] == "open"


def test_the_plan_is_a_look_and_more_seeds_than_it_had_are_another(tmp_path: Path) -> None:
    path = tmp_path / "r"
    Command(path, most=4).run()
    Command(path, most=4).run()
    grid = RunFolder(path).grid()
    assert grid is not None and grid.plan is not None
    assert grid.plan.stages == ((4, 1),) and grid.grown == {"study": (1,)}
    command = Command(path, most=8)
    assert command.plan.stages == ((4, 1), (8, 2))
    command.run()
    fixed = Settings(seeds=4)
    write_fixed_grid(
        GridFacts(fixed, "made", POLICIES, plans(4), "study"), RunFolder(path), look=True
    )
    grid = RunFolder(path).grid()
    assert grid is not None
    assert grid.looks == ((), (), (0, 1, 2, 3)), "a plan is no look at all of its seeds at once"


def test_a_run_without_challengers_makes_three_blocks(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "r")
    only = [plan for plan in plans(10) if plan.label == "none"]
    schedule = BlockByBlock(only, folder, "none", design_of(Plan(((10, 1),), 10), 0.01), 10, jobs=1)
    given = schedule.more() + schedule.more() + schedule.more() + schedule.more()
    assert [plan.seed for plan in given] == [0, 1, 2]
