"""Does a table that is registered appear everywhere, without any other file being touched?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from augbench.reports.columns import COUNT, SHARE, Column, Table
from augbench.reports.schema import summary_schema
from augbench.reports.tables import registry
from augbench.reports.tables.run_table import Basis, Built, RunTable

from augbench import reports
from augbench.findings import Finding
from tests.reports.making_runs import make_run

LUCK = Table(
    "luck",
    "Luck of the draw",
    "A row a policy: how lucky its best seed was.",
    (
        Column("policy"),
        Column("seed", COUNT, help="its best", always=True),
        Column("best_accuracy", SHARE, "best of all", "test accuracy of that seed"),
    ),
)


def build(basis: Basis) -> Built:
    """The best trial of each policy, from the table trials."""
    trials = basis.before["trials"]
    assert trials is not None
    best = trials.loc[trials.groupby("policy", sort=False)["test_accuracy"].idxmax()]
    frame = LUCK.frame(best.rename(columns={"test_accuracy": "best_accuracy"}))
    return frame, [Finding("luck-is-no-merit", {"policies": len(frame)}, table="luck")]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> reports.Written:
    monkeypatch.setattr(registry, "TABLES", (*registry.TABLES, RunTable(LUCK, build)))
    folder = make_run(tmp_path / "run", {"flips": 0.05, "<b>": 0.0}, seeds=3, n_test=60)
    pytest.importorskip("pyarrow", reason="the extra `parquet` brings pyarrow")
    return reports.write(folder, ["html", "md", "csv", "json", "parquet"])


def test_it_is_a_csv_and_a_parquet_file_with_the_types_of_its_columns(
    written: reports.Written,
) -> None:
    rows = pd.read_csv(written.folder / "luck.csv")
    assert list(rows.columns) == ["policy", "seed", "best_accuracy"]
    trials = pd.read_csv(written.folder / "trials.csv")
    assert (
        rows["best_accuracy"].tolist()
        == trials.groupby("policy", sort=False)["test_accuracy"].max().tolist()
    )
    parquet = pd.read_parquet(written.folder / "luck.parquet")
    assert [str(dtype) for dtype in parquet.dtypes[1:]] == ["int64", "float64"]


def test_it_is_in_summary_json_as_the_generated_schema_says(written: reports.Written) -> None:
    content = json.loads((written.folder / "summary.json").read_text(encoding="utf-8"))
    assert [row["policy"] for row in content["tables"]["luck"]] == ["none", "flips", "<b>"]
    assert ["luck", 3] in [[n["table"], n["figures"].get("policies")] for n in content["notes"]]
    schema = summary_schema()
    jsonschema.Draft202012Validator(schema).validate(content)
    content["tables"]["luck"][0]["best_accuracy"] = 83.4
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(content)
    del content["tables"]["luck"]
    with pytest.raises(jsonschema.ValidationError, match="luck"):
        jsonschema.Draft202012Validator(schema).validate(content)


def test_the_page_has_a_section_with_its_figures_and_what_is_said_of_it(
    written: reports.Written,
) -> None:
    html = (written.folder / "report.html").read_text(encoding="utf-8")
    assert '<li><a href="#luck">Luck of the draw</a></li>' in html
    section = re.search(r'<section id="luck".*?</section>', html, re.DOTALL)
    assert section
    rows = pd.read_csv(written.folder / "luck.csv", dtype=str)
    for value in rows["best_accuracy"]:
        assert f'data-column="luck.best_accuracy" value="{value}"' in section[0]
    assert ">best of all</th>" in section[0]
    assert "test accuracy of that seed" in section[0]
    assert "luck is no merit: policies 3" in section[0]
    assert "&lt;b&gt;" in section[0]


def test_markdown_has_a_section_too(written: reports.Written) -> None:
    text = (written.folder / "report.md").read_text(encoding="utf-8")
    section = text.split("\n## Luck of the draw\n", 1)[1].split("\n## ", 1)[0]
    assert "| policy | seed | best of all |" in section
    best = pd.read_csv(written.folder / "luck.csv").set_index("policy")["best_accuracy"]["flips"]
    assert f"| {100 * best:.1f}% |" in section
    assert "luck is no merit: policies 3" in section
