"""The table accuracy.csv."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load
from augbench.reports.run.run import Predictions, Run
from augbench.reports.statistics.level import Level
from augbench.reports.tables.accuracy import (
    accuracy_effect,
    accuracy_table,
    same_images,
    shared_images,
)
from scipy import stats

from tests.reports.making_runs import make_run

COLUMNS = (
    "policy, trials, test_accuracy_mean, test_accuracy_sd, delta_mean, delta_low, delta_high, "
    "p_value, verdict, seeds_needed_low, seeds_needed_high, averaged_test_accuracy_mean, "
    "averaged_delta_mean, balanced_accuracy_mean, balanced_accuracy_delta, macro_f1_mean, "
    "macro_f1_delta"
)


def table_of(run: Run, level: Level | None = None) -> pd.DataFrame:
    return accuracy_table(run, level or Level(0.05, len(run.challengers)), 0.01)[0].set_index(
        "policy", drop=False
    )


def values(run: Run, label: str) -> np.ndarray:
    return np.array([trial.record["test_accuracy"] for trial in run.done(label)])


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    table, _ = accuracy_table(load(make_run(tmp_path)), Level(0.05), 0.01)
    assert list(table.columns) == COLUMNS.split(", ")


def test_means_and_differences_are_those_of_the_trials(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"flips": 0.05, "crop": -0.05}, seeds=6))
    row = table_of(run).loc["flips"]
    assert row["trials"] == 6
    assert row["test_accuracy_mean"] == pytest.approx(values(run, "flips").mean())
    assert row["test_accuracy_sd"] == pytest.approx(values(run, "flips").std(ddof=1))
    delta = values(run, "flips") - values(run, "none")
    assert row["delta_mean"] == pytest.approx(delta.mean())
    # Images add to what seeds alone leave open.
    plain = stats.ttest_1samp(delta, 0).confidence_interval(1 - 0.05 / 2)
    assert row["delta_low"] <= plain.low
    assert row["delta_high"] >= plain.high
    assert row["verdict"] == "better"
    assert table_of(run)["verdict"].tolist() == ["baseline", "better", "worse"]


def test_where_predictions_are_not_kept_the_interval_is_the_t_interval(tmp_path: Path) -> None:
    folder = make_run(tmp_path, seeds=6)
    for place in (folder / "trials").iterdir():
        (place / "predictions.npz").unlink()
    run = load(folder)
    expected = stats.ttest_rel(values(run, "flips"), values(run, "none"))
    row = table_of(run).loc["flips"]
    assert (row["delta_low"], row["delta_high"]) == pytest.approx(
        tuple(expected.confidence_interval(0.95))
    )
    assert row["p_value"] == pytest.approx(expected.pvalue)


def test_the_baseline_is_compared_with_nothing(tmp_path: Path) -> None:
    row = table_of(load(make_run(tmp_path))).loc["none"]
    assert row["verdict"] == "baseline"
    assert row[["delta_mean", "delta_low", "p_value", "seeds_needed_low"]].isna().all()
    assert row["test_accuracy_mean"] > 0


def test_more_comparisons_make_wider_intervals(tmp_path: Path) -> None:
    run = load(make_run(tmp_path))
    one, many = (table_of(run, Level(0.05, m)).loc["flips"] for m in (1, 6))
    assert many["delta_high"] - many["delta_low"] > one["delta_high"] - one["delta_low"]
    assert many["p_value"] == pytest.approx(6 * one["p_value"])


def test_seeds_count_only_where_both_finished(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, failed=[("none", 1), ("flips", 4)], missing=[("flips", 3)]))
    table, findings = accuracy_table(run, Level(0.05), 0.01)
    row = table.iloc[1]
    both = [0, 2]
    of = {
        label: {t.seed: t.record["test_accuracy"] for t in run.done(label)}
        for label in run.policies
    }
    assert row["trials"] == 3
    assert row["delta_mean"] == pytest.approx(
        np.mean([of["flips"][seed] - of["none"][seed] for seed in both])
    )
    assert row["verdict"] == "inconclusive"
    assert [words(finding) for finding in findings] == [
        "fewer than 3 seeds",
        "compared on the 2 seeds that none finished too",
    ]


def test_one_seed_shows_its_points_and_no_interval(tmp_path: Path) -> None:
    row = table_of(load(make_run(tmp_path, seeds=1))).loc["flips"]
    assert row["trials"] == 1
    assert row["delta_mean"] == pytest.approx(0.05, abs=0.03)
    gone = ["test_accuracy_sd", "delta_low", "delta_high", "p_value", "seeds_needed_low"]
    assert row[gone].isna().all()
    assert row["verdict"] == "inconclusive"


def test_a_policy_without_finished_trials_has_an_empty_row(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, failed=[("flips", seed) for seed in range(5)]))
    row = table_of(run).loc["flips"]
    assert row["trials"] == 0
    assert row[["test_accuracy_mean", "delta_mean", "delta_low", "p_value"]].isna().all()
    assert row["verdict"] == "inconclusive"


def test_without_a_baseline_nothing_is_compared(tmp_path: Path) -> None:
    table = table_of(load(make_run(tmp_path, {"a": 0.0, "b": 0.0}, baseline="")))
    assert table["delta_mean"].isna().all()
    assert set(table["verdict"]) == {"inconclusive"}
    assert table["test_accuracy_mean"].notna().all()


def test_equal_policies_are_equivalent_and_bit_equal(tmp_path: Path) -> None:
    row = table_of(load(make_run(tmp_path, {"copy": 0.0}, equal={"copy": "none"}))).loc["copy"]
    assert row["verdict"] == "equivalent"
    assert row["delta_low"] == row["delta_mean"] == row["delta_high"] == 0.0
    assert row["p_value"] == 1.0


def test_an_inconclusive_difference_says_how_many_seeds_it_would_take(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"flips": 0.01}, seeds=3, seed_sd=0.02, n_test=2000))
    row = table_of(run).loc["flips"]
    assert row["verdict"] == "inconclusive"
    assert 3 < row["seeds_needed_low"] < row["seeds_needed_high"]
    assert pd.isna(row["p_value"])
    settled = table_of(load(make_run(tmp_path / "b", {"flips": 0.2}))).loc["flips"]
    assert pd.isna(settled["seeds_needed_low"])


def test_doubt_from_the_test_images_is_said(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"flips": 0.0}, image_sd=0.5, n_test=120, seeds=6))
    table, findings = accuracy_table(run, Level(0.05), 0.01)
    assert accuracy_effect(run, "flips", "none").variance > 0
    assert table["verdict"][1] == "inconclusive"
    assert pd.isna(table["seeds_needed_high"][1])
    assert [words(finding) for finding in findings] == [
        "more seeds alone cannot settle it, more test images can"
    ]


def outcome(labels: list[int], predicted: list[int], paths: list[str] | None = None) -> Predictions:
    named = None if paths is None else np.array(paths)
    last = np.array(predicted)
    return Predictions(np.array(labels), last[None], last, np.ones(len(labels)), named)


def test_images_are_the_same_by_labels_and_paths() -> None:
    one = outcome([0, 1], [0, 0], ["a", "b"])
    assert same_images(one, outcome([0, 1], [1, 1], ["a", "b"]))
    assert same_images(one, outcome([0, 1], [1, 1]))
    assert not same_images(one, outcome([0, 1], [1, 1], ["b", "a"]))
    assert not same_images(one, outcome([1, 1], [1, 1], ["a", "b"]))
    assert not same_images(one, outcome([0, 1, 1], [1, 1, 1]))


def test_right_answers_are_told_apart_by_policy_and_block() -> None:
    a = [outcome([0, 1], [0, 0]), outcome([0, 1], [0, 1])]
    b = [outcome([0, 1], [1, 1]), outcome([0, 1], [1, 0])]
    found = shared_images(a, b)
    assert found is not None
    assert found[0].tolist() == [[True, False], [True, True]]
    assert found[1].tolist() == [[False, True], [False, False]]
    assert shared_images(a, [b[0], None]) is None
    assert shared_images([], []) is None
    assert shared_images(a, [b[0], outcome([1, 0], [1, 0])]) is None


def test_test_parts_that_differ_between_seeds_count_as_part_of_the_seeds(tmp_path: Path) -> None:
    folder = make_run(tmp_path, seeds=4, pictures=False)
    for place in (folder / "trials").iterdir():
        arrays = dict(np.load(place / "predictions.npz"))
        arrays["test_paths"] = np.char.add(arrays["test_paths"], place.name[3:8])
        np.savez(place / "predictions.npz", **arrays)
    effect = accuracy_effect(load(folder), "flips", "none")
    assert effect.image_variance == 0.0
    assert effect.blocks == 4
