"""Are several runs compared as each run says, in blocks, with ranks over data sets?"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.multi_run.multi_run import MultiRun, read
from augbench.reports.multi_run.wording import notes, sentence, some
from scipy import stats

from augbench import reports
from augbench.errors import ReportError
from tests.exact_tables import exact_table
from tests.reports.making_multi_runs import POLICIES, make_data_set, make_data_sets


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_data_sets(tmp_path_factory.mktemp("twelve"), 12)


@pytest.fixture(scope="module")
def found(twelve: list[Path]) -> MultiRun:
    return read(twelve)


def test_every_row_is_that_of_its_runs_accuracy_table(twelve: list[Path], found: MultiRun) -> None:
    for place in (0, 2, 11):
        reports.write(twelve[place], ["csv"])
        table = exact_table(twelve[place] / "accuracy.csv")
        wanted = table.set_index("policy")
        rows = found.several[found.several["run"] == f"data {place}"].set_index("policy")
        assert list(rows.index) == list(wanted.index)
        for column in ("test_accuracy_mean", "delta_mean", "delta_low", "delta_high"):
            np.testing.assert_array_equal(rows[column], wanted[column])
        assert list(rows["verdict"]) == list(wanted["verdict"])


def test_wins_count_the_seeds_of_all_runs(twelve: list[Path], found: MultiRun) -> None:
    wins = found.wins.set_index(["policy_a", "policy_b"])
    accuracy = {}
    for folder in twelve:
        reports.write(folder, ["csv"])
        trials = pd.read_csv(folder / "trials.csv")
        for row in trials.to_dict("records"):
            accuracy[folder, row["seed"], row["policy"]] = row["test_accuracy"]
    for a, b in (("flips", "tutorial"), ("keras", "none"), ("gan", "none")):
        signs = [
            np.sign(round(accuracy[f, s, a] - accuracy[f, s, b], 9))
            for f, s in itertools.product(twelve, range(5))
            if (f, s, a) in accuracy
        ]
        row = wins.loc[a, b] if (a, b) in wins.index else None
        assert row is not None, (a, b)
        assert row["blocks"] == len(signs) == (5 if a == "gan" else 60)
        assert [row["wins"], row["ties"], row["losses"]] == [signs.count(s) for s in (1, 0, -1)]
        assert row["win_rate"] == (signs.count(1) + signs.count(0) / 2) / len(signs)


def test_win_rates_against_the_baseline_are_those_of_the_pair(found: MultiRun) -> None:
    pairs = found.wins.set_index(["policy_a", "policy_b"])
    for row in found.policies.to_dict("records"):
        if row["policy"] != "none":
            pair = pairs.loc[row["policy"], "none"]
            for key in ("blocks", "wins", "ties", "losses", "win_rate", "runs_higher"):
                assert row[key] == pair[key]


def test_runs_are_counted_by_their_verdicts(found: MultiRun) -> None:
    counted = found.several.groupby(["policy", "verdict"]).size()
    for row in found.policies.to_dict("records"):
        for verdict in ("better", "worse", "equivalent", "inconclusive"):
            assert row[verdict] == counted.get((row["policy"], verdict), 0)
    tutorial = found.policies.set_index("policy").loc["tutorial"]
    assert tutorial["worse"] >= 10
    assert tutorial["win_rate"] == 0.0
    assert tutorial["runs_higher"] == 0.0


def test_ranks_are_those_of_scipy_on_the_means(found: MultiRun) -> None:
    means = found.several.pivot(index="run", columns="policy", values="test_accuracy_mean")
    means = means[list(found.ranked)]
    ranks = stats.rankdata(-means.round(12), axis=1)
    np.testing.assert_allclose(found.ranking.mean_ranks, ranks.mean(axis=0))
    stored = found.several.pivot(index="run", columns="policy", values="rank")
    np.testing.assert_array_equal(stored[list(found.ranked)], ranks)
    chi2 = stats.friedmanchisquare(*means.round(12).to_numpy().T).statistic
    assert found.ranking.statistic == pytest.approx(11 * chi2 / (12 * 3 - chi2))


def test_only_policies_of_every_run_are_ranked_and_it_is_said(found: MultiRun) -> None:
    assert set(found.ranked) == {"none", *POLICIES}
    gan = found.policies.set_index("policy").loc["gan"]
    assert gan["runs"] == 1
    assert pd.isna(gan["mean_rank"])
    assert any("left out: gan" in text for text in notes(found))


def test_the_sentence_says_who_gains_who_loses_and_who_ranks_first(found: MultiRun) -> None:
    better = found.policies.set_index("policy").loc["flips", "better"]
    worse = found.policies.set_index("policy").loc["tutorial", "worse"]
    text = sentence(found)
    assert better >= 6
    assert text.startswith(f"flips is better than no augmentation on {better} of 12 data sets and")
    assert f"; tutorial is worse on {worse} of 12; " in text
    assert "flips ranks first over 12 data sets" in text
    assert "Friedman, p < 0.001" in text


def test_under_ten_data_sets_ranks_are_described_and_not_tested(twelve: list[Path]) -> None:
    nine = read(twelve[3:])
    assert not nine.ranking.tested
    assert nine.policies["p_value"].isna().all()
    assert nine.policies["mean_rank"].notna().all()
    assert "ranks first" not in sentence(nine)
    assert any("from 10 data sets on, here there are 9" in text for text in notes(nine))


def test_runs_of_one_data_set_count_once_in_the_ranks(tmp_path: Path) -> None:
    folders = [
        make_data_set(tmp_path / str(n), n, POLICIES, same_as=n // 2, dataset=f"set {n // 2}")
        for n in range(4)
    ]
    found = read(folders)
    assert found.names == ("set 0 (0)", "set 0 (1)", "set 1 (2)", "set 1 (3)")
    assert found.ranking.datasets == 2
    means = found.several.pivot(index="run", columns="policy", values="test_accuracy_mean")
    of_sets = means[list(found.ranked)].to_numpy().reshape(2, 2, -1).mean(axis=1)
    wanted = stats.rankdata(-of_sets.round(12), axis=1).mean(axis=0)
    np.testing.assert_allclose(found.ranking.mean_ranks, wanted)
    text = " ".join(notes(found))
    assert "set 0 (0) and set 0 (1) are of the same data" in text
    assert " 4 runs" in sentence(found)


def test_failed_trials_take_their_seed_out_of_the_ranks_and_are_told(tmp_path: Path) -> None:
    one = make_data_set(tmp_path / "a", 0, POLICIES, seeds=3, failed=[("keras", 1)])
    absent = [("flips", 0), ("flips", 2)]
    two = make_data_set(tmp_path / "b", 1, POLICIES, seeds=3, missing=absent)
    found = read([one, two])
    trials = pd.concat([reports.write(f, ["csv"]).tables.trials for f in (one, two)])
    kept = trials[trials["dataset"].eq("data 0") & trials["seed"].isin([0, 2])]
    other = trials[trials["dataset"].eq("data 1") & trials["seed"].eq(1)]
    means = [part.groupby("policy")["test_accuracy"].mean() for part in (kept, other)]
    wanted = np.mean([m[list(found.ranked)].round(12).rank(ascending=False) for m in means], axis=0)
    np.testing.assert_allclose(found.ranking.mean_ranks, wanted)
    told = " ".join(notes(found))
    assert "data 0: of 12 trials 1 failed" in told
    assert "data 1: of 12 trials 2 not run yet" in told


def test_runs_without_a_common_policy_are_shown_and_not_ranked(tmp_path: Path) -> None:
    one = make_data_set(tmp_path / "a", 0, {"flips": 0.1})
    two = make_data_set(tmp_path / "b", 1, {"other": 0.1, "mix": 0.0}, baseline="other")
    found = read([one, two])
    assert found.ranked == ()
    assert found.policies["mean_rank"].isna().all()
    told = " ".join(notes(found))
    assert "no two policies are finished in every run" in told
    assert "different baselines (none and other)" in told
    assert set(zip(found.wins["policy_a"], found.wins["policy_b"], strict=True)) == {
        ("flips", "none"),
        ("mix", "other"),
    }


def test_settings_that_differ_are_told(tmp_path: Path) -> None:
    one = make_data_set(tmp_path / "a", 0, POLICIES)
    two = make_data_set(tmp_path / "b", 1, POLICIES, epochs=2, seeds=4)
    found = read([one, two])
    assert found.differing_settings() == {"epochs": ["1", "2"]}
    assert any("not all settings are the same in all runs: epochs" in text for text in notes(found))


def test_nothing_finished_is_said_in_words(tmp_path: Path) -> None:
    grid = [(label, seed) for label in ("none", "flips") for seed in range(3)]
    folders = [
        make_data_set(tmp_path / str(n), n, {"flips": 0.1}, seeds=3, missing=grid) for n in range(2)
    ]
    found = read(folders)
    assert sentence(found).startswith("Nothing can be compared")


def test_a_run_named_twice_is_refused(twelve: list[Path]) -> None:
    with pytest.raises(ReportError, match="named twice"):
        read([twelve[0], twelve[1], twelve[0] / ".." / twelve[0].name])


def test_names_in_words_are_cut_after_a_few() -> None:
    assert some(["a"]) == "a"
    assert some(["a", "b", "c", "d"]) == "a, b, c and d"
    assert some(list("abcdef")) == "a, b, c and 3 more"
