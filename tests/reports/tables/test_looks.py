"""Does another look at a run never make an answer less sure?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.statistics.level import level_of
from augbench.reports.tables.accuracy import accuracy_table
from augbench.reports.tables.looks import known_before
from augbench.reports.tables.overfitting import overfitting_table

from tests.reports.making_runs import make_run


@pytest.fixture
def extended(tmp_path: Path) -> Run:
    looks = ([0, 1, 2, 3], [0, 1, 2, 3, 4])
    policies = {"flips": 0.02, "strong": -0.15, "light": 0.0}
    return load(make_run(tmp_path, policies, seeds=5, looks=looks, seed_sd=0.01, pictures=False))


def tables_at(run: Run, look: int) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Intervals and verdicts of the table of a look, from 1."""
    seen = replace(run, seeds=run.looks[look - 1], looks=run.looks[:look])
    level = level_of(seen.seeds, seen.looks, len(seen.challengers))
    rows, _ = accuracy_table(seen, level, 0.01)
    rows = rows.set_index("policy").loc[list(run.challengers)]
    bounds = zip(rows["delta_low"], rows["delta_high"], strict=True)
    return dict(zip(rows.index, bounds, strict=True)), dict(rows["verdict"])


def test_one_more_seed_leaves_no_interval_wider_and_no_verdict_behind(extended: Run) -> None:
    before, verdicts = tables_at(extended, 1)
    after, later = tables_at(extended, 2)
    for label in extended.challengers:
        assert before[label][0] <= after[label][0] <= after[label][1] <= before[label][1]
    assert verdicts["strong"] == later["strong"] == "worse"


def test_without_its_first_look_the_second_would_be_wider(extended: Run) -> None:
    alone = replace(extended, looks=((), extended.looks[1]))
    _, first = tables_at(extended, 1)[0], tables_at(extended, 2)[0]
    for label, (low, high) in tables_at(alone, 2)[0].items():
        assert low <= first[label][0] and first[label][1] <= high


def test_p_values_stay_on_the_side_of_the_interval(extended: Run) -> None:
    level = level_of(extended.seeds, extended.looks, len(extended.challengers))
    rows, _ = accuracy_table(extended, level, 0.01)
    for row in rows[rows["policy"] != "none"].to_dict("records"):
        excludes = row["delta_low"] > 0 or row["delta_high"] < 0
        assert (row["p_value"] <= 0.05) == excludes


def test_the_gap_is_narrowed_by_its_own_looks(extended: Run) -> None:
    seen = replace(extended, seeds=extended.looks[0], looks=extended.looks[:1])
    widths = []
    for run in (seen, extended):
        level = level_of(run.seeds, run.looks, len(run.challengers))
        rows, _ = overfitting_table(run, level, 0.01, {})
        widths.append(rows["gap_delta_high"] - rows["gap_delta_low"])
    assert (widths[1].dropna() <= widths[0].dropna()).all()


def test_looks_at_other_seeds_leave_nothing(extended: Run) -> None:
    elsewhere = replace(extended, looks=((7, 8, 9), extended.looks[1]))
    level = level_of(elsewhere.seeds, elsewhere.looks, 3)
    assert known_before(elsewhere, level, lambda run: pytest.fail("no such seeds")) == {}
