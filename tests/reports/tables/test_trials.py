"""The table trials.csv, and what is said of trials."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from augbench.reports.findings.wording import words
from augbench.reports.run.layout import FIGURES
from augbench.reports.run.reader import load
from augbench.reports.tables.trials import TRIALS as TABLE
from augbench.reports.tables.trials import trial_findings, trials_table

from tests.reports.making_runs import make_run

TRIALS = (
    "dataset, policy, seed, status, train_accuracy, validation_accuracy, test_accuracy, "
    "train_loss, validation_loss, test_loss, best_epoch, epochs, steps, real_images, "
    "synthetic_images, seconds, images_per_second, last_test_accuracy, last_test_loss, "
    "averaged_test_accuracy, averaged_test_loss, error, balanced_accuracy, macro_f1"
)


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=2, n_test=40))
    assert list(trials_table(run).columns) == TRIALS.split(", ")


def test_every_figure_that_is_read_of_a_trial_is_a_column() -> None:
    assert TABLE.names == [
        *("dataset", "policy", "seed", "status", *FIGURES, "error"),
        *("balanced_accuracy", "macro_f1"),
    ]


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


def test_a_run_without_trials_has_an_empty_table(tmp_path: Path) -> None:
    every = [(label, seed) for label in ("none", "flips") for seed in range(5)]
    run = load(make_run(tmp_path, missing=every))
    assert trials_table(run).empty


def test_remarks_name_what_is_missing_and_what_failed(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"flips": 0.05, "gan": 0.0},
            missing=[("flips", 3), ("flips", 4)],
            failed=[("gan", 0), ("gan", 2)],
            findings={"gan": [{"kind": "remark", "figures": {"text": "few images"}}]},
        )
    )
    found = [(finding.policy, words(finding)) for finding in trial_findings(run)]
    assert found == [
        ("flips", "not run yet: seed 3, 4"),
        ("gan", "failed: RuntimeError: the loss became NaN in epoch 3 (seed 0, 2)"),
        ("gan", "few images (seed 0, 1, 2, 3, 4)"),
    ]


def test_remarks_say_that_the_baseline_is_absent(tmp_path: Path) -> None:
    without = load(make_run(tmp_path / "a", baseline=""))
    assert [words(finding) for finding in trial_findings(without)] == [
        "the baseline none is not in this run: nothing can be compared with it"
    ]
    failed = load(make_run(tmp_path / "b", failed=[("none", seed) for seed in range(5)]))
    assert words(trial_findings(failed)[-1]) == (
        "no trial of the baseline none is done: nothing can be compared with it"
    )


def test_what_a_policy_found_of_its_images_stands_beside_their_measures(tmp_path: Path) -> None:
    judged = {"kind": "pool-judged", "figures": {"used": True}}
    other = {"kind": "remark", "figures": {"text": "slow"}}
    run = load(make_run(tmp_path, {"gan": 0.0}, seeds=2, findings={"gan": [judged, other]}))
    found = [(finding.kind, finding.table, finding.seeds) for finding in trial_findings(run)]
    assert found == [("pool-judged", "synthetic", (0, 1)), ("remark", "trials", (0, 1))]
