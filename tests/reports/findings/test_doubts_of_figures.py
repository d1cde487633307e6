"""Does a report say where its figures mislead: unequal classes, few images, a busy machine?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.findings.summary_cards import summary_cards, typical_cost
from augbench.reports.findings.wording import words
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run


def test_a_gain_on_the_largest_class_alone_is_said_to_be_one(tmp_path: Path) -> None:
    classes = ("dress", "hat")
    effects = {"a": {"dress": 0.1, "hat": -0.2}}
    make_run(
        tmp_path, {"a": 0.0}, n_test=2000, classes=classes, class_effects=effects, epochs=2,
        measure="last",
    )  # fmt: skip
    balanced = tables(load(tmp_path))
    assert "measures disagree" not in balanced.conclusion.text
    for place in (tmp_path / "trials").iterdir():
        arrays = dict(np.load(place / "predictions.npz"))
        labels = arrays["test_labels"]
        kept = (labels == 0) | (np.arange(len(labels)) % 20 < 2)
        for name in ("probabilities", "labels", "paths"):
            arrays[f"test_{name}"] = arrays[f"test_{name}"][kept]
        record = json.loads((place / "result.json").read_text())
        right = arrays["test_probabilities"].argmax(1) == arrays["test_labels"]
        record["test_accuracy"] = float(np.mean(right))
        record["last_test_accuracy"] = record["test_accuracy"]
        (place / "result.json").write_text(json.dumps(record))
        np.savez(place / "predictions.npz", **arrays)
    found = tables(load(tmp_path))
    row = found.accuracy.set_index("policy").loc["a"]
    assert row["verdict"] == "better"
    assert row["balanced_accuracy_delta"] < 0 < row["delta_mean"]
    recall = f"{100 * row['balanced_accuracy_delta']:+.1f}"
    assert any(
        "the measures disagree: a" in text and recall in text for text in found.conclusion.remarks
    )


def test_too_few_images_a_class_are_said_once(tmp_path: Path) -> None:
    found = tables(
        load(make_run(tmp_path, {"a": 0.0, "b": 0.01}, seeds=3, n_test=40, seed_sd=0.05))
    )
    told = [words(finding) for finding in found.findings if finding.kind == "classes-not-settled"]
    (text,) = told
    settled = (found.per_class["verdict"].isin(("better", "worse", "equivalent"))).sum()
    assert f"{settled or 'no'} of 8 changes are settled: 10 test images a class on 3 seeds" in text


def timed(folder: Path, seconds: float, cpu: float) -> Tables:
    for place in (folder / "trials").iterdir():
        record = json.loads((place / "result.json").read_text())
        record["seconds"], record["cost"]["cpu_seconds"] = seconds, cpu
        (place / "result.json").write_text(json.dumps(record))
    return tables(load(folder))


@pytest.mark.parametrize(("cpu", "busy"), [(9.5, False), (8.1, False), (7.9, True), (4.0, True)])
def test_the_cost_is_cpu_time_where_the_machine_was_busy(
    tmp_path: Path, cpu: float, busy: bool
) -> None:
    make_run(tmp_path, {"a": 0.06}, n_test=400, pictures=False, epochs=2)
    found = timed(tmp_path, 10.0, cpu)
    cards = summary_cards(found)
    assert cards is not None and cards.seconds is not None
    assert cards.of_cpu == busy
    assert cards.seconds.number == (cpu if busy else 10.0)
    (finding,) = typical_cost(found)
    assert ("of CPU time" in words(finding)) == busy
