"""Is summary.json all of the tables, as its schema says?"""

from __future__ import annotations

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.render.summary import SCHEMA_VERSION, summary_text
from augbench.reports.run.reader import load
from augbench.reports.schema import summary_schema

from augbench import reports
from tests.reports.making_runs import make_run


@pytest.fixture(scope="module")
def content(written: reports.Written) -> dict[str, Any]:
    return json.loads((written.folder / "summary.json").read_text(encoding="utf-8"))


def valid(content: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(summary_schema()).validate(content)


def test_the_schema_is_a_schema_and_ships_with_the_package() -> None:
    jsonschema.Draft202012Validator.check_schema(summary_schema())
    assert resources.files("augbench.reports.schema").joinpath("summary.schema.json").is_file()
    assert summary_schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_the_summary_is_as_the_schema_says(content: dict[str, Any]) -> None:
    valid(content)


def test_every_number_is_that_of_the_csv_file(
    written: reports.Written, content: dict[str, Any]
) -> None:
    for name in written.tables.frames:
        frame = pd.read_csv(written.folder / f"{name}.csv", dtype=str, keep_default_na=False)
        rows = content["tables"][name]
        assert len(rows) == len(frame)
        for row, other in zip(rows, frame.to_dict("records"), strict=True):
            assert list(row) == list(other)
            for key, value in row.items():
                if value is None:
                    assert other[key] == ""
                elif isinstance(value, float | int) and not isinstance(value, bool):
                    assert float(other[key]) == value
                else:
                    assert str(other[key]) == str(value)


def test_it_says_what_the_tables_conclude(
    written: reports.Written, content: dict[str, Any]
) -> None:
    assert content["conclusion"]["sentence"] == written.tables.conclusion.sentence
    assert content["conclusion"]["recommended"] == ["flips"]
    assert content["actions"]["keep"][0]["kind"] == "keep"
    assert content["actions"]["keep"][0]["figures"]["policies"][0][0] == "flips"
    assert content["actions"]["next"]["text"].startswith("Settle ")
    assert content["policies"] == list(written.tables.run.policies)
    assert content["level"]["confidence"] == written.tables.level.confidence


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("schema_version",), 3),
        (("measure",), "best"),
        (("actions", "next"), "go on"),
        (("tables", "accuracy", 0, "verdict"), "best"),
        (("tables", "accuracy", 1, "test_accuracy_mean"), 83.4),
        (("tables", "trials", 0, "seed"), None),
        (("tables", "pairs", 0, "delta_mean"), "0.1"),
    ],
)
def test_the_schema_refuses_what_is_wrong(
    content: dict[str, Any], where: tuple[Any, ...], value: Any
) -> None:
    wrong = copy.deepcopy(content)
    place = wrong
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        valid(wrong)


def test_the_schema_asks_for_every_column_of_every_table(content: dict[str, Any]) -> None:
    wanted = summary_schema()["properties"]["tables"]["properties"]
    for name, rows in content["tables"].items():
        if name not in ("synthetic", "cost"):
            assert wanted[name]["items"]["required"] == list(rows[0]), name


@pytest.mark.parametrize("case", ["nothing run", "all failed", "no baseline", "one seed"])
def test_runs_with_little_in_them_have_valid_summaries_too(tmp_path: Path, case: str) -> None:
    grid = [(label, seed) for label in ("none", "flips") for seed in range(2)]
    options: dict[str, Any] = {
        "nothing run": {"missing": grid},
        "all failed": {"failed": grid},
        "no baseline": {"failed": grid[:2]},
        "one seed": {"seeds": 1},
    }[case]
    make_run(tmp_path / "run", **{"seeds": 2, "n_test": 40, **options})
    text = summary_text(tables(load(tmp_path / "run")))
    valid(json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON")))
