"""Does the head of a report pick the right rows, and say first what must be read first?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.findings.summary_cards import summary_cards, trouble, typical_cost
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load

from augbench import reports
from tests.reports.making_runs import make_run


def made(folder: Path, **options: Any) -> Tables:
    return tables(load(make_run(folder / "run", **{"pictures": False, "n_test": 200, **options})))


def test_the_winner_is_named_with_its_own_figures(written: reports.Written) -> None:
    found = summary_cards(written.tables)
    assert found is not None
    row = written.tables.accuracy.set_index("policy").loc["flips"]
    assert (found.policy, found.about, found.verdict) == ("flips", "flips", "better")
    assert found.delta.values == (("accuracy.delta_mean", repr(float(row["delta_mean"]))),)
    assert found.recommends


def test_where_all_harm_the_baseline_is_to_be_used(tmp_path: Path) -> None:
    found = summary_cards(made(tmp_path, policies={"a": -0.2, "b": -0.3}, image_sd=0.0))
    assert found is not None
    assert (found.policy, found.about, found.costed) == ("none", "a", "none")
    assert found.baseline_seconds is None


def test_where_nothing_is_settled_no_policy_is_named_to_use(tmp_path: Path) -> None:
    found = summary_cards(made(tmp_path, policies={"a": 0.01}, seeds=2))
    assert found is not None
    assert not found.recommends
    assert (found.policy, found.about) == ("Not settled", "a")


@pytest.mark.parametrize("missing", [[("a", 0)], [("none", 0)]])
def test_where_nothing_can_be_compared_there_are_no_tiles(
    tmp_path: Path, missing: list[tuple[str, int]]
) -> None:
    assert summary_cards(made(tmp_path, policies={"a": 0.0}, seeds=1, missing=missing)) is None


def test_the_cost_is_that_of_the_policy_to_use_beside_the_baselines(
    written: reports.Written,
) -> None:
    (finding,) = typical_cost(written.tables)
    assert words(finding) == "A trial under flips takes 3.00 s, under none 3.00 s."


def test_what_failed_or_is_missing_is_read_first_but_not_twice(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        policies={"a": 0.1, "b": 0.0, "c": 0.0},
        failed=[("b", 0)],
        missing=[("c", 1)],
        findings={"a": [{"kind": "remark", "figures": {"text": "slow"}}]},
    )
    assert any("b failed in 1 of 5 seeds" in text for text in found.conclusion.remarks)
    assert [(f.kind, f.policy, f.seeds) for f in trouble(found)] == [("not-run-yet", "c", (1,))]


def test_a_policy_whose_name_ends_another_name_keeps_its_own_trouble(tmp_path: Path) -> None:
    """Nobody looks for "n failed" in what is said of `gan`."""
    grid = [(label, seed) for label in ("none", "gan", "n") for seed in range(2)]
    policies = {"gan": 0.0, "n": 0.0}
    found = made(tmp_path, policies=policies, seeds=2, failed=grid[:4], missing=grid[4:])
    assert [finding.policy for finding in trouble(found)] == ["none", "gan", "n", ""]


def test_much_trouble_is_cut_and_counted(tmp_path: Path) -> None:
    labels = [f"p{number}" for number in range(12)]
    found = made(
        tmp_path,
        policies=dict.fromkeys(labels, 0.0),
        seeds=1,
        n_test=40,
        missing=[(label, 0) for label in labels],
    )
    urgent = trouble(found, most=8)
    assert len(urgent) == 9
    assert words(urgent[-1]) == "4 more such notes are under Warnings"
