"""Is report.md the CSV files in Markdown, with names that stay text?"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.render.markdown import escaped, markdown
from augbench.reports.run.reader import load

from augbench import reports
from tests.reports.conftest import EVIL, EVIL_MARKDOWN
from tests.reports.making_runs import make_run


def cells(line: str) -> list[str]:
    """The cells of a line of a Markdown table, without escapes."""
    parts = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return [re.sub(r"\\(.)", r"\1", part.strip()) for part in parts]


def table_under(text: str, heading: str) -> list[dict[str, str]]:
    """The first table after a heading, as rows."""
    after = text.split(f"\n## {heading}\n", 1)[1]
    lines = after.strip().splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|"))
    block = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        block.append(cells(line))
    head, _, *rows = block
    assert all(len(row) == len(head) for row in rows)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def text(written: reports.Written) -> str:
    return (written.folder / "report.md").read_text(encoding="utf-8")


def number(text: str) -> float:
    return float(text.rstrip("%").replace(",", ""))


@pytest.mark.parametrize(
    ("heading", "file", "columns"),
    [
        (
            "Accuracy",
            "accuracy",
            {
                "test accuracy": ("test_accuracy_mean", 100, 0.05),
                "difference": ("delta_mean", 100, 0.05),
                "sd": ("test_accuracy_sd", 100, 0.05),
                "p": ("p_value", 1, 0.0005),
                "trials": ("trials", 1, 0),
            },
        ),
        (
            "Overfitting",
            "overfitting",
            {
                "gap": ("gap_best", 100, 0.05),
                "difference": ("gap_delta", 100, 0.05),
                "last gap": ("gap_last", 100, 0.05),
                "loss gap": ("loss_gap_last", 1, 0.0005),
                "loss rise": ("validation_loss_rise", 1, 0.0005),
                "curve area": ("curve_area", 100, 0.05),
                "calibration": ("calibration_error", 100, 0.05),
            },
        ),
        (
            "Seed-to-seed noise",
            "noise",
            {"best in": ("first_share", 100, 0.05), "sd": ("test_accuracy_sd", 100, 0.05)},
        ),
    ],
)
def test_the_numbers_are_those_of_the_csv_file(
    written: reports.Written,
    text: str,
    heading: str,
    file: str,
    columns: dict[str, tuple[str, float, float]],
) -> None:
    frame = pd.read_csv(written.folder / f"{file}.csv").set_index("policy")
    rows = table_under(text, heading)
    assert {row["policy"] for row in rows} == set(frame.index)
    for row in rows:
        for shown, (column, factor, slack) in columns.items():
            exact = frame.loc[row["policy"], column]
            if pd.isna(exact):
                assert row[shown] == "–"
            elif row[shown].startswith("<"):
                assert exact < 0.001
            else:
                assert abs(number(row[shown]) - factor * exact) <= slack + 1e-9


def test_the_conclusion_and_all_its_remarks_are_there(written: reports.Written, text: str) -> None:
    plain = re.sub(r"\\(.)", r"\1", text)
    assert f"**{written.tables.conclusion.sentence}**" in plain
    assert all(remark in plain for remark in written.tables.conclusion.remarks)
    assert "shear_range 0.2 is 0.2 degrees" in plain


def test_names_stay_text(evil: reports.Written) -> None:
    text = (evil.folder / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<(script|img|b)\b", text)
    assert "](http" not in text.replace("\\]", "")
    plain = [row["policy"] for row in table_under(text, "Accuracy")]
    assert EVIL_MARKDOWN in plain
    classes = [row["class"] for row in table_under(text, "Classes")]
    assert EVIL in classes


@pytest.mark.parametrize("name", ["a|b", "*a*", "`a`", "<b>", "[a](b)", "a_b_c", "\\", "~~a~~"])
def test_an_escaped_name_reads_back(name: str) -> None:
    assert re.sub(r"\\(.)", r"\1", escaped(name)) == name


def test_a_name_of_two_lines_stays_on_one() -> None:
    assert escaped("a\n# b") == "a \\# b"


def test_a_run_of_many_classes_shows_the_clearest_and_counts_the_rest(tmp_path: Path) -> None:
    make_run(
        tmp_path / "run", seeds=3, n_test=200, classes=[f"c{k}" for k in range(100)], pictures=False
    )
    text = markdown(tables(load(tmp_path / "run")))
    assert len(table_under(text, "Classes")) == 40
    assert "60 more rows stand in per_class.csv." in text.replace("\\", "")
