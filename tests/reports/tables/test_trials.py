"""The tables trials.csv and curves.csv, and the remarks on trials."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from augbench.reports.run.reader import load
from augbench.reports.tables.trials import curves_table, trial_notes, trials_table

from tests.reports.making_runs import make_run

TRIALS = (
    "dataset, policy, seed, status, train_accuracy, validation_accuracy, test_accuracy, "
    "train_loss, validation_loss, test_loss, best_epoch, epochs, steps, real_images, "
    "synthetic_images, seconds, images_per_second, error"
)
CURVES = (
    "policy, seed, epoch, train_accuracy, train_loss, augmented_accuracy, augmented_loss, "
    "validation_accuracy, validation_loss"
)


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, n_test=40))
    assert list(trials_table(run).columns) == TRIALS.split(", ")
    assert list(curves_table(run).columns) == CURVES.split(", ")


def test_a_row_a_stored_trial_in_grid_order_and_unrounded(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"b": 0.0, "a": 0.0}, seeds=[7, 3], missing=[("b", 7)]))
    table = trials_table(run)
    places = list(table[["policy", "seed"]].itertuples(index=False, name=None))
    assert places == [("none", 7), ("none", 3), ("b", 3), ("a", 7), ("a", 3)]
    record = run.trials["b", 3].record
    row = table.iloc[2]
    for name in ("test_accuracy", "train_loss", "best_epoch", "seconds", "steps"):
        assert row[name] == record[name]
    assert row["error"] == ""


def test_a_failed_trial_has_its_reason_and_no_figures(tmp_path: Path) -> None:
    table = trials_table(load(make_run(tmp_path, failed=[("flips", 1)])))
    row = table[(table["policy"] == "flips") & (table["seed"] == 1)].iloc[0]
    assert row["status"] == "failed"
    assert row["error"] == "RuntimeError: the loss became NaN in epoch 3"
    assert pd.isna(row["test_accuracy"])
    assert pd.isna(row["best_epoch"])
    assert (table["status"] == "done").sum() == 9


def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, failed=[("flips", 1)]))
    text = trials_table(run).to_csv(index=False)
    assert "5.0" not in text.splitlines()[1].split(",")[10:15]
    assert str(trials_table(run)["best_epoch"].dtype) == "Int64"


def test_curves_have_a_row_an_epoch_of_finished_trials(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, epochs=4, failed=[("flips", 1)]))
    table = curves_table(run)
    assert len(table) == 3 * 4
    assert table["epoch"].tolist() == [1, 2, 3, 4] * 3
    last = table.iloc[3]
    assert last["train_accuracy"] == run.trials["none", 0].record["train_accuracy"]


def test_a_run_without_trials_has_empty_tables(tmp_path: Path) -> None:
    every = [(label, seed) for label in ("none", "flips") for seed in range(5)]
    run = load(make_run(tmp_path, missing=every))
    assert trials_table(run).empty
    assert list(curves_table(run).columns) == CURVES.split(", ")


def test_remarks_name_what_is_missing_and_what_failed(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"flips": 0.05, "gan": 0.0},
            missing=[("flips", 3), ("flips", 4)],
            failed=[("gan", 0), ("gan", 2)],
            notes={"gan": ["no expansion: too few images"]},
        )
    )
    found = [(note.policy, note.text) for note in trial_notes(run)]
    assert found == [
        ("flips", "not run yet: seed 3, 4"),
        ("gan", "failed: RuntimeError: the loss became NaN in epoch 3 (seed 0, 2)"),
        ("gan", "no expansion: too few images (seed 0, 1, 2, 3, 4)"),
    ]


def test_remarks_say_that_the_baseline_is_absent(tmp_path: Path) -> None:
    without = load(make_run(tmp_path / "a", baseline=""))
    assert [note.text for note in trial_notes(without)] == [
        "the baseline none is not in this run: nothing can be compared with it"
    ]
    failed = load(make_run(tmp_path / "b", failed=[("none", seed) for seed in range(5)]))
    assert trial_notes(failed)[-1].text == (
        "no trial of the baseline none is done: nothing can be compared with it"
    )
