"""Do people see the columns that the tables declare, with all digits behind each value?"""

from __future__ import annotations

import pandas as pd
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.tables.cost import COST
from augbench.reports.tables.seed_variance import SEED_VARIANCE
from augbench.reports.views import VERDICT_SIGNS, best_first, shown_value, view

from augbench import reports


def test_every_verdict_of_a_run_has_a_sign(written: reports.Written) -> None:
    for frame in written.tables.frames.values():
        if frame is not None and "verdict" in frame:
            assert set(frame["verdict"]) <= set(VERDICT_SIGNS)


def test_a_value_rounds_and_keeps_all_digits_with_the_name_of_file_and_column() -> None:
    made = shown_value(ACCURACY, "delta_mean", {"delta_mean": -0.0123456789})
    assert (made.text, made.values) == ("-1.2", (("accuracy.delta_mean", "-0.0123456789"),))
    assert made.number == -0.0123456789


def test_a_range_has_both_ends_under_one_heading() -> None:
    made = shown_value(ACCURACY, "delta_low", {"delta_low": -0.01, "delta_high": None})
    assert made.text == "-1.0 to –"
    assert made.values == (("accuracy.delta_low", "-0.01"), ("accuracy.delta_high", ""))


def test_columns_without_any_value_are_left_out_but_never_the_verdict() -> None:
    frame = pd.DataFrame({"policy": ["a"], "delta_mean": [float("nan")], "verdict": [""]})
    assert [column.title for column in view(ACCURACY, frame).columns] == ["policy", "verdict"]


def test_a_column_can_be_dropped_by_either_end_of_its_range() -> None:
    frame = ACCURACY.frame([{"policy": "a", "trials": 3, "delta_low": 0.1, "delta_high": 0.2}])
    titles = [column.title for column in view(ACCURACY, frame, drop=["delta_high"]).columns]
    assert titles == ["policy", "verdict", "trials"]


def test_a_limit_counts_the_rows_that_it_leaves_out() -> None:
    frame = pd.DataFrame({"policy": list("abcd"), "seeds": [1, 2, 3, 4]})
    shown = view(SEED_VARIANCE, frame, limit=3)
    assert (len(shown.rows), shown.left_out) == (3, 1)


def test_a_cost_that_only_one_machine_records_is_shown_too() -> None:
    frame = pd.DataFrame({"policy": ["a"], "seed": [0], "gpu_memory_mb": [12.4], "retries": [1.0]})
    shown = view(COST, frame)
    assert [(c.title, c.rounding) for c in shown.columns[2:]] == [
        ("gpu memory mb", "megabytes"),
        ("retries", "count"),
    ]
    assert shown.rows[0][2].text == "12"


def test_the_best_policy_comes_first_and_one_without_trials_last() -> None:
    frame = pd.DataFrame({"policy": list("abc"), "test_accuracy_mean": [0.5, float("nan"), 0.7]})
    assert best_first(frame)["policy"].tolist() == ["c", "a", "b"]
