"""The table pairs.csv."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load
from augbench.reports.statistics.effect import Effect, paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.tables import pairs
from augbench.reports.tables.accuracy import accuracy_effect
from augbench.reports.tables.pairs import pair_verdict, pairs_table
from scipy import stats

from tests.reports.making_runs import make_run

COLUMNS = "policy_a, policy_b, delta_mean, delta_low, delta_high, p_value, verdict"


def test_the_columns_are_those_of_the_contract_and_rows_all_pairs(tmp_path: Path) -> None:
    table, _ = pairs_table(load(make_run(tmp_path, {"a": 0.0, "b": 0.0})), 0.05, 0.01)
    assert list(table.columns) == COLUMNS.split(", ")
    couples = list(table[["policy_a", "policy_b"]].itertuples(index=False, name=None))
    assert couples == [("none", "a"), ("none", "b"), ("a", "b")]


def test_the_p_value_is_that_of_two_one_sided_tests_of_scipy(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"a": 0.002}, seeds=8)
    for place in (folder / "trials").iterdir():
        (place / "predictions.npz").unlink()
    run = load(folder)
    table, _ = pairs_table(run, 0.05, 0.015)
    a, b = ([t.record["test_accuracy"] for t in run.done(label)] for label in ("none", "a"))
    delta = np.subtract(a, b)
    above = stats.ttest_1samp(delta, -0.015, alternative="greater").pvalue
    below = stats.ttest_1samp(delta, 0.015, alternative="less").pvalue
    row = table.iloc[0]
    assert row["p_value"] == pytest.approx(max(above, below))
    assert row["delta_mean"] == pytest.approx(delta.mean())
    assert (row["delta_low"], row["delta_high"]) == pytest.approx(
        tuple(stats.ttest_1samp(delta, 0).confidence_interval(0.90))
    )


def test_verdicts_follow_from_the_intervals() -> None:
    words = set()
    rng = np.random.default_rng(1)
    for _ in range(300):
        sd, level = rng.choice([0.001, 0.005]), Level(0.04, 3)
        effect = paired_effect(rng.normal(rng.choice([0.0, 0.008, 0.02]), sd, 6))
        word = pair_verdict(effect, level, 0.01)
        words.add(word)
        low, high = effect.interval(Level(2 * level.alpha))
        assert (word == "equivalent") == (low > -0.01 and high < 0.01)
        if word == "better":
            assert low > 0
            assert effect.interval(Level(0.04 / 3))[0] > 0
    assert words == {"equivalent", "better", "inconclusive"}


def test_a_clear_difference_is_better_for_one_and_worse_for_the_other(tmp_path: Path) -> None:
    table, _ = pairs_table(load(make_run(tmp_path, {"a": 0.1, "b": -0.1}, n_test=1000)), 0.04, 0.01)
    assert table["verdict"].tolist() == ["worse", "better", "better"]
    assert (table["p_value"] > 0.9).all()


def test_equal_policies_are_equivalent(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"a": 0.05, "b": 0.0}, equal={"b": "a"}))
    row = pairs_table(run, 0.04, 0.01)[0].iloc[2]
    assert row["verdict"] == "equivalent"
    assert row["p_value"] == row["delta_low"] == row["delta_high"] == 0.0


@pytest.mark.parametrize(("seeds", "interval", "p"), [(1, 0, 0), (2, 0, 0), (3, 1, 0), (5, 1, 1)])
def test_intervals_and_p_values_need_seeds(
    tmp_path: Path, seeds: int, interval: int, p: int
) -> None:
    row = pairs_table(load(make_run(tmp_path, seeds=seeds)), 0.04, 0.01)[0].iloc[0]
    assert (not pd.isna(row["delta_low"])) == interval
    assert (not pd.isna(row["p_value"])) == p


def test_the_remark_says_how_the_intervals_are_to_be_read(tmp_path: Path) -> None:
    _, (finding,) = pairs_table(load(make_run(tmp_path)), 0.04, 0.015)
    assert "within ± 1.5 points by two one-sided tests: intervals at 92 %" in words(finding)
    assert words(finding).endswith("corrected for 1 pair")
    _, (finding,) = pairs_table(load(make_run(tmp_path / "3", {"a": 0.0, "b": 0.0})), 0.04, 0.01)
    assert "within ± 1 point by" in words(finding)
    assert words(finding).endswith("corrected for 3 pairs")


def test_a_run_of_one_policy_has_no_pairs(tmp_path: Path) -> None:
    table, findings = pairs_table(load(make_run(tmp_path, {"none": 0.0})), 0.04, 0.01)
    assert table.empty
    assert list(table.columns) == COLUMNS.split(", ")
    assert findings == []


def test_better_and_worse_are_corrected_for_all_pairs_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantile = stats.t.ppf(1 - 0.02 / 2, 8)  # a raw p-value of .02: below .04, above .04 / 6
    effect = Effect(9, quantile * 0.03 / 3, 0.03**2)
    monkeypatch.setattr(pairs, "accuracy_effect", lambda run, a, b, shared: effect)
    two = load(make_run(tmp_path / "two", {"a": 0.0}, seeds=1))
    four = load(make_run(tmp_path / "four", {"a": 0.0, "b": 0.0, "c": 0.0}, seeds=1))
    assert set(pairs_table(two, 0.04, 0.01)[0]["verdict"]) == {"better"}
    assert set(pairs_table(four, 0.04, 0.01)[0]["verdict"]) == {"inconclusive"}


def test_seeds_that_agree_by_chance_make_no_pair_equivalent(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"a": 0.0, "b": 0.0, "c": 0.0}, seeds=3)
    for place in (folder / "trials").iterdir():
        (place / "predictions.npz").unlink()
        record = json.loads((place / "result.json").read_text())
        noise = {"a": [0.001, 0.0, 0.0], "b": [0.04, 0.0, -0.04], "c": [0.0, -0.04, 0.04]}
        record["test_accuracy"] = 0.8 + noise.get(record["policy"], [0.0] * 3)[record["seed"]]
        (place / "result.json").write_text(json.dumps(record))
    run = load(folder)
    assert accuracy_effect(run, "a", "none").variance < 1e-6
    table, _ = pairs_table(run, 0.04, 0.01)
    row = table.iloc[0]
    assert (row["policy_a"], row["policy_b"], row["verdict"]) == ("none", "a", "inconclusive")
    assert row["delta_high"] - row["delta_low"] > 0.02
