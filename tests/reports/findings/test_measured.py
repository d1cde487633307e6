"""The report says what test accuracy is, and what averaged weights are worth where it matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from augbench.reports.findings.measured import averaging_weights, what_is_measured
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load
from augbench.reports.statistics.level import Level
from augbench.reports.tables.accuracy import accuracy_table

from augbench.findings import Finding
from tests.reports.making_runs import make_run


def averaging(folder: Path, **how: Any) -> list[Finding]:
    return averaging_weights(load(make_run(folder, **how)), Level(0.05, 1), 0.01)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (
            {"epochs": 10},
            "test accuracy is the mean over 3 points in the last 30 % of the 10 epochs",
        ),
        (
            {"epochs": 10, "shared_out": True},
            "test accuracy is the mean over 3 points in the last 30 % of the 10 epochs, each test "
            "image measured at one of them",
        ),
        ({"epochs": 2}, "test accuracy is that of the last step's weights"),
        ({"measure": "last"}, "test accuracy is that of the last step's weights"),
        (
            {"measure": "averaged"},
            "test accuracy is that of averaged weights, as `use_ema` of Keras' optimisers keeps "
            "them, with one epoch as the time constant",
        ),
    ],
)
def test_what_is_measured_is_said(tmp_path: Path, how: dict[str, Any], text: str) -> None:
    found = what_is_measured(load(make_run(tmp_path, seeds=2, **how)))
    assert [words(finding) for finding in found] == [text]


def test_nothing_is_said_where_nothing_was_measured(tmp_path: Path) -> None:
    every = [(label, seed) for label in ("none", "flips") for seed in range(5)]
    assert what_is_measured(load(make_run(tmp_path, failed=every))) == []


def test_averaged_weights_are_named_where_they_change_what_a_policy_is_worth(
    tmp_path: Path,
) -> None:
    how: dict[str, Any] = {"policies": {"flips": 0.0}, "averaged": {"none": 0.03, "flips": 0.05}}
    how |= {"flicker": 0.02}
    (finding,) = averaging(tmp_path, **how, equal={"flips": "none"})
    assert finding.figures["worth"] == pytest.approx(0.03, abs=0.02)
    assert finding.figures["changed"] == []  # a copy gains what the baseline gains
    other = tmp_path / "other"
    (finding,) = averaging(other, **how)
    ((label, then, now),) = finding.figures["changed"]
    table = accuracy_table(load(other), Level(0.05, 1), 0.01)[0].set_index("policy")
    assert (label, then) == ("flips", table.loc["flips", "averaged_delta_mean"])
    assert now == pytest.approx(table.loc["flips", "delta_mean"])
    assert then - now == pytest.approx(0.02, abs=0.01)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"averaged": {"none": 0.005, "flips": 0.005}},
        {"averaged": {"none": 0.05, "flips": 0.01}, "measure": "averaged"},
        {"averaged": {"none": 0.05, "flips": 0.01}, "seeds": 2},
    ],
)
def test_averaged_weights_are_not_named_where_they_hardly_matter_or_are_what_is_measured(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    assert averaging(tmp_path, **how) == []


def test_the_remark_reads_as_a_sentence() -> None:
    figures = {"baseline": "none", "worth": 0.01, "changed": [["flips", 0.015, -0.001]]}
    assert words(Finding("averaged-weights", figures)) == (
        "averaging the weights (`use_ema` of Keras' optimisers) is worth +1.0 points here, and "
        "flips is then worth +1.5 instead of -0.1"
    )


def test_verdicts_are_of_the_measure_that_was_chosen(tmp_path: Path) -> None:
    how: dict[str, Any] = {"policies": {"flips": 0.0}, "averaged": {"flips": 0.05}, "n_test": 400}
    of = {}
    for measure in ("end", "last", "averaged"):
        run = load(make_run(tmp_path / measure, measure=measure, **how))
        of[measure] = accuracy_table(run, Level(0.05, 1), 0.01)[0].set_index("policy").loc["flips"]
    assert of["averaged"]["verdict"] == "better" and of["last"]["verdict"] != "better"
    assert of["averaged"]["delta_mean"] == pytest.approx(of["last"]["delta_mean"] + 0.05)
    assert len({row["averaged_delta_mean"] for row in of.values()}) == 1
