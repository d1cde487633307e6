"""Did a network learn anything? One answer for everything, answers like guesses, no softmax.

A policy of which one of these is found is never called equivalent to another: two networks that
learned nothing say nothing about the policies.
"""

from __future__ import annotations

import math

import numpy as np
from augbench.reports.run.run import Predictions, Run
from augbench.reports.tables.class_measures import balanced_accuracy, guessing

from augbench.findings import Finding

# A share of all answers that is as good as all of them.
_NEARLY_ALL = 0.98
# Standard errors within which a mean recall is a guess's.
_ERRORS = 2.0


def collapse(run: Run, label: str) -> Finding | None:
    """What shows that the networks of a policy learned nothing, or None."""
    outcomes = [trial.test for trial in run.done(label) if trial.test is not None]
    if not outcomes or len(run.classes) < 2:
        return None
    of = {"of": len(outcomes)}
    constant = [outcome for outcome in outcomes if _answers_one_class(outcome)]
    if constant:
        answer, share = _most_frequent(constant[0])
        figures = {
            "class": run.classes[answer],
            "share": share,
            "true_share": float(np.mean(constant[0].labels == answer)),
            "trials": len(constant),
        }
        return Finding("one-class-for-all", figures | of, label, "accuracy")
    recall = float(np.mean([balanced_accuracy(outcome) for outcome in outcomes]))
    chance, error = guessing(outcomes[0])
    accuracy = float(np.mean([outcome.right.mean() for outcome in outcomes]))
    images = len(outcomes[0].labels)
    largest = float(np.bincount(outcomes[0].labels).max() / images)
    # Where some classes have next to no images, their recalls say little beside the accuracy.
    more = accuracy - largest > _ERRORS * math.sqrt(largest * (1 - largest) / images)
    if recall <= chance + _ERRORS * error and not more:
        figures = {"accuracy": accuracy, "recall": recall, "chance": chance, "largest": largest}
        return Finding("no-better-than-guessing", figures | of, label, "accuracy")
    loose = sum(not outcome.sums_to_one for outcome in outcomes)
    if loose:
        return Finding("no-softmax", {"trials": loose} | of, label, "accuracy")
    return None


def _most_frequent(outcome: Predictions) -> tuple[int, float]:
    answers = outcome.answers(1)
    return int(answers.argmax()), float(answers.max() / len(outcome.labels))


def _answers_one_class(outcome: Predictions) -> bool:
    answer, share = _most_frequent(outcome)
    return share >= _NEARLY_ALL and float(np.mean(outcome.labels == answer)) < share - 0.02
