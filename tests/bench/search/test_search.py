"""The whole search on simulated trials of known truth: its answer, its time, and what kills it."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import Parts, block
from augbench.bench.executors import Outcome
from augbench.bench.options.search import Asked
from augbench.bench.options.settings import settings
from augbench.bench.run.experiment import Experiment
from augbench.bench.run.preparation import load_experiment
from augbench.bench.run.progress import Display
from augbench.bench.search import search as searching
from augbench.bench.search.answer import answer_of, content_of
from augbench.bench.search.candidates.generating import LEARNING_SHARE
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.screening import remembered
from augbench.bench.search.screening.screened import Screened
from augbench.bench.search.search import Search
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial import environment
from augbench.bench.trial.trial import TrialPlan, TrialResult
from augbench.reports.run.layout import SEARCH

from augbench.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:shear_range=0.2")

MINUTES = 600.0
#: of a trial, seconds
TAKES = 12.0


class Killed(BaseException):
    """What a test stops a search with; nothing catches it, as nothing catches SIGKILL."""


class Machine:
    """Runs trials two at a time in a time of its own; figures depend on policy and seed alone.

    Attributes:
        gains: by label, over no augmentation; a combination gains what its members do.
        noise: standard deviation of a trial's own figure.
        seed: of all noise.
        now: seconds.
        dies_after: trials until it is killed; None for never.
        fails: label and seed of trials that fail for good, by a seed of None in all blocks.
        learning: seconds that a network takes to learn, for each trial that has one.
    """

    learning = 0.0

    def __init__(self, gains: Mapping[str, float], noise: float = 0.006, seed: int = 0) -> None:
        self.gains, self.noise, self.seed = gains, noise, seed
        self.now = 0.0
        self.dies_after: int | None = None
        self.fails: set[tuple[str, int | None]] = set()
        self.trials = 0

    def __call__(self) -> float:
        return self.now

    def run(
        self, more: Callable[[], Sequence[TrialPlan]], run: Path, **options: Any
    ) -> Generator[Outcome]:
        folder, waiting = RunFolder(run), list[TrialPlan]()
        running: list[tuple[float, TrialPlan]] = []
        while True:
            while len(running) < 2 and (waiting or (waiting := [*more()])):
                plan = waiting.pop(0)
                takes = TAKES + (self.learning if plan.artefact_key else 0.0)
                running.append((self.now + self._number(plan, "time") * takes, plan))
            if not running:
                return
            running.sort(key=lambda one: one[0])
            ends, plan = running.pop(0)
            if self.dies_after == 0:
                raise Killed
            self.dies_after = None if self.dies_after is None else self.dies_after - 1
            self.trials += 1
            took, self.now = ends - self.now, max(self.now, ends)
            if self.fails & {(plan.label, plan.seed), (plan.label, None)}:
                yield Outcome(plan, "failed", took, 1, "it does not work")
                continue
            folder.keep(plan, TrialResult(self._row(plan, took)))
            yield Outcome(plan, "done", took, 1)

    def _row(self, plan: TrialPlan, took: float) -> dict[str, Any]:
        shared = np.random.default_rng([self.seed, plan.seed]).normal(0.8, 0.007)
        gain = sum(self.gains.get(part, 0.0) for part in plan.label.split(" + "))
        figures = {
            f"{part}_accuracy": float(shared + gain + self.noise * self._normal(plan, part))
            for part in ("validation", "test")
        }
        cost = {"train_seconds": 0.8 * took}
        return {"status": "done", "seconds": took, "cost": cost, **figures}

    def _normal(self, plan: TrialPlan, what: str) -> float:
        words = f"{plan.label} {plan.seed} {what}".encode()
        return float(np.random.default_rng([self.seed, *words]).normal())

    def _number(self, plan: TrialPlan, what: str) -> float:
        return float(np.clip(1 + 0.1 * self._normal(plan, what), 0.7, 1.3))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    with pytest.MonkeyPatch.context() as cache:
        cache.setenv("AUGBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        asked = {"data": "digits", "train_size": 300, "jobs": 2, "policies": ("none",), "spec": {}}
        chosen = settings({**asked, "epochs": 10, "first_seed": 0, "fixed_test": True})
        return load_experiment(chosen, Display(quiet=True))


@pytest.fixture(scope="module")
def looked_at(experiment: Experiment) -> DataSummary:
    return DataSummary.of(experiment.dataset, block(experiment.dataset, 0, Parts(5, True, 300)))


@pytest.fixture
def search_on(
    experiment: Experiment, looked_at: DataSummary, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Search]:
    """Search on a machine, in a folder; all that the screen strikes out is the vertical flip."""
    installed = environment.versions()
    monkeypatch.setattr(environment, "versions", lambda: installed)
    monkeypatch.setattr(searching.DataSummary, "of", lambda dataset, rows: looked_at)

    def screened(dataset: Any, of: Any, spec: Any, candidates: Any, **more: Any) -> list[Screened]:
        return [Screened(one.label, struck=one.label == "vertical flip") for one in candidates]

    monkeypatch.setattr(remembered, "screen", screened)

    def search(
        machine: Machine,
        folder: Path,
        of: Experiment = experiment,
        budget: float = MINUTES,
        **asked: Any,
    ) -> Search:
        monkeypatch.setattr(searching, "executor_named", lambda name: machine.run)
        found = Search(of, RunFolder(folder), Asked(budget, **asked), lambda smaller: None)  # type: ignore[arg-type,return-value]
        found.ledger.clock = machine
        found.ledger.__post_init__()
        found.run(on_news=lambda search: search.ledger.write(), epochs=10)
        return found

    return search


def facts(search: Search) -> dict[str, Any]:
    """What a search found, times and the order in which trials ended aside."""
    content = content_of(search, "")
    content["figures"].sort(key=lambda figure: (figure["seed"], figure["policy"]))
    for figure in content["figures"]:
        del figure["seconds"]
    return json.loads(json.dumps(content, default=str))


def test_the_best_candidate_is_confirmed_within_the_time(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    machine = Machine({"shift 10%": 0.03, "erasing 33%": 0.02, "mixup": -0.03, "flip": -0.02})
    found = search_on(machine, tmp_path / "found")
    answer = answer_of(found)
    assert answer.kind == "better" and "shift 10%" in answer.policy
    assert 0.75 * MINUTES < machine.now < 1.1 * MINUTES
    raced = {name for block in found.blocks for name, _ in block}
    assert "vertical flip" not in raced and {"none", "shift 10%", "erasing 33%"} <= raced
    assert list(found.field.left_out) == ["colour", "gan"]


def test_what_is_asked_for_races_where_there_is_time_for_few(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    asked = ("vertical flip", "noise", "gaussian")
    found = search_on(Machine({}), tmp_path / "found", budget=260.0, include=asked)
    first = [name for name, _ in found.blocks[0]]
    assert first[1:4] == ["vertical flip", "noise 5%", "gaussian"]
    assert len(first) < len(found.field.candidates) / 2


def test_killed_again_and_again_it_gives_the_same_answer(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    gains = {"shift 10%": 0.012, "rotation 15°": 0.01, "mixup": -0.02}
    whole = search_on(Machine(gains), tmp_path / "whole")
    decided = json.loads((tmp_path / "whole" / SEARCH).read_text(encoding="utf-8"))
    memory = {name: decided[name] for name in ("schema_version", "study", "budget", "decided")}
    RunFolder(tmp_path / "killed").write_json(SEARCH, {**memory, "spent": 0.0})
    machine, kills = Machine(gains), 0
    while True:
        machine.dies_after = 7
        try:
            again = search_on(machine, tmp_path / "killed")
            break
        except Killed:
            kills += 1
    assert kills >= 5
    assert facts(again) == facts(whole)
    assert answer_of(again) == answer_of(whole)


def test_what_time_decides_after_a_kill_is_kept_too(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    machine = Machine({"shift 10%": 0.012})
    machine.dies_after = 25
    with pytest.raises(Killed):
        search_on(machine, tmp_path / "found")
    before = json.loads((tmp_path / "found" / SEARCH).read_text(encoding="utf-8"))["decided"]
    machine.dies_after = None
    first = search_on(machine, tmp_path / "found")
    assert before.items() <= first.ledger.decided.items()
    trials = machine.trials
    second = search_on(machine, tmp_path / "found")
    assert machine.trials == trials  # nothing is measured again
    assert facts(second) == facts(first)


def test_what_a_network_takes_to_learn_counts_as_time(
    search_on: Callable[..., Search],
    experiment: Experiment,
    looked_at: DataSummary,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It wins, so that it learns in every block and for all fresh seeds."""
    monkeypatch.setenv("AUGBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("augbench.policies.gan.time_budget.seconds_a_step", lambda *of_what: 0.02)
    budget, machine = 2700.0, Machine({"gan": 0.05, "shift 10%": 0.02})
    machine.learning = LEARNING_SHARE * budget
    enough = replace(looked_at, fewest=115, images=1150)
    monkeypatch.setattr(searching.DataSummary, "of", lambda dataset, rows: enough)
    whole = replace(experiment, settings=replace(experiment.settings, train_size=None))
    found = search_on(machine, tmp_path / "found", whole, budget)
    assert "gan" not in found.field.left_out
    gan = found.field.candidates["gan"]
    assert (
        gan.policy.startswith("gan(factor=2, steps=") and gan.policy == found.ledger.decided["gan"]
    )
    answer = answer_of(found)
    assert answer.kind == "better" and "gan" in answer.policy
    assert 0.75 * budget < machine.now < 1.1 * budget
    together = [
        one for one in found.field.candidates.values() if len(one.family) > 1 and one.before
    ]
    assert all(one.policy.startswith(gan.policy + " + ") for one in together)


def test_a_fresh_seed_that_fails_is_left_out_and_no_other_with_it(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    machine, failing = Machine({"shift 10%": 0.03}), searching.CONFIRMING + 1
    machine.fails = {("shift 10%", failing)}
    found = search_on(machine, tmp_path / "found")
    said = content_of(found, "")["confirm"]
    assert failing in said["seeds"] and said["policies"][1] == "shift 10%"
    assert {one["policy"]: one["seeds"] - len(said["seeds"]) for one in said["accuracy"]} == {
        name: -1 if name == "shift 10%" else 0 for name in said["policies"]
    }
    assert said["results"][0]["seeds"] == len(said["seeds"]) - 1


def test_what_always_fails_is_not_confirmed_and_is_told(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    """Where all others lose, it is not the best of what raced."""
    machine = Machine(dict.fromkeys(("shift 10%", "zoom 15%", "mixup"), -0.03))
    for part in ("rotation 15°", "shear 8°", "brightness 25%", "noise 5%", "blur 1 px", "flip"):
        machine.gains[part] = -0.03
    for part in ("light", "erasing 33%", "cutmix", "channel shift 30", "any rotation", "gaussian"):
        machine.gains[part] = -0.03
    machine.fails = {("trivialaugment", None), ("randaugment", None)}
    found = search_on(machine, tmp_path / "found")
    assert found.standing.winner == "none"
    assert found.confirming[1] in machine.gains
    errors = {one["policy"] for one in content_of(found, "")["figures"] if one["error"]}
    assert errors == {"trivialaugment", "randaugment"}


@pytest.mark.parametrize("words", [{}, {"rescale": 0.5}])
def test_a_spec_in_use_that_does_nothing_is_refused_before_anything_is_trained(
    search_on: Callable[..., Search], tmp_path: Path, words: dict[str, Any]
) -> None:
    machine = Machine({})
    with pytest.raises(InputError, match="--start-from: the spec changes no image"):
        search_on(machine, tmp_path / "found", start_from=words)
    assert not machine.trials


def test_without_any_effect_the_answer_is_no_augmentation(
    search_on: Callable[..., Search], tmp_path: Path
) -> None:
    kinds = []
    for seed in range(8):
        found = search_on(Machine({}, 0.009, seed), tmp_path / str(seed))
        kinds.append(answer_of(found).kind)
    assert kinds.count("better") <= 1
    assert kinds.count("nothing") >= 6
