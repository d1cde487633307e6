"""Does the display of a run in progress follow it, whatever state its files are in?"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from augbench.bench.run.progress import Display
from augbench.reports.render.live import Watched, so_far, watch
from rich.console import Console

from augbench import outside
from augbench.errors import ReportError
from tests.reports.making_runs import make_run


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A finished run: none and flips on 3 seeds, one of them failed."""
    return make_run(
        tmp_path / "whole",
        {"flips": 0.1},
        seeds=3,
        n_test=60,
        epochs=1,
        failed=[("flips", 2)],
        pictures=False,
    )


@pytest.fixture
def growing(tmp_path: Path, whole: Path) -> tuple[Path, list[Path]]:
    """The same run without its trials, and the trials that are to come."""
    folder = tmp_path / "growing"
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("trials"))
    (folder / "trials").mkdir()
    return folder, sorted((whole / "trials").iterdir())


def comes(trial: Path, folder: Path) -> None:
    """Store a trial as a run does: a draft, then one rename."""
    draft = folder / "trials" / f".{trial.name}-0a1b2c3d"
    shutil.copytree(trial, draft)
    draft.rename(folder / "trials" / trial.name)


def console(terminal: bool, width: int = 100) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=width, force_terminal=terminal, color_system=None), stream


def arriving(folder: Path, trials: list[Path]) -> Callable[[float], None]:
    """A way to wait in which a trial arrives each time."""
    waiting = list(trials)

    def sleep(_: float) -> None:
        assert waiting, "the display does not end although the grid is complete"
        comes(waiting.pop(0), folder)

    return sleep


def test_it_ends_by_itself_with_the_table_of_the_run(growing: tuple[Path, list[Path]]) -> None:
    folder, trials = growing
    paper, stream = console(terminal=False)
    watch(folder, paper, sleep=arriving(folder, trials))
    lines = stream.getvalue().splitlines()
    counts = [line for line in lines if re.match(r"\d+ of \d+ trials", line)]
    assert counts == [*(f"{n} of 6 trials" for n in range(6)), "6 of 6 trials, 1 failed"]
    assert any("flips" in line and "inconclusive" in line for line in lines)


def test_a_terminal_shows_means_so_far_and_no_verdict(growing: tuple[Path, list[Path]]) -> None:
    folder, trials = growing
    paper, stream = console(terminal=True)
    seen: list[str] = []
    arrive = arriving(folder, trials)

    def sleep(seconds: float) -> None:
        seen.append(stream.getvalue())
        stream.seek(0)
        stream.truncate()
        arrive(seconds)

    watch(folder, paper, sleep=sleep)
    # Trials come in the order of the grid: after four of them one pair is there.
    text = seen[4]
    of = {"none": [], "flips": []}
    for trial in trials[:4]:
        record = json.loads((trial / "result.json").read_text(encoding="utf-8"))
        of[record["policy"]].append(record["test_accuracy"])
    assert "4 of 6 trials" in text
    assert re.search(rf"none +3/3 +{100 * sum(of['none']) / 3:.1f}%", text)
    delta = 100 * (of["flips"][0] - of["none"][0])
    assert re.search(rf"flips +1/3 +{100 * of['flips'][0]:.1f}% +\{delta:+.1f} ", text)
    for verdict in ("better", "worse", "equivalent", "inconclusive"):
        assert not any(verdict in one for one in seen)
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)
    assert max(map(len, plain.splitlines())) <= 100


def test_drafts_and_foreign_folders_are_not_counted(growing: tuple[Path, list[Path]]) -> None:
    folder, trials = growing
    shutil.copytree(trials[0], folder / "trials" / f".{trials[0].name}-0a1b2c3d")
    shutil.copytree(trials[1], folder / "trials" / "0123456789")
    assert Watched(folder).look().trials == {}
    comes(trials[2], folder)
    assert len(Watched(folder).look().trials) == 1


@pytest.mark.parametrize("text", ["", '{"policies": ["no', "[]", '{"policies": 3}', "null"])
def test_a_half_written_grid_leaves_the_last_state(whole: Path, text: str) -> None:
    watched = Watched(whole)
    before = watched.look()
    assert before.total == 6
    (whole / "grid.json").write_text(text, encoding="utf-8")
    assert watched.look() is before


@pytest.mark.parametrize("text", ["", '{"status": "do', "[]"])
def test_a_trial_that_cannot_be_read_yet_is_not_there_yet(whole: Path, text: str) -> None:
    watched = Watched(whole)
    place = next((whole / "trials").iterdir()) / "result.json"
    stored = place.read_text(encoding="utf-8")
    place.write_text(text, encoding="utf-8")
    assert len(watched.look().trials) == 5
    place.write_text(stored, encoding="utf-8")
    os.utime(place, ns=(1, 1))
    assert watched.look().complete


