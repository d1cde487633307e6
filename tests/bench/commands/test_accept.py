"""Does `augbench accept` write a baseline, replace it, and keep the margin that it had?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from augbench.bench.cli import main

import augbench
from tests.reports.making_runs import make_run


def accept(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["accept", *words])
    assert stop.value.code == code


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "run", {"flips": 0.05})


def content(file: str = "b.json") -> dict[str, object]:
    return json.loads(Path(file).read_text())


def test_a_baseline_is_written_and_replaced(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept("run", "--baseline", "b.json")
    assert capsys.readouterr().out == "b.json: flips in 5 seeds, margin 1\n"
    first = content()
    make_run(tmp_path / "other", {"flips": 0.02}, rng_seed=4)
    accept("other", "--baseline", "b.json")
    assert content() != first
    accept("run", "--baseline", "b.json")
    assert content() == first


def test_the_margin_stays_until_another_is_given() -> None:
    accept("run", "--baseline", "b.json", "--margin", "2.5")
    accept("run", "--baseline", "b.json")
    assert content()["margin"] == 0.025
    augbench.accept("run", baseline="b.json", margin=3)
    assert content()["margin"] == 0.03


def test_a_margin_that_the_check_will_refuse_is_said_when_it_is_accepted(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(run.parent / "noisy", {"flips": 0.05}, seed_sd=0.03)
    accept("noisy", "--baseline", "b.json")
    note = " ".join(capsys.readouterr().err.split())
    assert note.startswith("note: a check of as many seeds will be refused: --margin 1 is below")
    with pytest.raises(SystemExit, match="2"):
        main(["check", "noisy", "--baseline", "b.json"])
    accept("noisy", "--baseline", "b.json", "--margin", "40")
    assert "note:" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("run", "--baseline", "b.json", "--margin", "-1"), "--margin"),
        (("absent", "--baseline", "b.json"), "absent is not a folder"),
        (("run",), "--baseline"),
        (("few", "--baseline", "b.json"), "at least 3"),
    ],
)
def test_what_cannot_be_accepted_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], named: str
) -> None:
    make_run(tmp_path / "few", {"flips": 0.05}, seeds=2)
    accept(*words, code=2)
    assert named in capsys.readouterr().err
    assert not Path("b.json").exists()
