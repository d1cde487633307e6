"""The table of what single seeds would have claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.findings.wording import words
from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.run import Run, Trial
from augbench.reports.tables.seed_variance import SEED_VARIANCE, other_winners, seed_variance_table

EMPTY = pd.DataFrame(columns=list(CURVE_COLUMNS)).to_records(index=False)


def run_of(accuracies: Mapping[str, Sequence[float | None]]) -> Run:
    """A run with these test accuracies, a list of seeds a policy; None for a trial that failed."""
    trials = {}
    for label, values in accuracies.items():
        for seed, value in enumerate(values):
            status = "failed" if value is None else "done"
            record = {"status": status, "test_accuracy": value}
            trials[label, seed] = Trial(label, seed, Path("made"), record, EMPTY)
    seeds = tuple(range(max(map(len, accuracies.values()))))
    return Run(Path("made"), "made", tuple(accuracies), "none", seeds, (seeds,), 0.01, trials)


def test_one_seed_in_five_would_have_named_another_winner() -> None:
    table = seed_variance_table(
        run_of({"none": [0.7, 0.7, 0.7, 0.7, 0.9], "flips": [0.8, 0.81, 0.82, 0.83, 0.84]})
    )
    assert list(table.columns) == SEED_VARIANCE.names
    assert table["winner"].tolist() == [False, True]
    assert table["overtaken_share"].tolist()[1] == pytest.approx(1 / 5)
    assert pd.isna(table["overtaken_share"][0])
    assert table["first_share"].tolist() == pytest.approx([0.2, 0.8])
    assert table["seeds"].tolist() == [5, 5]
    assert table["test_accuracy_sd"][1] == pytest.approx(
        np.std([0.8, 0.81, 0.82, 0.83, 0.84], ddof=1)
    )


def test_the_highest_mean_may_never_come_first() -> None:
    table = seed_variance_table(
        run_of({"none": [0.9, 0.1, 0.1], "a": [0.1, 0.9, 0.1], "b": [0.8, 0.8, 0.05]})
    )
    assert table["winner"].tolist() == [False, False, True]
    assert table["overtaken_share"][2] == 1.0
    assert table["first_share"].sum() == pytest.approx(1.0)


def test_ties_share_the_first_place_and_overtake_nobody() -> None:
    table = seed_variance_table(run_of({"none": [0.8, 0.8], "copy": [0.8, 0.8]}))
    assert table["first_share"].tolist() == [0.5, 0.5]
    assert table["winner"].tolist() == [True, False]
    assert table["overtaken_share"][0] == 0.0


def test_only_seeds_that_all_finished_count() -> None:
    table = seed_variance_table(
        run_of({"none": [0.7, None, 0.7], "a": [0.8, 0.8, 0.8], "b": [None] * 3})
    )
    assert table["policy"].tolist() == ["none", "a"]
    assert table["seeds"].tolist() == [2, 2]


def test_one_seed_has_no_spread() -> None:
    table = seed_variance_table(run_of({"none": [0.7], "a": [0.8]}))
    assert table["test_accuracy_sd"].isna().all()
    assert table["overtaken_share"][1] == 0.0


@pytest.mark.parametrize(
    "accuracies",
    [
        {"none": [0.7, 0.8]},
        {"none": [0.7, None], "a": [None, 0.8]},
        {"none": [None, None], "a": [None, None]},
    ],
)
def test_where_no_seed_can_be_compared_there_are_no_rows(
    accuracies: dict[str, list[float | None]],
) -> None:
    table = seed_variance_table(run_of(accuracies))
    assert table.empty
    assert list(table.columns) == SEED_VARIANCE.names


@pytest.mark.parametrize(
    ("share", "seeds", "text"),
    [
        (0.2, 5, "one seed in five would have named another winner"),
        (0.4, 5, "two seeds in five would have named another winner"),
        (5 / 12, 12, "five seeds in 12 would have named another winner"),
        (0.0, 5, "In each of the 5 seeds flips came first"),
        (1.0, 5, "in none of the 5 seeds"),
        (0.0, 1, "One seed only"),
    ],
)
def test_what_a_single_run_would_have_claimed_is_said_in_words(
    share: float, seeds: int, text: str
) -> None:
    rows = [
        {"policy": "none", "seeds": seeds, "winner": False},
        {"policy": "flips", "seeds": seeds, "winner": True, "overtaken_share": share},
    ]
    (finding,) = other_winners(SEED_VARIANCE.frame(rows))
    assert finding.table == "noise"
    assert text in words(finding)
