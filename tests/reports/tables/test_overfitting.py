"""The table overfitting.csv."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.run.gated import best_epoch
from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.reader import load
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.level import Level
from augbench.reports.tables.overfitting import (
    calibration_error,
    diverges_at,
    gap_effect,
    measures,
    overfitting_table,
)
from scipy import stats

from tests.reports.making_runs import make_run

COLUMNS = (
    "policy, trials, gap_best, gap_last, loss_gap_last, gap_delta, gap_delta_low, gap_delta_high, "
    "divergence_epoch, validation_loss_rise, curve_area, calibration_error, verdict"
)
SEEDS = 6


def curves(
    train: Sequence[float], validation: Sequence[float], loss: Sequence[float] | None = None
) -> np.recarray:
    table = pd.DataFrame(0.0, index=range(len(train)), columns=list(CURVE_COLUMNS))
    table["epoch"] = np.arange(1, len(train) + 1)
    table["train_accuracy"], table["validation_accuracy"] = train, validation
    table["train_loss"] = 0.25
    table["validation_loss"] = loss if loss is not None else 1 - np.asarray(validation)
    return table.to_records(index=False)


def run_of(gaps: Mapping[str, Callable[[int], tuple[float, float]]]) -> Run:
    """A run of one epoch; a policy's (clean train, validation) accuracy in each seed as told."""
    trials = {}
    for label, of_seed in gaps.items():
        for seed in range(SEEDS):
            train, validation = of_seed(seed)
            record = {"status": "done", "train_accuracy": train, "test_accuracy": validation}
            trials[label, seed] = Trial(
                label, seed, Path("made"), record, curves([train], [validation])
            )
    seeds = tuple(range(SEEDS))
    return Run(Path("made"), "made", tuple(gaps), "none", seeds, (seeds,), 0.01, trials)


def wobble(seed: int, size: float = 0.002) -> float:
    return size * (-1) ** seed * (1 + seed / 10)


def table_of(run: Run, high: Mapping[str, float] | None = None) -> pd.DataFrame:
    level = Level(0.05, max(1, len(run.challengers)))
    return overfitting_table(run, level, 0.01, high or {})[0].set_index("policy")


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    table, _ = overfitting_table(load(make_run(tmp_path)), Level(0.05), 0.01, {})
    assert list(table.columns) == COLUMNS.split(", ")


def test_measures_are_those_of_their_definitions() -> None:
    trial = Trial(
        "a",
        0,
        Path("made"),
        {"status": "done"},
        curves([0.5, 0.8, 0.9, 1.0], [0.6, 0.7, 0.7, 0.65], [1.0, 0.8, 0.9, 1.2]),
    )
    found = measures(trial)
    assert found["gap_best"] == pytest.approx(0.8 - 0.7)  # the first of two best epochs
    assert found["gap_last"] == pytest.approx(1.0 - 0.65)
    assert found["loss_gap_last"] == pytest.approx(1.2 - 0.25)
    assert found["validation_loss_rise"] == pytest.approx(1.2 / 0.8)
    assert found["curve_area"] == pytest.approx((0 + 0.1 + 0.2 + 0.35) / 4)
    assert math.isnan(found["calibration_error"])


def test_the_best_epoch_counts_from_one_and_is_the_first_of_equals() -> None:
    assert best_epoch(np.array([0.1, 0.5, 0.5])) == 2
    assert best_epoch(np.array([0.5])) == 1


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ([1.0, 0.8, 0.6, 0.5, 0.45, 0.44], None),
        ([1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], None),
        ([1.0, 0.5, 0.4, 0.5, 0.7, 0.9, 1.1, 1.3], 4),
        # Smoothed by neighbours, one high epoch is no divergence.
        ([1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.52, 0.5, 0.5, 0.5, 0.5], None),
        # It rises by less than 2 %.
        ([1.0, 0.5, 0.505, 0.505, 0.505, 0.505], None),
        # It rises, but for two epochs only.
        ([1.0, 0.8, 0.6, 0.5, 0.5, 0.5, 0.9], None),
        ([0.5, 0.9], None),
        ([], None),
    ],
)
def test_divergence_is_a_lasting_rise_of_the_smoothed_loss(
    losses: list[float], epoch: int | None
) -> None:
    assert diverges_at(np.array(losses)) == epoch


