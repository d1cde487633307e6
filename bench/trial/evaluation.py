"""How a model is measured in a trial: clean training images, validation and test images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from augbench.bench.data import Block, Dataset
from augbench.bench.trial.training import Clock, Measured, WarmModel
from augbench.policies.random import stream

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
        predictions: probabilities float32 n×K and labels int64 n of the validation and test
            images, and the names of the latter.
        test: accuracy and loss on the test images; NaN before `at_end`.
    """

    def __init__(
        self,
        dataset: Dataset,
        block: Block,
        seed: int,
        standardize: Callable[[np.ndarray], np.ndarray],
        model: WarmModel,
        clock: Clock,
    ) -> None:
        """Measure ``model`` on the images of ``block``; ``clock`` adds the time up."""
        self._dataset, self._block, self._clock = dataset, block, clock
        self._clean = clean_subset(dataset.labels, block.train, seed)
        self._predict = lambda rows: model.predict(dataset.images, rows, standardize)
        self.curves: list[tuple[float, ...]] = []
        self.predictions: dict[str, np.ndarray] = {}
        self.test = Measured(float("nan"), float("nan"))

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

    def at_end(self) -> None:
        """Measure on the test images."""
        rows = self._block.test
        probabilities, labels = self._predict(rows), self._dataset.labels[rows]
        self.test = Measured.of(probabilities, labels)
        self.predictions |= {
            "test_probabilities": probabilities,
            "test_labels": labels,
            "test_paths": np.asarray([self._dataset.paths[row] for row in rows], dtype=np.str_),
        }
