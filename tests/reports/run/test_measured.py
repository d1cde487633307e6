"""Does the report of a grown grid say what the decision said while it grew?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.findings.wording import words
from augbench.reports.findings.wording.settling import look_words
from augbench.reports.run.layout import Grid, Plan
from augbench.reports.run.measured import blocks_of, decision_of
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run

PLAN = Plan(stages=((10, 1),), most=10)


def grown(folder: Path, blocks: int = 6, plan: Plan = PLAN) -> Path:
    return make_run(
        folder,
        {"flips": -0.2, "light": 0.0},
        seeds=blocks,
        seed_sd=0.008,
        plan=plan.to_dict(),
        settled_at={"flips": 3},
    )


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = grown(tmp_path, plan=replace(PLAN, budget=90.0, stopped=6))
    content = json.loads((folder / "grid.json").read_text())
    assert Grid.from_dict(content).to_dict() == content
    for broken in ({"stages": [[5, 1], [5, 2]]}, {"stages": []}, {"most": "all"}, {"growing": 1}):
        with pytest.raises(ValueError, match=r"its (plan|most|growing)"):
            Grid.from_dict(content | {"plan": content["plan"] | broken})


def test_a_settled_policy_keeps_the_verdict_of_its_look_and_misses_nothing(tmp_path: Path) -> None:
    run = load(grown(tmp_path))
    decision = decision_of(run)
    assert decision is not None and decision.standings["flips"].blocks == 3
    found = tables(run)
    row = found.accuracy.set_index("policy").loc["flips"]
    standing = decision.standings["flips"]
    assert row["verdict"] == "worse" and row["trials"] == 3
    low, high = standing.effect.interval(standing.level)
    assert (row["delta_low"], row["delta_high"]) == (low, high)
    assert run.missing == () and run.size == 6 + 6 + 3
    of_flips = [words(one) for one in found.findings if one.policy == "flips"]
    assert "settled after 3 seeds" in of_flips
    assert not any(finding.kind == "incomplete" for finding in found.findings)


def test_a_fixed_number_of_seeds_is_no_plan(tmp_path: Path) -> None:
    assert decision_of(load(make_run(tmp_path))) is None


def test_a_budget_that_ended_a_run_is_said(tmp_path: Path) -> None:
    run = load(grown(tmp_path, plan=replace(PLAN, budget=90.0, stopped=6)))
    said = [words(finding) for finding in tables(run).findings]
    assert any(text.startswith("the budget of 90 s ended the run after 6 seeds") for text in said)


def test_images_count_only_where_all_blocks_test_the_same(tmp_path: Path) -> None:
    run = load(grown(tmp_path))
    blocks = blocks_of(run.trials, run.seeds, run.policies, "none")
    right = blocks[2]["light"].right
    trial = run.trials["light", 2]
    assert right is not None and trial.test is not None
    assert np.array_equal(right, (trial.test.predicted == trial.test.labels).mean(axis=0))
    other = replace(trial, test=replace(trial.test, labels=trial.test.labels[::-1].copy()))
    changed = {**run.trials, ("light", 2): other}
    assert blocks_of(changed, run.seeds, run.policies, "none")[2]["light"].right is None


def test_a_line_says_what_a_look_has_settled_and_what_is_open(tmp_path: Path) -> None:
    run = load(grown(tmp_path, 3))
    decision = decision_of(run)
    assert decision is not None
    line = look_words(decision)
    assert line.startswith("flips: worse (-") and "), settled after 3 seeds; light open" in line
    nothing = decision_of(load(grown(tmp_path / "one", 1)))
    assert nothing is not None and look_words(nothing) == ""
