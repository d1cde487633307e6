"""No interval of a difference of shares reaches beyond what shares can do."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.run.reader import load
from augbench.reports.tables.possible import within_possible

from tests.reports.making_runs import make_run


def test_an_interval_ends_where_the_baseline_leaves_no_room() -> None:
    assert within_possible((-1.2, 0.4), [0.8, 0.9]) == pytest.approx((-0.85, 0.15))
    assert within_possible((-0.1, 0.05), [0.8, 0.9]) == (-0.1, 0.05)
    assert within_possible((-1.9, 1.9), [0.2], least=-1.0) == pytest.approx((-1.2, 0.8))
    assert all(math.isnan(end) for end in within_possible((math.nan, math.nan), [0.5]))
    assert within_possible((-3.0, 3.0), [math.nan]) == (-3.0, 3.0)


def test_no_table_has_an_interval_beyond_all_possible_differences(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path, {"a": 0.05, "b": -0.3}, seeds=3, n_test=40, seed_sd=0.3, pictures=False, epochs=2
    )
    found = tables(load(folder))
    base = found.accuracy["test_accuracy_mean"].iloc[0]
    rows = found.accuracy.iloc[1:]
    assert (rows["delta_low"] >= -base - 1e-12).all()
    assert (rows["delta_high"] <= 1 - base + 1e-12).all()
    # Without the cut they reach beyond: this run can tell.
    half = rows["delta_mean"] - rows["delta_low"]
    assert ((rows["delta_high"] - rows["delta_mean"]) < half - 1e-6).any()
    classes = found.per_class.dropna(subset=["delta_low"])
    recall = found.per_class[found.per_class["policy"] == "none"].set_index("class")["recall_mean"]
    of_baseline = classes["class"].map(recall)
    assert (classes["delta_low"] >= -of_baseline - 1e-12).all()
    assert (classes["delta_high"] <= 1 - of_baseline + 1e-12).all()
    for name in ("delta_low", "delta_high"):
        assert found.pairs[name].dropna().abs().max() <= 1
