"""The run folder: a trial is there whole or not at all, and other people's files stay untouched."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder, history_in
from augbench.bench.trial.trial import TrialPlan, TrialResult
from augbench.reports.run.layout import SCHEMA_VERSION, Grid
from augbench.reports.run.reader import load

from augbench.errors import InputError

PLAN = TrialPlan(
    key="abc",
    policy="none",
    label="none",
    seed=0,
    data={},
    dataset="digits",
    settings=Settings(),
)


def result(**row: object) -> TrialResult:
    return TrialResult(
        row={"status": "done", **row},
        curves=[(1, 0.5, 0.25, 0.125, 1.0, 0.1, 1 / 3)],
        predictions={"test_probabilities": np.eye(2, dtype=np.float32)},
        pictures={"originals": np.zeros((1, 2, 2, 1), np.uint8)},
    )


def test_a_trial_is_kept_with_everything_a_report_needs(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.keep(PLAN, result(test_accuracy=np.float64(1 / 3)))
    place = tmp_path / "run" / "trials" / "abc"
    row = json.loads((place / "result.json").read_text())
    assert row["policy"] == "none" and row["test_accuracy"] == 1 / 3
    assert (place / "curves.csv").read_text().splitlines()[1].endswith(repr(1 / 3))
    with np.load(place / "predictions.npz") as arrays:
        assert (arrays["test_probabilities"] == np.eye(2)).all()
    assert folder.status(PLAN) == "done" and not folder.damaged


def test_what_json_has_no_word_for_becomes_null(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.keep(PLAN, result(test_loss=float("nan")))
    assert json.loads((tmp_path / "trials/abc/result.json").read_text())["test_loss"] is None


def test_a_write_that_fails_leaves_nothing_and_the_old_trial_stays(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.keep(PLAN, result(test_accuracy=0.5))
    broken = result(test_accuracy=0.7)
    broken.row["error"] = object()
    with pytest.raises(TypeError):
        folder.keep(PLAN, broken)
    assert [entry.name for entry in (tmp_path / "trials").iterdir()] == ["abc"]
    assert json.loads((tmp_path / "trials/abc/result.json").read_text())["test_accuracy"] == 0.5


def changed_record(place: Path) -> None:
    file = place / "result.json"
    file.write_text(file.read_text().replace("0.5", "0.75"))


def halved(place: Path) -> None:
    np.savez_compressed(place / "predictions.npz", test_probabilities=np.eye(1, dtype=np.float32))


def truncated(place: Path) -> None:
    file = place / "predictions.npz"
    file.write_bytes(file.read_bytes()[:-40])


def swapped(place: Path) -> None:
    other = dataclasses.replace(PLAN, key="def", label="keras")
    RunFolder(place.parents[1]).keep(other, result(test_accuracy=0.7))
    shutil.copy(place.with_name("def") / "result.json", place / "result.json")


def moved(place: Path) -> None:
    other = dataclasses.replace(PLAN, key="def")
    RunFolder(place.parents[1]).keep(other, result(test_accuracy=0.7))
    shutil.rmtree(place)
    place.with_name("def").rename(place)


def without_digests(place: Path) -> None:
    record = json.loads((place / "result.json").read_text())
    del record["digest"]
    (place / "result.json").write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (changed_record, "result.json has changed"),
        (halved, "predictions.npz has changed"),
        (truncated, "predictions.npz has changed"),
        (lambda place: (place / "curves.csv").unlink(), "curves.csv cannot be read"),
        (swapped, "is of 'keras'"),
        (moved, "is of the trial 'def'"),
        (without_digests, "no digests"),
    ],
)
def test_a_trial_that_is_not_what_was_written_is_missing_and_the_reason_known(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    folder = RunFolder(tmp_path)
    folder.keep(PLAN, result(test_accuracy=0.5))
    assert folder.status(PLAN) == "done"
    damage(tmp_path / "trials" / "abc")
    folder = RunFolder(tmp_path)
    assert folder.status(PLAN) is None
    assert words in folder.damaged["none", 0]
    folder.keep(PLAN, result(test_accuracy=0.5))
    assert folder.status(PLAN) == "done"


def test_a_half_written_trial_counts_as_missing_and_is_swept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "trials" / ".abc.0123.part").mkdir()
    (tmp_path / "trials" / "torn").mkdir()
    (tmp_path / "trials" / "torn" / "result.json").write_text('{"status": "do')
    torn = dataclasses.replace(PLAN, key="torn")
    assert folder.status(PLAN) is None and folder.status(torn) is None
    assert "cannot be read as JSON" in folder.damaged["none", 0]
    folder.sweep()
    assert not (tmp_path / "trials" / ".abc.0123.part").exists()


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("")
    with pytest.raises(InputError, match="holds other files"):
        RunFolder(tmp_path)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match="is a file"):
        RunFolder(tmp_path / "run")


GRID = Grid(
    dataset="digits",
    policies=("none",),
    baseline="none",
    seeds=(0, 1),
    keys={("none", 0): "abc"},
    margin=0.01,
    study="now",
    studies={"now": ((0,), (0, 1)), "before": ((5,),)},
    settled={"gan(minutes=2)": "gan(steps=40)"},
)


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"schema_version": 3}', None])
def test_a_lost_grid_keeps_the_looks_that_there_were(tmp_path: Path, damaged: str | None) -> None:
    folder = RunFolder(tmp_path)
    folder.write_grid(GRID)
    assert folder.grid() == GRID and folder.history() == GRID.history
    if damaged is None:
        (tmp_path / "grid.json").unlink()
    else:
        (tmp_path / "grid.json").write_text(damaged)
    assert folder.grid() is None and folder.history() == GRID.history
    (tmp_path / "looks.json").write_text('{"studies": {"now": [["x"]]}}')
    assert history_in(tmp_path) is None


def test_a_run_of_a_later_version_is_refused_with_what_reads_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_grid(GRID)
    content = json.loads((tmp_path / "grid.json").read_text())
    later = content | {"schema_version": SCHEMA_VERSION + 1, "augbench": "7.2.0"}
    (tmp_path / "grid.json").write_text(json.dumps(later))
    for read in (folder.grid, folder.history, lambda: load(tmp_path)):
        with pytest.raises(InputError, match=r"augbench 7\.2\.0 wrote it.*read it with that one"):
            read()


def test_one_command_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    with RunFolder(tmp_path).held():
        folder = RunFolder(tmp_path)
        with pytest.raises(InputError, match="another augbench command is at work"), folder.held():
            pass
    with folder.held():  # free again
        folder.sweep()
