"""Does `augbench report` do what its help says, with one line for what is wrong?"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from augbench.bench.cli import main

from tests.bench.running import REPOSITORY, run_augbench, start
from tests.reports.choice.making_choices import make_choice
from tests.reports.making_multi_runs import POLICIES, make_data_set
from tests.reports.making_runs import make_run


def report(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["report", *map(str, arguments)])
    assert isinstance(stop.value.code, int)
    return stop.value.code


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", {"flips": 0.1}, seeds=3, n_test=40, epochs=1, pictures=False)


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    return [make_data_set(tmp_path / f"set{n}", n, POLICIES, seeds=3, n_test=60) for n in range(2)]


def test_formats_are_a_list_with_commas_and_repeatable(run: Path) -> None:
    assert report(run, "--format", "md,junit", "--format", "json", "--quiet") == 0
    there = {path.name for path in run.iterdir() if path.suffix in (".md", ".xml", ".json", ".csv")}
    assert there - {"grid.json", "environment.json"} == {"report.md", "junit.xml", "summary.json"}


def test_what_was_written_is_named_where_there_is_no_page(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(run, "--format", "junit,md") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        str(run / "junit.xml"),
        str(run / "report.md"),
    ]
    assert report(run) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(run / "report.html")


def test_json_is_the_summary_whatever_is_written(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(run, "--json", "--format", "md") == 0
    assert json.loads(capsys.readouterr().out)["policies"] == ["none", "flips"]
    assert not (run / "summary.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--format", "htlm"], "did you mean 'html'?"),
        (["nowhere"], "nowhere is not a folder"),
        (["."], "is no run folder: it has no grid.json"),
        (["run", "run"], "named twice"),
        (["--live", "run", "set0"], "--live shows one run"),
        (["--live", "run", "--json"], "--json go without it"),
        (["run", "set0", "--out", "run"], "is a run folder with reports of its own"),
        ([], "RUN"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(
    run: Path,
    two: list[Path],
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(run.parent)
    assert report(*arguments) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (run / "report.html").exists()


def test_several_runs_are_put_side_by_side(
    two: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(two[0].parent)
    before = {path: path.stat().st_mtime_ns for folder in two for path in folder.rglob("*")}
    assert report(*two) == 0
    out = capsys.readouterr().out
    assert "the 2 data sets" in " ".join(out.split())
    assert out.splitlines()[-1] == str(Path("side-by-side") / "report.html")
    assert {path.name for path in Path("side-by-side").iterdir()} == {
        "several.csv",
        "policies.csv",
        "wins.csv",
        "several.json",
        "report.md",
        "report.html",
    }
    assert before == {path: path.stat().st_mtime_ns for folder in two for path in folder.rglob("*")}


def test_out_says_where_and_json_prints_the_comparison(
    two: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(*two, "--out", tmp_path / "here", "--format", "csv", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert [one["run"] for one in content["runs"]] == ["data 0", "data 1"]
    assert (tmp_path / "here" / "several.csv").is_file()
    assert not (tmp_path / "here" / "report.html").exists()


def test_a_complete_run_is_shown_at_once_and_nothing_is_written(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(run.iterdir())
    assert report("--live", run) == 0
    assert "flips" in capsys.readouterr().out
    assert sorted(run.iterdir()) == before


def test_ctrl_c_ends_the_live_display_with_code_0(tmp_path: Path) -> None:
    make_run(tmp_path / "run", seeds=2, n_test=20, epochs=1, missing=[("flips", 1)], pictures=False)
    process = start("report", "--live", "run", folder=tmp_path)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert first == "3 of 4 trials\n"
    assert (process.returncode, err) == (0, "")
    assert set(out.splitlines()) == {"3 of 4 trials"}


def test_help_has_examples_and_imports_nothing_heavy(tmp_path: Path) -> None:
    out, _ = run_augbench("report", "--help", folder=tmp_path)
    assert "augbench report digits/ photos/ letters/ --out comparison" in out
    for word in ("--format", "--live", "--out", "junit", "parquet"):
        assert word in out
    code = (
        "import sys\n"
        "from augbench.bench.cli import main\n"
        "try:\n    main(['report', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'numpy', 'scipy', 'altair', 'pyarrow'}\n"
        "print(*(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stderr.strip() == ""


def test_a_search_is_reported_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    search = make_choice(tmp_path / "found", gain=(0.021, 0.004, 0.038))
    assert report(search) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[1].startswith("Use flip + rotation 15°: +2.1 points (0.4 to 3.8)")
    assert (search / "report.html").is_file()
    assert report(search, "--json") == 0
    assert json.loads(capsys.readouterr().out)["winner"] == "flip + rotation 15°"
    assert report(search, "--format", "md") == 2
    assert "--format and --out are for runs" in capsys.readouterr().err
