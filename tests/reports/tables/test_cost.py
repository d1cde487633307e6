"""The table cost.csv."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from augbench.reports.run.layout import COSTS
from augbench.reports.run.reader import load
from augbench.reports.tables.cost import COST, cost_table

from tests.reports.making_runs import make_run


def test_every_cost_that_is_recorded_is_a_column() -> None:
    assert COST.names == ["policy", "seed", *COSTS]


def test_a_row_a_stored_trial_with_times_memory_and_attempts(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, missing=[("flips", 1)]))
    table = cost_table(run)
    assert table["policy"].tolist() == ["none", "none", "flips"]
    assert table["seed"].tolist() == [0, 1, 0]
    first = table.iloc[0]
    for name, value in run.trials["none", 0].record["cost"].items():
        assert first[name] == value
    assert {"train_seconds", "augment_images_per_second", "peak_memory_mb", "attempts"} <= set(
        table.columns
    )


def test_a_failed_trial_has_what_is_known(tmp_path: Path) -> None:
    folder = make_run(tmp_path, seeds=1, failed=[("flips", 0)])
    path = load(folder).trials["flips", 0].folder / "result.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {"cost": {"attempts": 2}}), encoding="utf-8")
    row = cost_table(load(folder)).iloc[1]
    assert row["attempts"] == 2
    assert pd.isna(row["train_seconds"])


def test_further_costs_follow_as_far_as_they_are_numbers(tmp_path: Path) -> None:
    folder = make_run(tmp_path, seeds=1)
    path = load(folder).trials["flips", 0].folder / "result.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["cost"] |= {"wait_seconds": 1.5, "host": "a", "policy": "x", "again_seconds": 2}
    path.write_text(json.dumps(record), encoding="utf-8")
    table = cost_table(load(folder))
    assert list(table.columns[-2:]) == ["again_seconds", "wait_seconds"]
    assert table["policy"].tolist() == ["none", "flips"]
    assert pd.isna(table["wait_seconds"][0])


def test_a_record_without_costs_has_an_empty_row(tmp_path: Path) -> None:
    folder = make_run(tmp_path, seeds=1)
    path = load(folder).trials["none", 0].folder / "result.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, "cost": None}), encoding="utf-8")
    assert cost_table(load(folder)).iloc[0].drop(["policy", "seed"]).isna().all()
