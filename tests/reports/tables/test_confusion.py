"""The table of pairs of classes that a policy confuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from augbench.reports.run.reader import load
from augbench.reports.tables.confusion import CONFUSION, confusion_table
from sklearn.metrics import confusion_matrix

from tests.reports.making_runs import make_run

DIGITS = tuple("0123456789")


def test_turning_confuses_six_and_nine(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"turn": 0.0, "flips": 0.0},
            classes=DIGITS,
            n_test=400,
            class_effects={"turn": {"6": -0.5, "9": -0.4}},
            confuses={"turn": {"6": "9", "9": "6"}},
        )
    )
    table = confusion_table(run)
    assert list(table.columns) == CONFUSION.names
    worst = table[table["policy"] == "turn"].head(2)
    pairs = list(worst[["true_class", "predicted_class"]].itertuples(index=False, name=None))
    assert pairs == [("6", "9"), ("9", "6")]
    assert worst["delta_mean"].tolist() == pytest.approx([0.65, 0.6], abs=0.1)
    assert (table["delta_mean"] > 0).all()
    flips = table[table["policy"] == "flips"]
    assert (flips["delta_mean"] < 0.2).all()


@pytest.mark.parametrize("shared_out", [False, True])
def test_shares_are_means_of_the_confusion_matrices_of_scikit_learn(
    tmp_path: Path, shared_out: bool
) -> None:
    how = {"classes": DIGITS, "seeds": 3, "failed": [("crop", 1)], "flicker": 0.1, "epochs": 8}
    run = load(make_run(tmp_path, {"crop": -0.1}, shared_out=shared_out, **how))

    def matrix(label: str) -> np.ndarray:
        outcomes = [run.trials[label, seed].test for seed in (0, 2)]
        return np.mean(
            [
                confusion_matrix(
                    np.tile(o.labels, len(o.predicted))[o.predicted.ravel() >= 0],
                    o.predicted[o.predicted >= 0],
                    labels=range(10),
                    normalize="true",
                )
                for o in outcomes
                if o
            ],
            axis=0,
        )

    own, base = matrix("crop"), matrix("none")
    table = confusion_table(run, most=100)
    assert len(table) == ((own - base > 1e-9) & ~np.eye(10, dtype=bool)).sum()
    for row in table.to_dict("records"):
        at = int(row["true_class"]), int(row["predicted_class"])
        assert row["share_mean"] == pytest.approx(own[at])
        assert row["baseline_share_mean"] == pytest.approx(base[at])
        assert row["delta_mean"] == pytest.approx((own - base)[at])
    assert table["delta_mean"].is_monotonic_decreasing


def test_a_pair_that_only_the_policy_confuses_counts_from_zero(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"flips": 0.0},
            accuracy=1.0,
            seed_sd=0.0,
            class_effects={"flips": {"hat": -0.5}},
            confuses={"flips": {"hat": "shoe"}},
        )
    )
    table = confusion_table(run)
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["true_class"], row["predicted_class"]) == ("hat", "shoe")
    assert row["share_mean"] == row["delta_mean"] == pytest.approx(0.5)
    assert row["baseline_share_mean"] == 0.0


def test_at_most_so_many_rows_a_policy(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"a": -0.2, "b": -0.2}, classes=DIGITS))
    table = confusion_table(run, most=3)
    assert table["policy"].value_counts().to_dict() == {"a": 3, "b": 3}


@pytest.mark.parametrize("broken", ["none", "flips"])
def test_without_predictions_of_both_there_are_no_rows(tmp_path: Path, broken: str) -> None:
    failed = [(broken, seed) for seed in range(5)]
    table = confusion_table(load(make_run(tmp_path, {"flips": -0.2}, failed=failed)))
    assert table.empty
    assert list(table.columns) == CONFUSION.names


def test_equal_policies_confuse_nothing_more(tmp_path: Path) -> None:
    assert confusion_table(load(make_run(tmp_path, {"c": 0.0}, equal={"c": "none"}))).empty
