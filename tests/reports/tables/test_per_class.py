"""The table per_class.csv."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.findings.wording import words
from augbench.reports.run.gated import recalls
from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.reader import load
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.effect import paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.tables.per_class import per_class_table
from scipy import stats
from sklearn.metrics import recall_score

from tests.reports.making_runs import make_run

COLUMNS = "policy, class, recall_mean, delta_mean, delta_low, delta_high, verdict"
DIGITS = tuple("0123456789")


def table_of(run: Run, alpha: float = 0.05) -> pd.DataFrame:
    return per_class_table(run, alpha, 0.01)[0]


def test_a_row_a_policy_and_class_with_the_columns_of_the_contract(tmp_path: Path) -> None:
    table = table_of(load(make_run(tmp_path, {"a": 0.0, "b": 0.0})))
    assert list(table.columns) == COLUMNS.split(", ")
    assert table["policy"].tolist() == ["none"] * 4 + ["a"] * 4 + ["b"] * 4
    assert table["class"].tolist() == ["dress", "hat", "shirt", "shoe"] * 3
    assert (table["verdict"][:4] == "baseline").all()


def test_recalls_are_those_of_scikit_learn(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, classes=DIGITS, seeds=3))
    found = []
    for trial in run.done("flips"):
        assert trial.test is not None
        found.append(
            recall_score(trial.test.labels, trial.test.last, average=None, labels=range(10))
        )
        assert recalls(trial.test, 10) == pytest.approx(found[-1])
    table = table_of(run)
    mean = table[table["policy"] == "flips"]["recall_mean"]
    assert mean.to_numpy() == pytest.approx(np.mean(found, axis=0))


def test_a_class_that_is_harmed_is_found_and_no_other(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"turn": 0.0, "flips": 0.0},
            classes=DIGITS,
            n_test=2000,
            seed_sd=0.01,
            class_effects={"turn": {"6": -0.3}, "flips": {"8": 0.15}},
        )
    )
    table = table_of(run)
    found = table[table["verdict"].isin(["better", "worse"])]
    assert found[["policy", "class", "verdict"]].to_numpy().tolist() == [
        ["turn", "6", "worse"],
        ["flips", "8", "better"],
    ]
    assert found["delta_mean"].tolist() == pytest.approx([-0.3, 0.15], abs=0.05)


def test_intervals_share_the_level_of_the_false_discovery_rate(tmp_path: Path) -> None:
    """With R discoveries among M the intervals have the level 1 - R alpha / M."""
    folder = make_run(
        tmp_path, {"turn": 0.0}, classes=DIGITS, n_test=600, seed_sd=0.03,
        class_effects={"turn": {"6": -0.3, "9": -0.3}},
    )  # fmt: skip
    run = load(folder)
    plain = replace(
        run,
        trials={
            place: replace(trial, test=replace(trial.test, paths=np.full(600, f"{place[1]}")))
            for place, trial in run.trials.items()
            if trial.test
        },
    )  # test parts that differ between seeds: the plain t interval, so SciPy is the oracle
    table, findings = per_class_table(plain, 0.05, 0.01)
    (finding,) = [one for one in findings if one.kind == "false-discovery-rate"]
    deltas = np.array(
        [
            recalls(x.test, 10) - recalls(y.test, 10)
            for x, y in run.pairs("turn", "none")
            if x.test and y.test
        ]
    )
    errors = stats.ttest_1samp(deltas, 0, axis=0).pvalue
    rejected = stats.false_discovery_control(errors) <= 0.05
    own = table[table["policy"] == "turn"]
    assert own["verdict"].isin(["better", "worse"]).tolist() == rejected.tolist()
    assert 0 < rejected.sum() < 10
    interval = stats.ttest_1samp(deltas, 0, axis=0).confidence_interval(
        1 - rejected.sum() * 0.05 / 10
    )
    assert own["delta_low"].to_numpy() == pytest.approx(interval.low)
    assert own["delta_high"].to_numpy() == pytest.approx(interval.high)
    assert finding.figures["discoveries"] == rejected.sum()
    assert words(finding).startswith("exploratory")


def test_each_class_counts_its_own_images_as_a_source_of_chance(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"a": 0.0}, image_sd=0.3, n_test=400, seed_sd=0.02))
    table, _ = per_class_table(run, 0.05, 0.01)
    found = int(table["verdict"].isin(["better", "worse"]).sum())
    for k in range(4):
        right = [
            np.stack([t.test.right[t.test.labels == k] for t in run.done(label) if t.test])
            for label in ("a", "none")
        ]
        differences = right[0].mean(axis=1) - right[1].mean(axis=1)
        effect = paired_effect(differences, right[0], right[1])
        row = table.iloc[4 + k]
        low, high = effect.interval(Level(max(1, found) * 0.05 / 4))
        assert (row["delta_low"], row["delta_high"]) == pytest.approx((low, high))


def test_interval_and_verdict_never_contradict_each_other(tmp_path: Path) -> None:
    seen = set()
    for number in range(12):
        run = load(
            make_run(
                tmp_path / str(number), {"a": 0.0, "b": 0.01}, classes=DIGITS, n_test=500,
                seed_sd=0.02, rng_seed=number, class_effects={"a": {"1": -0.2}}, pictures=False,
            )
        )  # fmt: skip
        for row in table_of(run).to_dict("records"):
            if row["verdict"] != "baseline":
                seen.add(row["verdict"])
                assert (row["verdict"] == "better") == (row["delta_low"] > 0)
                assert (row["verdict"] == "worse") == (row["delta_high"] < 0)
    assert {"worse", "inconclusive"} <= seen


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_have_points_and_no_intervals(tmp_path: Path, seeds: int) -> None:
    run = load(make_run(tmp_path, seeds=seeds, class_effects={"flips": {"hat": -0.5}}))
    own = table_of(run).iloc[4:]
    assert own["delta_mean"].notna().all()
    assert own["delta_low"].isna().all()
    assert (own["verdict"] == "inconclusive").all()


def test_the_same_difference_in_every_seed_is_no_certainty(tmp_path: Path) -> None:
    run = load(
        make_run(tmp_path, {"a": 0.0}, seed_sd=0.0, n_test=40, class_effects={"a": {"hat": -0.3}})
    )
    row = table_of(run).iloc[5]
    assert row["delta_mean"] < -0.2
    assert row["verdict"] == "inconclusive"
    assert pd.isna(row["delta_low"])


def test_equal_policies_are_equivalent_in_every_class(tmp_path: Path) -> None:
    own = table_of(load(make_run(tmp_path, {"copy": 0.0}, equal={"copy": "none"}))).iloc[4:]
    assert (own["verdict"] == "equivalent").all()
    assert (own["delta_low"] == 0).all()


def test_a_class_without_test_images_is_empty(tmp_path: Path) -> None:
    table = table_of(load(make_run(tmp_path, n_test=3)))
    row = table[(table["policy"] == "flips") & (table["class"] == "shoe")].iloc[0]
    assert row[["recall_mean", "delta_mean", "delta_low"]].isna().all()
    assert row["verdict"] == "inconclusive"


def test_failed_policies_have_empty_rows(tmp_path: Path) -> None:
    failed = [("a", seed) for seed in range(5)]
    table = table_of(load(make_run(tmp_path, {"a": 0.0, "b": 0.0}, failed=failed)))
    own = table[table["policy"] == "a"]
    assert own[["recall_mean", "delta_mean", "delta_low"]].isna().all().all()
    assert (own["verdict"] == "inconclusive").all()
    assert table[table["policy"] == "b"]["delta_mean"].notna().all()


def test_without_the_baseline_only_recalls_are_known(tmp_path: Path) -> None:
    table = table_of(load(make_run(tmp_path, {"a": 0.0}, baseline="")))
    assert table["recall_mean"].notna().all()
    assert table["delta_mean"].isna().all()


def test_recalls_of_absent_classes_are_missing() -> None:
    predicted = np.array([0, 1, 2])
    outcome = Predictions(np.array([0, 0, 2]), predicted[None], predicted, np.ones(3))
    found = recalls(outcome, 4)
    assert found[[0, 2]].tolist() == [0.5, 1.0]
    assert np.isnan(found[[1, 3]]).all()


def test_a_class_counts_in_the_blocks_that_tested_its_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    trials: dict[tuple[str, int], Trial] = {}
    recall: dict[str, dict[int, float]] = {"none": {}, "a": {}}
    for seed in range(5):
        labels = np.array([0] * 30 + [1] * (0 if seed in (1, 4) else 20))  # folds of a rare class
        paths = np.array([f"{seed}/{row}" for row in range(len(labels))])
        for label, right in (("none", 0.6), ("a", 0.8)):
            predicted = np.where(rng.random(len(labels)) < right, labels, 1 - labels)
            test = Predictions(labels, predicted[None], predicted, np.ones(len(labels)), paths)
            record = {"status": "done", "test_accuracy": float((predicted == labels).mean())}
            curves = pd.DataFrame(columns=list(CURVE_COLUMNS)).to_records(index=False)
            trials[label, seed] = Trial(label, seed, tmp_path, record, curves, test)
            if (labels == 1).any():
                recall[label][seed] = (predicted == labels)[labels == 1].mean()
    run = Run(
        tmp_path, "made", ("none", "a"), "none", tuple(range(5)), ((0, 1, 2, 3, 4),), 0.01,
        trials, classes=("many", "rare"),
    )  # fmt: skip
    table = table_of(run)
    row = table[(table["policy"] == "a") & (table["class"] == "rare")].iloc[0]
    differences = [recall["a"][seed] - recall["none"][seed] for seed in (0, 2, 3)]
    assert row["delta_mean"] == pytest.approx(np.mean(differences))
    # both classes share the error of two comparisons, of which a Student's t has 2 degrees here
    wide = stats.t.isf(0.05 / 2 / 2, 2) * np.std(differences, ddof=1) / 3**0.5
    possible = 1 - np.mean(list(recall["none"].values()))
    assert row["delta_high"] == pytest.approx(min(np.mean(differences) + wide, possible), rel=1e-6)
