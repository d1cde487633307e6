"""The run folder: a trial is there whole or not at all, and other people's files stay untouched."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan, TrialResult

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
    assert folder.status("abc") == "done"


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


def test_a_half_written_trial_counts_as_missing_and_is_swept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "trials" / ".abc.0123.part").mkdir()
    (tmp_path / "trials" / "torn").mkdir()
    (tmp_path / "trials" / "torn" / "result.json").write_text('{"status": "do')
    assert folder.status("abc") is None and folder.status("torn") is None
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
