"""Does a report consist of the files that were asked for, with the figures of the CSV files?"""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pandas as pd
import pytest
from augbench.reports.findings.analysis import Tables
from augbench.reports.render.files import write_tables
from augbench.reports.render.formats import DEFAULT, FORMATS, Form, formats_of
from augbench.reports.render.parquet import parquet_bytes
from augbench.reports.tables import registry

from augbench import reports
from augbench.errors import ReportError
from tests.reports.making_runs import make_run

TABLES = [entry.table.name for entry in registry.TABLES]

pq = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` brings pyarrow")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(
        tmp_path / "run",
        {"flips": 0.1, "gan": 0.0},
        seeds=3,
        n_test=40,
        epochs=2,
        failed=[("gan", 1)],
        synthetic={"gan": {"kid": 0.0123, "fid": None}},
        pictures=False,
    )


def made(run: Path) -> set[str]:
    """The files that a report made in a run folder."""
    given = {"grid.json", "environment.json", "experiment.toml", "trials"}
    return {entry.name for entry in run.iterdir()} - given


def test_lists_with_commas_and_repeated_options_name_formats_in_one_order() -> None:
    assert formats_of(["json,HTML", "md", "html"]) == ("html", "md", "json")
    assert formats_of([", ".join(FORMATS)]) == tuple(FORMATS)
    assert formats_of([]) == ()


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("htlm", "html"), ("xunit", "junit"), ("html,parket", "parquet"), ("jsn", "json")],
)
def test_an_unknown_format_is_refused_with_the_nearest_name(typed: str, nearest: str) -> None:
    with pytest.raises(ReportError, match=f"did you mean '{nearest}'") as refused:
        formats_of([typed])
    assert "\n" not in str(refused.value)


def test_an_empty_name_between_commas_is_refused() -> None:
    with pytest.raises(ReportError, match="knows no ''"):
        formats_of(["html,"])


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        ("html", {"report.html"}),
        ("md,json", {"report.md", "summary.json"}),
        ("junit", {"junit.xml"}),
        ("csv", {f"{name}.csv" for name in TABLES}),
        ("parquet", {f"{name}.parquet" for name in TABLES}),
    ],
)
def test_only_the_formats_asked_for_are_written(run: Path, asked: str, files: set[str]) -> None:
    written = reports.write(run, [asked])
    assert made(run) == files == {path.name for path in written.files}


def test_the_default_writes_neither_junit_nor_parquet(run: Path) -> None:
    reports.write(run)
    assert made(run) == {f"{name}.csv" for name in TABLES} | {
        "summary.json",
        "report.md",
        "report.html",
    }
    assert not {"junit", "parquet"} & {*DEFAULT}


def test_what_a_run_has_of_other_formats_is_kept_up_to_date(run: Path) -> None:
    reports.write(run, ["junit,parquet"])
    for name in ("junit.xml", "trials.parquet"):
        (run / name).write_text("of fewer seeds")
    reports.write(run)
    assert (run / "junit.xml").read_text().startswith("<?xml")
    assert pq.read_table(run / "trials.parquet").num_rows == 9


def test_parquet_without_pyarrow_names_the_extra_before_anything_is_written(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "augbench.reports.render.formats.find_spec",
        lambda name: None if name == "pyarrow" else found(name),
    )
    with pytest.raises(ReportError, match=r"pip install 'augbench\[parquet\]'"):
        reports.write(run, ["csv,parquet"])
    assert made(run) == set()


def test_a_new_line_of_the_table_is_a_form_of_the_report(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "txt", Form("report.txt", "report.txt", of_run=f"{__name__}:said"))
    assert [path.name for path in reports.write(run, ["txt"]).files] == ["report.txt"]
    (run / "report.txt").write_text("of fewer seeds")
    reports.write(run)
    assert (run / "report.txt").read_text() == "none, flips, gan"


def said(tables: Tables) -> str:
    return ", ".join(tables.run.policies)


def test_a_form_that_shows_one_run_alone_is_refused_for_several(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_run(tmp_path / "other", seeds=1, n_test=8, epochs=1, pictures=False)
    monkeypatch.setitem(FORMATS, "txt", Form("report.txt", "report.txt", of_run=f"{__name__}:said"))
    with pytest.raises(ReportError, match="--format txt shows one run alone"):
        reports.write_multi_run([run, other], tmp_path / "out", ["md,txt"])
    assert not (tmp_path / "out").exists()


def test_every_parquet_file_holds_what_its_csv_file_holds(run: Path) -> None:
    reports.write(run, ["csv", "parquet"])
    for name in TABLES:
        stored = pq.read_table(run / f"{name}.parquet")
        of_csv = pd.read_csv(run / f"{name}.csv", dtype=str, keep_default_na=False)
        assert stored.column_names == list(of_csv.columns)
        for column in stored.column_names:
            values = stored.column(column).to_pylist()
            texts = of_csv[column].tolist()
            assert len(values) == len(texts)
            for value, text in zip(values, texts, strict=True):
                if isinstance(value, float):
                    assert float(text) == value, (name, column)
                else:
                    assert ("" if value is None else str(value)) == text, (name, column)


def test_parquet_columns_have_the_types_that_they_mean(run: Path) -> None:
    reports.write(run, ["parquet"])
    types = {
        f"{name}.{field.name}": str(field.type)
        for name in ("trials", "accuracy", "synthetic")
        for field in pq.read_schema(run / f"{name}.parquet")
    }
    wanted = {
        "trials.policy": "string",
        "trials.seed": "int64",
        "trials.best_epoch": "int64",
        "trials.test_accuracy": "double",
        "accuracy.seeds_needed_low": "int64",
        "accuracy.verdict": "string",
        "synthetic.kid": "double",
    }
    assert {key: types[key] for key in wanted} == wanted


def test_a_column_of_several_kinds_and_a_name_without_bytes_become_texts() -> None:
    columns = {"x": [1, "a", None, 0.5], "y": ["a\udcff"] * 4}
    frame = pd.DataFrame(columns, dtype=object)
    table = pq.read_table(io.BytesIO(parquet_bytes(frame)))
    assert table.column("x").to_pylist() == ["1", "a", None, "0.5"]
    assert table.column("y").to_pylist() == ["a\\udcff"] * 4


def test_a_table_that_does_not_apply_any_more_takes_its_parquet_file_away(tmp_path: Path) -> None:
    (tmp_path / "synthetic.parquet").write_text("of another grid")
    frames = {"noise": pd.DataFrame({"policy": ["a"]}), "synthetic": None}
    write_tables(frames, tmp_path, ".parquet", parquet_bytes)
    assert [entry.name for entry in tmp_path.iterdir()] == ["noise.parquet"]


def test_another_folder_is_written_where_it_is_no_run_itself(run: Path, tmp_path: Path) -> None:
    written = reports.write(run, ["md"], tmp_path / "elsewhere")
    assert written.folder == tmp_path / "elsewhere"
    assert (tmp_path / "elsewhere" / "report.md").is_file()
    assert made(run) == set()
    other = make_run(tmp_path / "other", seeds=1, n_test=8, epochs=1, pictures=False)
    with pytest.raises(ReportError, match="is a run folder"):
        reports.write(run, ["md"], other)
    with pytest.raises(ReportError, match="is a file"):
        reports.write(run, ["md"], run / "grid.json")
