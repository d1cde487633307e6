"""The table curves.csv."""

from __future__ import annotations

from pathlib import Path

from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.reader import load
from augbench.reports.tables.curves import CURVES, curves_table

from tests.reports.making_runs import make_run

COLUMNS = (
    "policy, seed, epoch, train_accuracy, train_loss, augmented_accuracy, augmented_loss, "
    "validation_accuracy, validation_loss"
)


def test_the_columns_are_those_of_the_contract_and_of_stored_curves(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, n_test=40))
    assert list(curves_table(run).columns) == COLUMNS.split(", ")
    assert CURVES.names == ["policy", "seed", *CURVE_COLUMNS]


def test_curves_have_a_row_an_epoch_of_finished_trials(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, epochs=4, failed=[("flips", 1)]))
    table = curves_table(run)
    assert len(table) == 3 * 4
    assert table["epoch"].tolist() == [1, 2, 3, 4] * 3
    end = table.iloc[2:4]  # three tenths of 4 epochs, rounded up
    assert end["train_accuracy"].mean() == run.trials["none", 0].record["train_accuracy"]


def test_a_run_without_trials_has_an_empty_table(tmp_path: Path) -> None:
    every = [(label, seed) for label in ("none", "flips") for seed in range(5)]
    table = curves_table(load(make_run(tmp_path, missing=every)))
    assert table.empty
    assert list(table.columns) == COLUMNS.split(", ")
