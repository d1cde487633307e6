"""Is a network that learned nothing named, and never called equal to another?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.findings.summary_cards import trouble
from augbench.reports.findings.wording import words
from augbench.reports.run.layout import PREDICTIONS, RECORD
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run

Outputs = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def made(folder: Path, outputs: dict[str, Outputs], n_test: int = 400) -> Tables:
    """A run in which the outputs of some policies on the test images are replaced."""
    make_run(
        folder, {"a": 0.0, "b": 0.0}, seeds=3, n_test=n_test, pictures=False, seed_sd=0.02,
        measure="last",
    )  # fmt: skip
    for place in (folder / "trials").iterdir():
        record = json.loads((place / RECORD).read_text())
        if record["policy"] not in outputs:
            continue
        arrays = dict(np.load(place / PREDICTIONS))
        labels = arrays["test_labels"]
        rng = np.random.default_rng(record["seed"])
        arrays["test_probabilities"] = outputs[record["policy"]](labels, rng).astype(np.float32)
        record["test_accuracy"] = float(np.mean(arrays["test_probabilities"].argmax(1) == labels))
        record["last_test_accuracy"] = record["test_accuracy"]
        np.savez(place / PREDICTIONS, **arrays)
        (place / RECORD).write_text(json.dumps(record))
    return tables(load(folder))


def constant(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.tile([0.1, 0.7, 0.1, 0.1], (len(labels), 1))


def guesses(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.dirichlet(np.ones(4), len(labels))


def logits(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 5.0 * np.eye(4)[labels] + rng.standard_normal((len(labels), 4))


@pytest.mark.parametrize(
    ("outputs", "kind", "told"),
    [
        (constant, "one-class-for-all", "collapsed in 3 of 3 trials: it answers hat for 100.0%"),
        (guesses, "no-better-than-guessing", "is no better than guessing: accuracy 2"),
        (logits, "no-softmax", "has outputs that do not sum to 1 in 3 of 3 trials"),
    ],
)
def test_a_policy_that_learned_nothing_is_named_on_top(
    tmp_path: Path, outputs: Outputs, kind: str, told: str
) -> None:
    found = made(tmp_path / "run", {"a": outputs})
    of_policies = [(f.kind, f.policy) for f in found.findings_of("accuracy") if f.policy]
    assert (kind, "a") in of_policies
    assert not any(label in ("none", "b") and kind == k for k, label in of_policies)
    assert found.conclusion.remarks[0].startswith(f"a {told}")
    assert trouble(found) == []


def test_classes_with_next_to_no_images_make_no_guess_of_a_good_network(tmp_path: Path) -> None:
    def good(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.eye(4)[np.minimum(labels, 1)]

    make_run(tmp_path, {"a": 0.0}, seeds=3, pictures=False, measure="last")
    labels = np.repeat([0, 1, 2, 3], [40, 40, 1, 1])
    for place in (tmp_path / "trials").iterdir():
        arrays = dict(np.load(place / PREDICTIONS))
        for name in arrays:
            if name.startswith("test_") and name != "test_end_predicted":
                arrays[name] = arrays[name][: len(labels)]
        arrays["test_labels"] = labels
        arrays["test_probabilities"] = good(labels, np.random.default_rng(0)).astype(np.float32)
        arrays["test_end_predicted"] = arrays["test_end_predicted"][:, : len(labels)]
        np.savez(place / PREDICTIONS, **arrays)
    # accuracy .98, and a mean recall of .5 that two single images make of it
    assert tables(load(tmp_path)).conclusion.remarks == ()


def test_two_networks_that_learned_nothing_are_not_equivalent(tmp_path: Path) -> None:
    found = made(tmp_path / "run", {"none": constant, "a": constant})
    verdicts = found.accuracy.set_index("policy")["verdict"]
    assert verdicts["a"] == "inconclusive"
    assert verdicts["b"] == "better"
    assert "equivalent" not in set(found.pairs["verdict"])
    control = made(tmp_path / "control", {"none": _known, "a": _known})
    assert control.accuracy.set_index("policy")["verdict"]["a"] == "equivalent"


def _known(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 0.9 * np.eye(4)[np.where(np.arange(len(labels)) % 5, labels, 0)] + 0.025


def test_where_nothing_was_learned_nothing_is_concluded(tmp_path: Path) -> None:
    found = made(tmp_path / "run", dict.fromkeys(("none", "a", "b"), constant))
    assert found.conclusion.sentence == (
        "Nothing can be concluded: under no policy did the network learn anything."
    )
    assert found.conclusion.recommended == ()
    assert len(found.conclusion.remarks) == 3


def test_words_of_a_collapse_name_the_class_and_its_share(tmp_path: Path) -> None:
    found = made(tmp_path / "run", {"a": constant})
    (finding,) = [f for f in found.findings if f.kind == "one-class-for-all"]
    assert words(finding).endswith("of which 25.0% are")