def test_a_failed_trial_that_is_done_at_the_second_attempt_counts_as_done(whole: Path) -> None:
    watched = Watched(whole)
    assert [trial.done for trial in watched.look().trials.values()].count(False) == 1
    for place in (whole / "trials").glob("*/result.json"):
        record = json.loads(place.read_text(encoding="utf-8"))
        if record["status"] == "failed":
            place.write_text(json.dumps(record | {"status": "done", "test_accuracy": 0.5}))
            os.utime(place, ns=(1, 1))
    assert all(trial.done for trial in watched.look().trials.values())


def test_a_folder_without_a_grid_is_waited_for_and_a_foreign_one_refused(tmp_path: Path) -> None:
    for name in ("trials", "."):
        place = tmp_path / "new" / name
        place.mkdir(parents=True, exist_ok=True)
        assert Watched(tmp_path / "new").look().total == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.doc").write_text("not a run")
    with pytest.raises(ReportError, match="no run folder"):
        Watched(tmp_path / "other")
    with pytest.raises(ReportError, match="is not a folder"):
        Watched(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["{}", '{"schema_version": 1, "policies": ["none"]}'])
def test_a_grid_that_this_version_does_not_read_is_said_and_not_waited_for(
    whole: Path, content: str
) -> None:
    (whole / "grid.json").write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match="the same compare command makes the run again"):
        watch(whole, console(terminal=False)[0], sleep=lambda _: pytest.fail("it waits"))


def test_a_key_that_leads_out_of_the_run_is_not_followed(whole: Path) -> None:
    grid = json.loads((whole / "grid.json").read_text(encoding="utf-8"))
    grid["keys"]["none"]["0"] = "../../whole/trials/" + grid["keys"]["none"]["1"]
    (whole / "grid.json").write_text(json.dumps(grid), encoding="utf-8")
    assert ("none", 0) not in Watched(whole).look().trials


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path / "run",
        {"[red]x[/red]\x1b[31m": 0.0},
        seeds=1,
        n_test=8,
        epochs=1,
        missing=[("none", 0)],
        dataset="\x1b[2J",
        pictures=False,
    )
    paper, stream = console(terminal=True)

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    watch(folder, paper, sleep=leave)
    text = stream.getvalue()
    assert "[red]x[/red]\ufffd[31m" in text
    assert "\x1b[31m" not in text
    assert "\x1b[2J" not in text


def test_ctrl_c_leaves_quietly_with_what_is_known(growing: tuple[Path, list[Path]]) -> None:
    folder, trials = growing
    comes(trials[0], folder)
    paper, stream = console(terminal=False)

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    watch(folder, paper, sleep=leave)
    assert stream.getvalue().splitlines()[-1] == "1 of 6 trials"


def test_a_run_that_another_process_writes_is_followed(growing: tuple[Path, list[Path]]) -> None:
    folder, trials = growing
    code = (
        "import pathlib, shutil, sys\n"
        "folder, *trials = map(pathlib.Path, sys.argv[1:])\n"
        "def step():\n"
        "    print('done', flush=True)\n"
        "    sys.stdin.readline()\n"
        "for trial in trials:\n"
        "    draft = folder / 'trials' / f'.{trial.name}-00'\n"
        "    shutil.copytree(trial, draft)\n"
        "    step()\n"
        "    draft.rename(folder / 'trials' / trial.name)\n"
        "    step()\n"
    )
    paper, stream = console(terminal=True)
    with subprocess.Popen(
        [sys.executable, "-c", code, folder, *trials],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None and writer.stdout is not None

        def step(_: float) -> None:
            assert writer.stdout.readline() == "done\n", "the display goes on after the last trial"
            writer.stdin.write("\n")
            writer.stdin.flush()

        watch(folder, paper, sleep=step)
    assert "6 of 6 trials, 1 failed" in stream.getvalue()


def test_looking_again_reads_only_what_is_new(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(whole)
    watched.look()
    read: list[str] = []
    text_of = outside.read_text

    def counted(path: Path) -> str:
        read.append(path.name)
        return text_of(path)

    monkeypatch.setattr(outside, "read_text", counted)
    watched.look()
    assert read == ["grid.json"]


def test_compare_shows_the_table_under_its_bar_on_a_terminal_and_nowhere_else(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    table = so_far(folder)
    table()  # before there is a folder
    make_run(folder, {"flips": 0.2}, seeds=5)
    for terminal in (True, False):
        display = Display()
        display.console = Console(file=io.StringIO(), width=100, force_terminal=terminal)
        display.live = terminal
        with display.trials(4, 2, table) as shown:
            shown.on_epoch(3)
        text = display.console.file.getvalue()  # type: ignore[attr-defined]
        assert ("training" in text and "flips" in text) is terminal
        assert "better" not in text
