"""All tables of a run together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.reader import load
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.tables import registry

from tests.patience import not_hanging
from tests.reports.making_runs import make_run


def test_every_file_of_the_contract_is_a_table(tmp_path: Path) -> None:
    found = tables(load(make_run(tmp_path)))
    assert list(found.frames) == [entry.table.name for entry in registry.TABLES]
    assert found.frames.keys() >= {
        *("trials", "curves", "accuracy", "overfitting", "pairs", "per_class", "cost"),
        *("synthetic", "confusion", "noise"),
    }
    assert found.frames["synthetic"] is None


def test_the_same_run_gives_the_same_tables(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"a": 0.02, "b": 0.0}, failed=[("b", 1)], missing=[("a", 4)])
    first, second = tables(load(folder)), tables(load(folder))
    for name, table in first.frames.items():
        if table is not None:
            pd.testing.assert_frame_equal(table, second.frames[name])
    assert first.conclusion == second.conclusion
    assert first.findings == second.findings


def test_every_policy_of_the_grid_is_a_comparison_finished_or_not(tmp_path: Path) -> None:
    failed = [(label, seed) for label in ("b", "c") for seed in range(5)]
    found = tables(load(make_run(tmp_path, {"a": 0.05, "b": 0.0, "c": 0.0}, failed=failed)))
    assert found.level.comparisons == 3
    assert found.level.confidence == pytest.approx(0.96)
    assert found.remarks("accuracy")[1:] == [
        "all intervals together at 96 % (look 1 at this run spends 4 % of error, shared by 3 "
        "comparisons); "
        "intervals from 3 seeds on, p-values from 5"
    ]


def test_a_run_that_was_looked_at_before_pays_for_it(tmp_path: Path) -> None:
    once = tables(load(make_run(tmp_path / "a", seeds=6)))
    again = tables(load(make_run(tmp_path / "b", seeds=6, looks=[[0, 1, 2], [*range(6)]])))
    width = [t.accuracy["delta_high"][1] - t.accuracy["delta_low"][1] for t in (once, again)]
    assert width[1] > 1.3 * width[0]
    assert again.level.look == 2
    assert again.level.alpha == pytest.approx(0.005)


def test_the_margin_is_that_of_the_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path, {"a": 0.0}, seeds=10, n_test=2000, margin=0.05, seed_sd=0.01)
    run = load(folder)
    assert tables(run).margin == 0.05
    assert tables(run).accuracy["verdict"][1] == tables(run).pairs["verdict"][0] == "equivalent"
    narrow = tables(replace(run, margin=0.001))
    assert narrow.accuracy["verdict"][1] == "inconclusive"
    assert narrow.pairs["verdict"][0] != "equivalent"


@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
@pytest.mark.parametrize("broken", ["nothing", "none", "a", "some", "all", "missing"])
def test_whatever_is_missing_there_are_tables(tmp_path: Path, seeds: int, broken: str) -> None:
    labels = ("none", "a", "b")
    places = {
        "nothing": [],
        "none": [("none", seed) for seed in range(seeds)],
        "a": [("a", seed) for seed in range(seeds)],
        "some": [(labels[seed % 3], seed) for seed in range(seeds)],
        "all": [(label, seed) for label in labels for seed in range(seeds)],
    }
    every = places["all"]
    folder = make_run(
        tmp_path,
        {"a": 0.05, "b": 0.0},
        seeds=seeds,
        failed=places.get(broken, []),
        missing=every[::2] if broken == "missing" else [],
        n_test=80,
        pictures=False,
    )
    found = tables(load(folder))
    assert found.accuracy["policy"].tolist() == list(labels)
    assert found.overfitting["policy"].tolist() == list(labels)
    assert len(found.pairs) == 3
    assert len(found.per_class) == 12
    assert found.conclusion.sentence.endswith(".")
    assert "nan" not in found.conclusion.text
    for table in (found.accuracy, found.overfitting, found.per_class, found.pairs):
        assert table["verdict"].notna().all()


def test_many_policies_classes_and_images_are_no_matter_of_minutes() -> None:
    policies, seeds, classes, images, epochs = 40, 10, 1000, 10_000, 30
    rng = np.random.default_rng(0)
    labels = np.arange(images) % classes
    paths = np.array([f"test/class{k}/{i:06d}.png" for i, k in enumerate(labels)])
    table = pd.DataFrame(np.linspace(0.1, 0.9, epochs)[:, None].repeat(7, 1))
    table.columns = pd.Index(CURVE_COLUMNS)
    table["epoch"] = np.arange(1, epochs + 1)
    curves = table.to_records(index=False)
    names = ("none", *(f"p{at}" for at in range(1, policies)))
    trials = {}
    for name in names:
        for seed in range(seeds):
            other = rng.integers(0, classes, images)
            predicted = np.where(rng.random(images) < 0.8, labels, other)
            outcome = Predictions(
                labels, predicted[None], predicted, rng.uniform(0.3, 1, images), paths
            )
            accuracy = float((predicted == labels).mean())
            record = {"status": "done", "test_accuracy": accuracy, "train_accuracy": 0.9}
            trials[name, seed] = Trial(name, seed, Path("x"), record, curves, outcome, outcome)
    numbers = tuple(range(seeds))
    run = Run(
        Path("x"), "large", names, "none", numbers, (numbers,), 0.01, trials,
        classes=tuple(map(str, range(classes))),
    )  # fmt: skip
    with not_hanging():
        found = tables(run)
    assert len(found.per_class) == policies * classes
    assert len(found.pairs) == policies * (policies - 1) // 2
