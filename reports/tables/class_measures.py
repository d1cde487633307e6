"""How good are predictions where classes differ in size? Mean recall, macro F1, and their sizes."""

from __future__ import annotations

import math

import numpy as np
from augbench.reports.run.run import Predictions, Run

# The largest class has so many times the images of the smallest one.
_UNBALANCED = 1.5


def balanced_accuracy(outcome: Predictions) -> float:
    """The mean recall of the classes that have images, 0 to 1: each class counts the same."""
    images = np.bincount(outcome.labels)
    right = np.bincount(outcome.labels, outcome.right, minlength=len(images))
    there = images > 0
    return float(np.mean(right[there] / images[there]))


def macro_f1(outcome: Predictions) -> float:
    """The mean over classes of 2 TP / (2 TP + FP + FN), of all that occur or are predicted."""
    count = 1 + int(max(outcome.labels.max(), outcome.predicted.max()))
    images = np.bincount(outcome.labels, minlength=count)
    answers = outcome.answers(count)
    right = np.bincount(outcome.labels, outcome.right, minlength=count)
    there = images + answers > 0
    return float(np.mean(2 * right[there] / (images + answers)[there]))


def guessing(outcome: Predictions) -> tuple[float, float]:
    """The mean recall of a guess, 1/K whatever the sizes of classes are, and its standard error.

    Each of a class's n images is right with probability 1/K, so the recalls' mean has the variance
    (1/K) (1 − 1/K) Σ 1/n / K². One answer for everything has the mean recall 1/K, too.
    """
    images = np.bincount(outcome.labels)
    images = images[images > 0]
    chance = 1.0 / len(images)
    variance = chance * (1.0 - chance) * float(np.sum(1.0 / images)) / len(images) ** 2
    return chance, math.sqrt(variance)


def unbalanced(run: Run) -> bool:
    """Whether the classes among the test images differ in size by half or more."""
    for trial in run.stored():
        if trial.test is not None:
            images = np.bincount(trial.test.labels)
            images = images[images > 0]
            return bool(images.max() >= _UNBALANCED * images.min())
    return False
