"""`augbench compare` as a user runs it, on real digits with small budgets."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bench.running import run_augbench, run_here, trials

SMALL = ["--data", "digits", "--train-size", "150", "--epochs", "2", "--model", "small"]
COLUMNS = {
    "trials.csv": "dataset policy seed status train_accuracy validation_accuracy test_accuracy "
    "train_loss validation_loss test_loss best_epoch epochs steps real_images synthetic_images "
    "seconds images_per_second last_test_accuracy last_test_loss averaged_test_accuracy "
    "averaged_test_loss error balanced_accuracy macro_f1",
    "curves.csv": "policy seed epoch train_accuracy train_loss augmented_accuracy augmented_loss "
    "validation_accuracy validation_loss",
    "accuracy.csv": "policy trials test_accuracy_mean test_accuracy_sd delta_mean delta_low "
    "delta_high p_value verdict seeds_needed_low seeds_needed_high averaged_test_accuracy_mean "
    "averaged_delta_mean balanced_accuracy_mean balanced_accuracy_delta macro_f1_mean "
    "macro_f1_delta",
    "overfitting.csv": "policy trials gap_best gap_last loss_gap_last gap_delta gap_delta_low "
    "gap_delta_high divergence_epoch validation_loss_rise curve_area calibration_error verdict",
    "pairs.csv": "policy_a policy_b delta_mean delta_low delta_high p_value verdict",
    "per_class.csv": "policy class recall_mean delta_mean delta_low delta_high verdict",
}
POLICIES = ["albumentations", "same=none", "other=none(reseed=1)", "expand(factor=2) + mixup"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished run of every kind of policy, 2 seeds."""
    folder = tmp_path_factory.mktemp("compare")
    run_augbench("compare", *POLICIES, *SMALL, "--seeds", "2", "--out", "run", folder=folder)
    return folder / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize("name", COLUMNS)
def test_every_table_has_its_columns(run: Path, name: str) -> None:
    assert list(pd.read_csv(run / name).columns) == COLUMNS[name].split()


def test_every_file_of_a_run_is_there(run: Path) -> None:
    names = ["experiment.toml", "environment.json", "cost.csv", "summary.json", "report.md"]
    assert [name for name in [*names, "report.html"] if not (run / name).stat().st_size] == []
    for trial in (run / "trials").iterdir():
        files = {path.name for path in trial.iterdir()}
        assert files == {"result.json", "curves.csv", "predictions.npz", "pictures.npz"}
    assert len(list((run / "trials").iterdir())) == 10
    assert not (run / "synthetic.csv").exists()


def test_none_is_added_and_comes_first(run: Path) -> None:
    assert list(dict.fromkeys(trials(run)["policy"])) == ["none", *(p for p in LABELS)]


LABELS = ["albumentations", "same", "other", "expand(factor=2) + mixup"]


def test_every_policy_trains_the_same_number_of_steps(run: Path) -> None:
    table = trials(run)
    assert set(table["steps"]) == {2 * 5}
    assert set(table["real_images"]) == {150}
    stored = table[table["policy"] == LABELS[-1]]
    assert set(stored["synthetic_images"]) == {150}


def test_equal_policies_are_equal_bit_for_bit_and_reseeded_ones_are_not(run: Path) -> None:
    keys = json.loads((run / "grid.json").read_text())["keys"]

    def predictions(label: str) -> np.ndarray:
        with np.load(run / "trials" / keys[label]["0"] / "predictions.npz") as stored:
            return stored["test_probabilities"]

    np.testing.assert_array_equal(predictions("none"), predictions("same"))
    assert (predictions("none") != predictions("other")).mean() > 0.9
    accuracy = pd.read_csv(run / "accuracy.csv").set_index("policy")
    assert accuracy.loc["same", "delta_mean"] == 0


@pytest.mark.slow
def test_another_number_of_jobs_gives_the_same_trials(run: Path, folder: Path) -> None:
    words = [*POLICIES, *SMALL, "--seeds", "2", "--jobs", "1", "--out", "again"]
    run_here("compare", *words, folder=folder)
    pd.testing.assert_frame_equal(trials(folder / "again"), trials(run))
    for name in ("curves.csv", "accuracy.csv", "overfitting.csv", "pairs.csv", "per_class.csv"):
        assert (folder / "again" / name).read_bytes() == (run / name).read_bytes(), name


@pytest.mark.slow
def test_more_seeds_extend_a_run_and_fewer_show_a_part_of_it(folder: Path) -> None:
    words = ["none", "keras", *SMALL, "--jobs", "1"]
    run_here("compare", *words, "--seeds", "1", folder=folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "results/trials").rglob("*.*")}
    _, err = run_here("compare", *words, "--seeds", "2", folder=folder)
    assert "2 trials are there already; 2 to go" in err
    assert len(trials(folder / "results")) == 4
    _, err = run_here("compare", *words, "--seeds", "1", folder=folder)
    assert "2 trials are there already; 0 to go" in err
    assert len(trials(folder / "results")) == 2
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.slow
def test_experiment_toml_repeats_the_run(run: Path, folder: Path) -> None:
    written = tomllib.loads((run / "experiment.toml").read_text())
    assert written["policies"] == ["none", *POLICIES]
    _, err = run_here(
        "compare", "--config", str(run / "experiment.toml"), "--out", str(run), folder=folder
    )
    assert "10 trials are there already; 0 to go" in err


def test_a_report_needs_neither_data_nor_policies(run: Path, folder: Path) -> None:
    made = ["report.html", "report.md", "trials.csv", "accuracy.csv", "summary.json"]
    moved = Path(shutil.copytree(run, folder / "run"))
    run_here("compare", *POLICIES, *SMALL, "--seeds", "2", "--out", "run", folder=folder)
    before = {name: (moved / name).read_bytes() for name in made}
    for name in made:
        (moved / name).unlink()
    run_here("report", "run", "--quiet", folder=folder)
    assert {name: (moved / name).read_bytes() for name in made} == before


def test_json_is_the_summary_on_standard_output(run: Path, folder: Path) -> None:
    out, _ = run_here("report", str(run), "--json", folder=folder)
    assert json.loads(out) == json.loads((run / "summary.json").read_text())


def test_the_terminal_ends_with_the_table_of_accuracy(run: Path, folder: Path) -> None:
    out, _ = run_here("report", str(run), folder=folder)
    for label in LABELS:
        assert label in out
    assert out.rstrip().endswith("report.html")
