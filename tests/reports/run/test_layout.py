"""Is a grid read as it was written?"""

from __future__ import annotations

import json

import pytest
from augbench.reports.run.layout import SCHEMA_VERSION, Grid

GRID = Grid(
    dataset="digits",
    policies=("none", "gan(minutes=2)"),
    baseline="none",
    seeds=(3, 4),
    keys={
        ("none", 3): "a",
        ("none", 4): "b",
        ("gan(minutes=2)", 3): "c",
        ("gan(minutes=2)", 4): "d",
    },
    margin=0.02,
    study="now",
    studies={"before": ((0,),), "now": ((3,), (3, 4))},
    settled={"gan(minutes=2)": "gan(steps=40)"},
)


def test_a_grid_is_read_as_it_was_written() -> None:
    content = json.loads(json.dumps(GRID.to_dict()))
    assert content["schema_version"] == SCHEMA_VERSION
    again = Grid.from_dict(content)
    assert again == GRID
    assert list(again.keys) == list(GRID.keys)


def test_looks_are_those_of_its_own_study_and_one_look_where_there_are_none() -> None:
    content = GRID.to_dict()
    assert Grid.from_dict(content).looks == ((3,), (3, 4))
    assert Grid.from_dict(content | {"study": "new"}).looks == ((3, 4),)


def test_a_trial_that_has_no_key_yet_is_absent_and_one_of_no_policy_is_left_out() -> None:
    content = GRID.to_dict()
    content["keys"] = {"none": {"4": "b", "9": "x"}, "gone": {"3": "y"}}
    assert Grid.from_dict(content).keys == {("none", 4): "b"}


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION - 1, None, "2"])
def test_another_version_is_refused_with_what_helps(version: object) -> None:
    with pytest.raises(ValueError, match="the same compare command makes the run again"):
        Grid.from_dict(GRID.to_dict() | {"schema_version": version})
