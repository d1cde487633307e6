"""Does the first screen say what to keep, to drop and to do next, with its price?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from augbench.reports.findings.actions import Actions, actions
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.findings.wording import words
from augbench.reports.findings.wording.actions import duration
from augbench.reports.run.layout import MOST_SEEDS, Plan
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run


def made(folder: Path, policies: dict[str, float], **options: Any) -> tuple[Tables, Actions]:
    options = {"n_test": 1000, "pictures": False, "epochs": 2, **options}
    found = tables(load(make_run(folder, policies, **options)))
    to_do = actions(found)
    assert to_do is not None
    return found, to_do


def again(folder: Path) -> str:
    return f"augbench compare --config {folder}/experiment.toml --out {folder}"


def told(findings: tuple[Any, ...]) -> list[str]:
    return [words(finding) for finding in findings]


def test_a_winner_is_kept_a_loser_dropped_and_nothing_else_is_to_be_run(tmp_path: Path) -> None:
    _, found = made(tmp_path, {"flips": 0.06, "strong": -0.08, "copy": 0.0}, equal={"copy": "none"})
    (keep,) = told(found.keep)
    assert keep.startswith("flips +")
    losses, idle = told(found.drop)
    assert losses.startswith("cost accuracy: strong (-")
    assert idle == "make no difference that matters: copy (0.0)"
    assert words(found.next) == "Train with flips: nothing here needs more seeds"
    assert found.command == ""


def test_the_code_is_that_of_the_policy_to_keep(tmp_path: Path) -> None:
    code = {"flips": "ImageDataGenerator(horizontal_flip=True)", "strong": "strong()"}
    _, winner = made(tmp_path / "won", {"flips": 0.06, "strong": -0.08}, code=code)
    assert winner.code == code["flips"]
    _, nobody = made(tmp_path / "lost", {"strong": -0.08}, code=code)
    assert nobody.code == ""


def test_more_seeds_cost_their_trials_times_the_measured_seconds_over_the_jobs(
    tmp_path: Path,
) -> None:
    tables_, found = made(tmp_path, {"a": 0.02}, seeds=3, seed_sd=0.02)
    assert found.next.kind in ("next-seeds", "next-far")
    seeds = found.next.figures["seeds"]
    assert found.command == f"{again(tmp_path)} --seeds {seeds}"
    needed = found.next.figures["low"]
    assert seeds >= max(4, needed)
    assert (found.next.kind == "next-far") == (seeds > 12)
    # a typical trial of both policies took 2.75 s, and two ran at a time
    assert found.next.figures["trials"] == 2 * (seeds - 3)
    assert found.next.figures["seconds"] == pytest.approx(2.75 * (seeds - 3))
    assert f" {seeds} seeds" in words(found.next)
    assert f": {2 * (seeds - 3)} trials, " in words(found.next)
    assert found.keep[0].kind == "keep-baseline"
    assert tables_.conclusion.recommended == ()


def test_where_nothing_was_learned_not_more_seeds_are_advised_but_longer_training(
    tmp_path: Path,
) -> None:
    _, found = made(tmp_path, {"a": 0.0, "b": -0.01}, seeds=2, accuracy=0.25, epochs=3)
    assert found.drop == ()
    assert words(found.next).startswith("Train for longer, 12 epochs (6 trials, ")
    # a trial took 2.5 s at 3 epochs, and two ran at a time
    assert found.next.figures["seconds"] == pytest.approx(4 * 2.5 * 3)
    assert found.command == f"{again(tmp_path)} --epochs 12"


def test_a_plan_goes_on_with_what_is_open_and_the_baseline(tmp_path: Path) -> None:
    plan = Plan(((6, 1),), 6)
    _, found = made(
        tmp_path, {"wild": -0.3, "light": 0.01}, seeds=6, seed_sd=0.02, plan=plan.to_dict(),
        settled_at={"wild": 3},
    )  # fmt: skip
    seeds = found.next.figures["seeds"]
    assert (found.next.policy, found.next.figures["trials"]) == ("light", 2 * (seeds - 6))
    assert found.command == f"{again(tmp_path)} --max-seeds {seeds}"


def test_no_command_asks_for_more_seeds_than_a_run_may_have(tmp_path: Path) -> None:
    made(tmp_path, {"a": 0.0}, seeds=3)
    for place in (tmp_path / "trials").iterdir():
        (place / "predictions.npz").unlink()
        record = json.loads((place / "result.json").read_text())
        gain = [0.105, -0.095, 0.005][record["seed"]] if record["policy"] == "a" else 0.0
        (place / "result.json").write_text(json.dumps(record | {"test_accuracy": 0.5 + gain}))
    found = actions(tables(load(tmp_path)))
    assert found is not None
    assert found.next.figures["low"] > MOST_SEEDS and found.command == ""


def test_what_lost_in_every_seed_is_dropped_and_never_said_to_gain_or_lose(tmp_path: Path) -> None:
    tables_, _ = made(tmp_path, {"crop": 0.004, "wild": -0.3}, seeds=4, seed_sd=0.002)
    verdict = tables_.accuracy.set_index("policy")["verdict"]
    assert verdict["wild"] == "worse"
    folder = tmp_path / "trials"
    for place in folder.iterdir():
        record = json.loads((place / "result.json").read_text())
        if record["policy"] == "wild":
            record["test_accuracy"] = 0.8 - [0.5, 0.01, 0.02, 0.05][record["seed"]]
            (place / "result.json").write_text(json.dumps(record))
    again = tables(load(tmp_path))
    assert again.accuracy.set_index("policy")["verdict"]["wild"] == "inconclusive"
    to_do = actions(again)
    assert to_do is not None
    assert "lost in every one of four seeds: wild (-" in " ".join(told(to_do.drop))
    sentence = again.conclusion.sentence
    assert "wild (-" in sentence and "lost in each of 4 seeds" in sentence
    assert "may each gain or lose" not in sentence


def test_the_best_is_not_said_of_a_loss(tmp_path: Path) -> None:
    tables_, _ = made(tmp_path, {"a": -0.004, "b": -0.006}, seeds=3, seed_sd=0.01, rng_seed=1)
    deltas = tables_.accuracy["delta_mean"].dropna()
    assert (deltas < 0).all()
    assert set(tables_.accuracy["verdict"]) == {"baseline", "inconclusive"}
    assert "the best" not in tables_.conclusion.text


def test_a_run_that_is_not_complete_is_finished_first(tmp_path: Path) -> None:
    _, found = made(tmp_path, {"a": 0.0}, missing=[("a", 4)])
    assert words(found.next) == "Finish the run: 1 trial, less than a minute"
    assert found.command == again(tmp_path)


def test_nothing_is_advised_where_nothing_was_compared(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"none": 0.0}, seeds=2, n_test=40, pictures=False)
    assert actions(tables(load(folder))) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (20, "less than a minute"),
        (65, "about 1 minute"),
        (20 * 60, "about 20 minutes"),
        (5 * 3600, "about 5 hours"),
        (4 * 86400, "about 4 days"),
    ],
)
def test_a_price_is_told_in_the_unit_that_one_plans_in(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