def test_the_divergence_of_a_policy_is_that_of_more_than_half_of_its_trials() -> None:
    rising, falling = [1.0, 0.5, 0.4, 0.5, 0.7, 0.9, 1.1, 1.3], [1.0 - k / 10 for k in range(8)]
    for count, expected in ((4, 4), (3, None), (2, None)):
        run = run_of({"none": lambda seed: (0.9, 0.8)})
        trials = {
            place: Trial(
                "none",
                place[1],
                Path("made"),
                trial.record,
                curves([0.9] * 8, [0.8] * 8, rising if place[1] < count else falling),
            )
            for place, trial in run.trials.items()
        }
        table = table_of(
            Run(Path("made"), "made", ("none",), "none", run.seeds, run.looks, 0.01, trials)
        )
        found = table["divergence_epoch"]["none"]
        assert (pd.isna(found) and expected is None) or found == expected


def said(last: np.ndarray, confidence: np.ndarray) -> Predictions:
    """Predictions by the last step's weights of images of class 0, with others at other points."""
    points = np.stack([1 - last, last])
    return Predictions(np.zeros(len(last), np.int64), points, last, confidence)


def test_the_calibration_error_is_that_of_a_direct_count() -> None:
    rng = np.random.default_rng(4)
    confidence = rng.uniform(0.1, 1.0, 500)
    right = rng.random(500) < confidence**2
    outcome = said(np.where(right, 0, 1), confidence)
    expected = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration_error(outcome) == pytest.approx(expected)
    sure = said(np.array([0, 0, 1, 1]), np.ones(4))
    assert calibration_error(sure) == pytest.approx(0.5)
    # The upper end belongs to a bin: (0, .5] and (.5, 1].
    edge = said(np.array([1, 1, 0, 0]), np.array([0.5, 0.5, 0.9, 0.9]))
    assert calibration_error(edge, bins=2) == pytest.approx((2 * 0.5 + 2 * 0.1) / 4)


GAPS: dict[str, Callable[[int], tuple[float, float]]] = {
    "less": lambda seed: (0.94, 0.84 + wobble(seed)),
    "more": lambda seed: (0.97, 0.78 + wobble(seed)),
    "same": lambda seed: (0.95, 0.80 + wobble(seed)),
    "inconclusive": lambda seed: (0.95, 0.81 + wobble(seed, 0.03)),
}


@pytest.mark.parametrize("word", GAPS)
def test_the_verdicts_are_less_more_same_and_inconclusive(word: str) -> None:
    table = table_of(run_of({"none": lambda seed: (0.95, 0.80), "policy": GAPS[word]}))
    assert table["verdict"].tolist() == ["baseline", word]
    low, high = table.loc["policy", ["gap_delta_low", "gap_delta_high"]]
    deltas = [train - validation - 0.15 for train, validation in map(GAPS[word], range(SEEDS))]
    interval = stats.ttest_1samp(deltas, 0).confidence_interval(0.95)
    assert (low, high) == pytest.approx((interval.low, interval.high))
    assert (high < 0) == (word == "less")
    assert (low > 0) == (word == "more")
    assert (low > -0.01 and high < 0.01) == (word == "same")


def test_a_noisy_policy_makes_the_others_less_sure_and_is_itself_no_surer() -> None:
    none = {"none": lambda seed: (0.95, 0.80)}
    alone = table_of(run_of({**none, "same": GAPS["same"]})).loc["same"]
    beside = table_of(run_of({**none, "same": GAPS["same"], "noisy": GAPS["inconclusive"]}))
    assert beside.loc["same", "gap_delta_high"] > alone["gap_delta_high"]
    assert beside.loc["noisy", "verdict"] == "inconclusive"


