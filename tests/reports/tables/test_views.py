"""Do people see the columns that the tables have, with all digits behind each cell?"""

from __future__ import annotations

import pandas as pd
from augbench.reports.formatting import KINDS
from augbench.reports.render.summary import file_tables
from augbench.reports.tables.views import COLUMNS, VERDICT_SIGNS, best_first, cell, columns_of, view

from augbench import reports


def test_every_column_for_people_is_a_column_of_the_tables(written: reports.Written) -> None:
    frames = file_tables(written.tables)
    for name, columns in COLUMNS.items():
        for column in columns:
            frame = frames[column.file or name]
            assert frame is not None
            assert column.kind in KINDS
            if name != "synthetic":  # a policy decides what it measures; see test_gan_policy.py
                assert set(column.keys) <= set(frame.columns), (name, column.heading)


def test_every_verdict_of_a_run_has_a_sign(written: reports.Written) -> None:
    for frame in file_tables(written.tables).values():
        if frame is not None and "verdict" in frame:
            assert set(frame["verdict"]) <= set(VERDICT_SIGNS)


def test_a_cell_rounds_and_keeps_all_digits_with_the_name_of_file_and_column() -> None:
    made = cell("accuracy", {"delta_low": -0.0123456789, "delta_high": None}, "delta_low", "points")
    assert (made.text, made.values) == ("-1.2", (("accuracy.delta_low", "-0.0123456789"),))


def test_columns_without_any_value_are_left_out_but_never_the_verdict() -> None:
    frame = pd.DataFrame({"policy": ["a"], "delta_mean": [float("nan")], "verdict": [""]})
    assert [column.heading for column in view("accuracy", frame).columns] == ["policy", "verdict"]


def test_a_limit_counts_the_rows_that_it_leaves_out() -> None:
    frame = pd.DataFrame({"policy": list("abcd"), "seeds": [1, 2, 3, 4]})
    shown = view("noise", frame, limit=3)
    assert (len(shown.rows), shown.left_out) == (3, 1)


def test_a_table_without_a_view_of_its_own_shows_all_its_columns() -> None:
    frame = pd.DataFrame({"policy": ["a"], "kid_floor": [0.5], "copies_share": [0.25]})
    headings = [(c.heading, c.kind) for c in columns_of("another", frame)]
    assert headings == [("policy", "text"), ("kid floor", "number"), ("copies share", "percent")]


def test_a_cost_that_only_one_machine_records_is_shown_too() -> None:
    frame = pd.DataFrame({"policy": ["a"], "seed": [0], "gpu_memory_mb": [12.0]})
    assert [c.heading for c in columns_of("cost", frame)] == ["policy", "seed", "gpu memory mb"]


def test_the_best_policy_comes_first_and_one_without_trials_last() -> None:
    frame = pd.DataFrame({"policy": list("abc"), "test_accuracy_mean": [0.5, float("nan"), 0.7]})
    assert best_first(frame)["policy"].tolist() == ["c", "a", "b"]
