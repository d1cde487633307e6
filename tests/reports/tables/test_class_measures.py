"""What counts each class the same, against scikit-learn's measures of the same name."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.reports.run.run import Predictions
from augbench.reports.tables.class_measures import balanced_accuracy, guessing, macro_f1
from sklearn import metrics


def outcome(labels: np.ndarray, predicted: np.ndarray) -> Predictions:
    return Predictions(labels, predicted[None], predicted, np.ones(len(labels)))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_mean_recall_and_macro_f1_are_those_of_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels = rng.choice(classes, 300, p=rng.dirichlet(np.ones(classes)))
    predicted = np.where(rng.random(300) < 0.6, labels, rng.integers(0, classes, 300))
    found = outcome(labels, predicted)
    expected = metrics.recall_score(labels, predicted, labels=np.unique(labels), average="macro")
    assert balanced_accuracy(found) == pytest.approx(expected)
    assert macro_f1(found) == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))


def test_guesses_have_the_mean_and_spread_that_are_stated_whatever_the_sizes() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [200, 40, 10])
    found = [
        balanced_accuracy(outcome(labels, rng.integers(0, 3, len(labels)))) for _ in range(4000)
    ]
    chance, error = guessing(outcome(labels, labels))
    assert np.mean(found) == pytest.approx(chance, abs=0.005)
    assert np.std(found) == pytest.approx(error, rel=0.05)
