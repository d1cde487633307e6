"""Where all rows would be too many, are those shown that say most?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from augbench.reports.findings.analysis import tables
from augbench.reports.render.extracts import telling_classes, telling_policies, thinned
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run


def test_classes_with_verdicts_come_first_then_large_changes() -> None:
    rows = pd.DataFrame(
        {
            "policy": ["none", "p", "p", "p"],
            "class": list("abcd"),
            "delta_mean": [float("nan"), 0.3, -0.1, 0.2],
            "verdict": ["baseline", "inconclusive", "worse", "better"],
        }
    )
    assert telling_classes(rows)["class"].tolist() == ["d", "c", "b"]


def test_few_policies_of_many_keep_the_baseline_and_those_that_differ_most(tmp_path: Path) -> None:
    policies = {"a": 0.0, "b": -0.3, "c": 0.1, "d": 0.0}
    found = tables(load(make_run(tmp_path, policies, image_sd=0.0, pictures=False)))
    assert telling_policies(found, 3) == ["none", "b", "c"]
    assert telling_policies(found, 9) == ["none", "a", "b", "c", "d"]


def test_thinned_curves_keep_the_first_and_the_last_epoch() -> None:
    table = pd.DataFrame({"epoch": list(range(1, 101)) * 3, "seed": [0, 1, 2] * 100})
    thin, epochs = thinned(table, 60)
    assert (epochs[0], epochs[-1]) == (1, 100)
    assert len(thin) == 3 * len(epochs) <= 60
    assert len(thinned(table, 10_000)[0]) == 300
    assert thinned(table.head(0), 60)[0].empty
