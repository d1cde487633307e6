"""A run that tests on folds says how many images were tested, and counts those that come again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.tables.accuracy import accuracy_effect
from augbench.reports.tables.tested_images import finding_on_folds

from tests.reports.making_runs import make_run

K, SIZE = 5, 40


def run_on_folds(folder: Path, seeds: int) -> Run:
    """A run of made trials, as if those of seed j had tested on the images of fold j mod 5."""
    make_run(folder, seeds=seeds, n_test=SIZE, image_sd=0.3, pictures=False)
    for place in (folder / "trials").iterdir():
        seed = json.loads((place / "result.json").read_text())["seed"]
        arrays = dict(np.load(place / "predictions.npz"))
        arrays["test_paths"] = np.char.add(arrays["test_paths"], f" of fold {seed % K}")
        np.savez(place / "predictions.npz", **arrays)
    environment = json.loads((folder / "environment.json").read_text())
    environment["data"] |= {"folds": K, "images_tested": K * SIZE}
    (folder / "environment.json").write_text(json.dumps(environment))
    return load(folder)


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (3, "120 of 200 were tested so far"),
        (5, "all 200 were tested once"),
        (7, "all 200 were tested, 1 to 2 times each"),
        (10, "all 200 were tested, 2 times each"),
    ],
)
def test_the_report_says_how_many_images_were_tested(tmp_path: Path, seeds: int, said: str) -> None:
    remarks = tables(run_on_folds(tmp_path, seeds)).remarks("accuracy")
    assert f"each seed tests on another of 5 folds of the images: {said}" in remarks


def test_nothing_is_said_of_folds_where_the_test_part_is_fixed(tmp_path: Path) -> None:
    run = load(make_run(tmp_path, seeds=3, pictures=False))
    assert finding_on_folds(run) == []
    assert not [text for text in map(words, tables(run).findings) if "folds" in text]


def test_images_that_come_again_widen_the_interval_and_others_do_not(tmp_path: Path) -> None:
    once = accuracy_effect(run_on_folds(tmp_path / "5", 5), "flips", "none")
    assert once.image_variance == 0.0
    run = run_on_folds(tmp_path / "10", 10)
    # the estimate by hand: two blocks a fold, so q is the covariance of their differences
    pairs = run.pairs("flips", "none")
    right = np.array([x.test.right * 1.0 - y.test.right for x, y in pairs])  # type: ignore[union-attr]
    q = np.mean([np.cov(right[fold], right[fold + K])[0, 1] for fold in range(K)])
    found = accuracy_effect(run, "flips", "none").image_variance
    assert found == pytest.approx(max(0.0, q) * K * 2 / SIZE / (10 * 9))
    assert found > 0
