"""How a model is measured in a trial: clean training images, validation and test images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from augbench.bench.data import Block, Dataset
from augbench.bench.trial.averaged_weights import AveragedWeights
from augbench.bench.trial.end_of_training import EndOfTraining, end_epochs
from augbench.bench.trial.training import Clock, Measured, WarmModel, cross_entropy
from augbench.policies.random import stream
from augbench.reports.run.layout import CURVE_COLUMNS, NOT_MEASURED

#: training images that accuracy is measured on after each epoch
CLEAN_SUBSET = 1000


def clean_subset(labels: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return at most 1,000 of ``rows``, stratified by their ``labels``, equal for all policies."""
    if len(rows) <= CLEAN_SUBSET:
        return rows
    shuffled = rows[stream(seed, "clean").permutation(len(rows))]
    rank_in_class = np.empty(len(rows))
    for number in np.unique(labels[shuffled]):
        members = np.flatnonzero(labels[shuffled] == number)
        rank_in_class[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.sort(shuffled[np.argsort(rank_in_class, kind="stable")[:CLEAN_SUBSET]])


class Evaluation:
    """Measures a model in inference mode, never on augmented images.

    Attributes:
        curves: a tuple an epoch, of `CURVE_COLUMNS`; accuracies are fractions, losses nats.
        predictions: what `PREDICTION_ARRAYS` of the layout says.
        end: accuracy and loss on the test images over the end of training.
        last: the same with the last step's weights.
        averaged: the same with averaged weights.
    """

    def __init__(
        self,
        dataset: Dataset,
        block: Block,
        seed: int,
        epochs: int,
        steps: int,
        standardize: Callable[[np.ndarray], np.ndarray],
        model: WarmModel,
        clock: Clock,
    ) -> None:
        """Measure ``model`` on the images of ``block``; ``clock`` adds the time up.

        There are ``epochs`` of ``steps`` optimiser steps.
        """
        self._dataset, self._block, self._clock = dataset, block, clock
        self._clean = clean_subset(dataset.labels, block.train, seed)
        each_epoch = len(self._clean) + len(block.validation)
        self._plan = EndOfTraining.of(
            epochs, steps, len(block.train), dataset.labels[block.test], each_epoch
        )
        self._epochs_at_end = end_epochs(epochs)
        self._steps_done = 0
        self._predict = lambda rows: model.predict(dataset.images, rows, standardize)
        self.curves: list[tuple[float, ...]] = []
        self.predictions: dict[str, np.ndarray] = {}
        self._end_predicted = np.full(self._plan.measured.shape, NOT_MEASURED, np.int32)
        self._end_loss = np.full(self._plan.measured.shape, np.nan)
        self.end = self.last = self.averaged = Measured(float("nan"), float("nan"))

    def after_steps(self, steps: int) -> None:
        """Measure the test images where these further steps reached a point of the end."""
        before, self._steps_done = self._steps_done, self._steps_done + steps
        point = self._plan.point_between(before, self._steps_done)
        if point is not None:
            with self._clock.measure("test"):
                self._test(point)

    def after_epoch(self, epoch: int, accuracy: float, loss: float) -> None:
        """Measure after an epoch, from 0, whose own batches had this accuracy and loss."""
        labels = self._dataset.labels
        with self._clock.measure("measure"):
            train = Measured.of(self._predict(self._clean), labels[self._clean])
            rows = self._block.validation
            probabilities = self._predict(rows)
            validation = Measured.of(probabilities, labels[rows])
        self.predictions |= {
            "validation_probabilities": probabilities,
            "validation_labels": labels[rows],
        }
        self.curves.append(
            (
                epoch + 1,
                train.accuracy,
                train.loss,
                accuracy,
                loss,
                validation.accuracy,
                validation.loss,
            )
        )

    def _test(self, point: int) -> None:
        """Predict the test images of one of the points, and all of them at the last one."""
        measured = self._plan.measured[point]
        rows = self._block.test
        is_last = point == len(self._plan.measured) - 1
        probabilities = self._predict(rows if is_last else rows[measured])
        if is_last:
            labels = self._dataset.labels[rows]
            self.last = Measured.of(probabilities, labels)
            self.predictions |= {
                "test_probabilities": probabilities,
                "test_labels": labels,
                "test_paths": np.asarray([self._dataset.paths[row] for row in rows], np.str_),
            }
            probabilities = probabilities[measured]
        if len(probabilities):
            labels = self._dataset.labels[rows[measured]]
            self._end_predicted[point, measured] = probabilities.argmax(1)
            self._end_loss[point, measured] = cross_entropy(probabilities, labels)

    def at_end(self, averaged: AveragedWeights) -> None:
        """Measure what the whole training gives, and on the test images the averaged weights."""
        rows = self._block.test
        with averaged.in_use():
            probabilities = self._predict(rows)
        labels = self._dataset.labels[rows]
        self.averaged = Measured.of(probabilities, labels)
        if len(rows):
            measured = self._plan.measured
            right = (self._end_predicted == labels) & measured
            self.end = Measured(
                float(np.mean(right.sum(0) / measured.sum(0))),
                float(np.mean(np.nansum(self._end_loss, 0) / measured.sum(0))),
            )
        self.predictions |= {
            "test_end_predicted": self._end_predicted,
            "test_averaged_predicted": probabilities.argmax(1).astype(np.int32),
        }

    def over_the_end(self, column: str) -> float:
        """Return the mean of a column of the curves over the epochs that are the end."""
        at = CURVE_COLUMNS.index(column)
        return float(np.mean([row[at] for row in self.curves[-self._epochs_at_end :]]))
