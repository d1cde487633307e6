"""The table synthetic.csv."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load
from augbench.reports.tables.synthetic import synthetic_findings, synthetic_table

from augbench import reports
from tests.reports.making_runs import make_run

MEASURES = {
    "kid": 0.02,
    "kid_floor": 0.001,
    "labels_right": {"hat": 0.9, "shoe": 0.5},
    "copies": 3,
    "judgement": "worth using",
    "nothing": None,
    "sheet": [1, 2],
}


def test_a_run_without_generated_images_has_no_such_table(tmp_path: Path) -> None:
    assert synthetic_table(load(make_run(tmp_path))) is None


def test_a_row_a_policy_and_seed_with_measures_beside_their_floor(tmp_path: Path) -> None:
    table = synthetic_table(
        load(make_run(tmp_path, {"flips": 0.0, "gan": 0.0}, seeds=3, synthetic={"gan": MEASURES}))
    )
    assert table is not None
    assert list(table.columns) == [
        *("policy", "seed", "kid", "kid_floor", "labels_right_hat", "labels_right_shoe"),
        *("copies", "judgement", "nothing"),
    ]
    assert table["policy"].tolist() == ["gan"] * 3
    assert table["seed"].tolist() == [0, 1, 2]
    assert table["labels_right_shoe"].tolist() == [0.5] * 3
    assert str(table["copies"].dtype) == "Int64"


def test_policies_with_other_measures_share_the_table(tmp_path: Path) -> None:
    table = synthetic_table(
        load(
            make_run(
                tmp_path,
                {"a": 0.0, "b": 0.0},
                seeds=1,
                synthetic={"a": {"kid": 0.1, "copies": 1}, "b": {"cas": 0.7}},
            )
        )
    )
    assert table is not None
    assert list(table.columns) == ["policy", "seed", "kid", "copies", "cas"]
    assert pd.isna(table["cas"][0])
    assert pd.isna(table["copies"][1])
    assert str(table["copies"].dtype) == "Int64"


def test_failed_and_missing_trials_have_no_row(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"gan": 0.0},
            seeds=3,
            synthetic={"gan": MEASURES},
            failed=[("gan", 0)],
            missing=[("gan", 2)],
        )
    )
    table = synthetic_table(run)
    assert table is not None
    assert table["seed"].tolist() == [1]


@pytest.mark.parametrize(
    ("cas", "verdict"),
    [
        ([0.78, 0.77, 0.79, 0.76], "in 4 of 4 seeds: it beats the control"),
        (
            [0.78, 0.70, 0.79, 0.72],
            "in 2 of 4 seeds: it is not told from the control, which is free",
        ),
        (
            [0.70, 0.69, 0.71, 0.68],
            "in 0 of 4 seeds: it is no better than the control, which is free",
        ),
        (
            [0.76, 0.76, 0.76, 0.76],
            "in 4 of 4 seeds: it is not told from the control, which is free",
        ),
    ],
)
def test_the_seeds_together_say_whether_the_gaussian_control_is_beaten(
    cas: list[float], verdict: str
) -> None:
    table = pd.DataFrame({"policy": "gan", "seed": range(4), "cas": cas, "cas_gaussian": 0.75})
    (finding,) = synthetic_findings(table)
    assert (finding.table, finding.policy) == ("synthetic", "gan")
    assert words(finding).endswith(verdict)


def test_two_seeds_or_no_control_say_nothing_of_it() -> None:
    table = pd.DataFrame({"policy": "gan", "seed": [0, 1], "cas": 0.9, "cas_gaussian": 0.1})
    assert synthetic_findings(table) == []
    assert synthetic_findings(table.drop(columns="cas_gaussian")) == synthetic_findings(None) == []
    missing = pd.concat([table, table]).assign(cas_gaussian=None)
    assert synthetic_findings(missing) == []


def test_odd_measures_of_one_policy_spoil_no_others(tmp_path: Path) -> None:
    odd = {"kid": "great", "policy": "b", "seed": "x", "copies": 2**64, "cas": [1]}
    run = make_run(
        tmp_path, {"a": 0.0, "b": 0.0}, seeds=1, synthetic={"a": odd, "b": {"kid": 0.1, "cas": 1}}
    )
    table = synthetic_table(load(run))
    assert table is not None
    assert table["policy"].tolist() == ["a", "b"] and table["seed"].tolist() == [0, 0]
    assert table["kid"].isna().tolist() == [True, False] and table["kid"][1] == 0.1
    assert table["copies"][0] == 2.0**64
    reports.write(run, ["csv", "json"], tmp_path / "out")
