"""Does the head of a report pick the right rows, and say what a single run would have claimed?"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from augbench.reports.findings import summary_cards as answer
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.render.extracts import telling_classes, telling_policies, thinned
from augbench.reports.run.reader import load

from augbench import reports
from tests.reports.making_runs import make_run


def made(folder: Path, **options: Any) -> Tables:
    return tables(load(make_run(folder / "run", **{"pictures": False, "n_test": 200, **options})))


def noise(share: float, seeds: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "policy": ["none", "flips"],
            "seeds": [seeds, seeds],
            "winner": [False, True],
            "overtaken_share": [float("nan"), share],
        }
    )


def test_the_winner_is_named_with_its_own_figures(written: reports.Written) -> None:
    found = answer.answer(written.tables)
    assert found is not None
    row = written.tables.accuracy.set_index("policy").loc["flips"]
    assert (found.policy, found.about, found.verdict) == ("flips", "flips", "better")
    assert found.delta.values == (("accuracy.delta_mean", repr(float(row["delta_mean"]))),)
    assert found.settled


def test_where_all_harm_the_baseline_is_to_be_used(tmp_path: Path) -> None:
    found = answer.answer(made(tmp_path, policies={"a": -0.2, "b": -0.3}, image_sd=0.0))
    assert found is not None
    assert (found.policy, found.about, found.costed) == ("none", "a", "none")
    assert found.baseline_seconds is None


def test_where_nothing_is_settled_no_policy_is_named_to_use(tmp_path: Path) -> None:
    found = answer.answer(made(tmp_path, policies={"a": 0.01}, seeds=2))
    assert found is not None
    assert not found.settled
    assert (found.policy, found.about) == ("Not settled", "a")


@pytest.mark.parametrize("missing", [[("a", 0)], [("none", 0)]])
def test_where_nothing_can_be_compared_there_are_no_tiles(
    tmp_path: Path, missing: list[tuple[str, int]]
) -> None:
    assert answer.answer(made(tmp_path, policies={"a": 0.0}, seeds=1, missing=missing)) is None


def test_the_typical_trial_is_that_of_median_time_with_its_own_costs(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", {"a": 0.0}, seeds=4, n_test=40, pictures=False)
    for place in (folder / "trials").iterdir():
        record = json.loads((place / "result.json").read_text())
        record["seconds"] = [9.0, 2.0, 4.0, 7.0][record["seed"]]
        record["cost"]["peak_memory_mb"] = 100.0 + record["seed"]
        (place / "result.json").write_text(json.dumps(record))
    rows = answer.typical(tables(load(folder)))
    assert rows["seconds"].tolist() == [4.0, 4.0]
    assert rows["seed"].tolist() == [2, 2]
    assert rows["peak_memory_mb"].tolist() == [102.0, 102.0]
    assert "learn_seconds" not in rows


@pytest.mark.parametrize(
    ("share", "seeds", "words"),
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
    written: reports.Written, share: float, seeds: int, words: str
) -> None:
    found = dataclasses.replace(written.tables, noise=noise(share, seeds))
    assert words in " ".join(answer.noise_sentences(found))


def test_the_headline_is_the_sentence_in_two_parts() -> None:
    assert answer.headline("Use flips: +4.9; keras costs 9.0.") == (
        "Use flips: +4.9",
        "keras costs 9.0.",
    )
    assert answer.headline("Use flips.") == ("Use flips.", "")


def test_files_left_out_and_duplicates_are_warnings(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", seeds=1, n_test=40, pictures=False, warnings=["a warning"])
    environment = json.loads((folder / "environment.json").read_text())
    environment["data"]["unreadable"] = [{"path": "train/hat/x.png", "reason": "cut off"}] * 3
    environment["data"]["duplicates"] = [{"a": "train/1.png", "b": "test/2.png", "splits": "x"}]
    (folder / "environment.json").write_text(json.dumps(environment))
    found = answer.warnings_of(tables(load(folder)))
    assert found[0] == "a warning"
    assert "3 unreadable files left out, such as train/hat/x.png" in found
    assert "1 exact duplicates across splits, such as train/1.png and test/2.png" in found


def test_equal_remarks_on_several_policies_are_one_remark(written: reports.Written) -> None:
    note = written.tables.notes[0]
    twice = [dataclasses.replace(note, policy=name, text="the same") for name in ("a", "b")]
    assert answer.merged(twice) == [dataclasses.replace(note, policy="a, b", text="the same")]


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
    found = made(tmp_path, policies={"a": 0.0, "b": -0.3, "c": 0.1, "d": 0.0}, image_sd=0.0)
    assert telling_policies(found, 3) == ["none", "b", "c"]
    assert telling_policies(found, 9) == ["none", "a", "b", "c", "d"]


def test_thinned_curves_keep_the_first_and_the_last_epoch() -> None:
    table = pd.DataFrame({"epoch": list(range(1, 101)) * 3, "seed": [0, 1, 2] * 100})
    thin, epochs = thinned(table, 60)
    assert (epochs[0], epochs[-1]) == (1, 100)
    assert len(thin) == 3 * len(epochs) <= 60
    assert len(thinned(table, 10_000)[0]) == 300
    assert thinned(table.head(0), 60)[0].empty