def test_a_small_gap_is_no_merit_where_the_network_learns_less() -> None:
    run = run_of(
        {
            "none": lambda seed: (0.95, 0.80),
            "strong": lambda seed: (0.75, 0.74 + wobble(seed)),
            "just": lambda seed: (0.90, 0.80 + wobble(seed)),
            "hardly": lambda seed: (0.901, 0.80 + wobble(seed)),
        }
    )
    table = table_of(run, {"strong": -0.03, "just": 0.0, "hardly": 0.0})
    assert table["verdict"].tolist() == ["baseline", "underfit", "underfit", "less"]
    assert table["gap_delta"]["strong"] < table["gap_delta"]["hardly"] < 0


@pytest.mark.parametrize(
    ("high", "expected"),
    [(0.09, "less"), (0.0101, "less"), (0.0099, "underfit"), (-0.02, "underfit"), (np.nan, "less")],
)
def test_who_learns_less_underfits_only_where_the_accuracy_surely_does_not_gain(
    high: float, expected: str
) -> None:
    run = run_of(
        {
            "none": lambda seed: (0.99, 0.80),
            "strong": lambda seed: (0.90, 0.85 + wobble(seed)),
        }
    )
    assert table_of(run, {"strong": high})["verdict"]["strong"] == expected


def test_one_seed_has_a_gap_and_no_verdict(tmp_path: Path) -> None:
    run = load(
        make_run(tmp_path, {"strong": 0.0}, seeds=1, train_accuracy={"none": 0.9, "strong": 0.5})
    )
    row = table_of(run).loc["strong"]
    assert row["verdict"] == "inconclusive"
    assert not pd.isna(row["gap_best"])
    assert not pd.isna(row["gap_delta"])
    assert pd.isna(row["gap_delta_low"])


def test_equal_policies_have_the_same_gap(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, {"copy": 0.0}, equal={"copy": "none"}))
    row = table_of(run).loc["copy"]
    assert row["verdict"] == "same"
    assert row["gap_delta_low"] == row["gap_delta_high"] == 0.0


def test_failed_and_missing_trials_are_left_out(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"a": 0.0, "b": 0.0},
            failed=[("a", 0), *(("b", seed) for seed in range(5))],
            missing=[("a", 1)],
        )
    )
    table = table_of(run)
    assert table["trials"].tolist() == [5, 3, 0]
    expected = np.mean([measures(trial)["gap_best"] for trial in run.done("a")])
    assert table["gap_best"]["a"] == pytest.approx(expected)
    assert table.loc["b"].drop(["trials", "verdict"]).isna().all()
    assert table["verdict"]["b"] == "inconclusive"


def test_a_trial_without_validation_has_no_gap_and_spoils_none(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"flips": 0.05}, seeds=5)
    run = load(folder)
    path = run.trials["flips", 2].folder / "curves.csv"
    table = pd.read_csv(path)
    table["validation_accuracy"] = math.nan
    table["validation_loss"] = math.nan
    table.to_csv(path, index=False)
    (run.trials["none", 4].folder / "curves.csv").unlink()
    run = load(folder)
    effect = gap_effect(run, "flips")
    assert effect.blocks == 3
    found = table_of(run)
    assert found["gap_best"].notna().all()
    assert found["verdict"]["flips"] in ("less", "inconclusive")
    assert not pd.isna(found["gap_delta_low"]["flips"])


def test_images_of_a_validation_folder_count_as_a_source_of_chance(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"flips": 0.0}, image_sd=0.5, pictures=False)
    run = load(folder)
    for trial in run.stored():
        path = trial.folder / "predictions.npz"
        arrays = dict(np.load(path))
        arrays["validation_probabilities"] = arrays["test_probabilities"]
        arrays["validation_labels"] = arrays["test_labels"]
        np.savez(path, **arrays)
    own_split = gap_effect(load(folder), "flips")
    text = (folder / "environment.json").read_text(encoding="utf-8")
    (folder / "environment.json").write_text(
        text.replace("stratified per seed", "folder"), encoding="utf-8"
    )
    from_folder = gap_effect(load(folder), "flips")
    assert own_split.image_variance == 0.0
    assert from_folder.image_variance > 0.0
    assert from_folder.mean == own_split.mean
