"""Which pictures a trial keeps, so that a report needs neither the data nor the policies."""

from __future__ import annotations

import numpy as np
from augbench.bench.data import Block, Dataset
from augbench.policies import returned
from augbench.policies.base import Batch, Policy
from augbench.policies.training_set import TrainingSet

EXAMPLES = 8
DRAWS = 3
MISCLASSIFIED = 24


def pictures(
    dataset: Dataset,
    block: Block,
    policy: Policy,
    train: TrainingSet,
    enlarged: TrainingSet,
    predictions: dict[str, np.ndarray],
    seed: int,
) -> dict[str, np.ndarray]:
    """Return the arrays of ``pictures.npz``, all images uint8.

    ``originals`` n×H×W×C, ``augmented`` draws×n×H×W×C of the same images with ``captions``,
    ``labels`` n; the most confident mistakes on test images as ``misclassified`` with the class
    numbers; and, where the policy stored new rows, a few of each class as ``added``.
    """
    rows = example_rows(train.labels, EXAMPLES)
    originals = train.images[rows]
    one_hot = np.eye(len(train.classes), dtype=np.float32)[train.labels[rows]]
    batches = [
        Batch(originals, one_hot, rows, seed=seed, epoch=epoch, step=0) for epoch in range(DRAWS)
    ]
    captions = [returned.described(policy, batch) for batch in batches]
    stored = {
        "originals": originals,
        "labels": train.labels[rows],
        "augmented": np.stack([returned.changed(policy, batch).images for batch in batches]),
        "captions": np.asarray(captions, dtype=np.str_),
    }
    if len(enlarged) > len(train):
        added = np.arange(len(train), len(enlarged))
        chosen = added[example_rows(enlarged.labels[added], 3 * EXAMPLES)]
        stored |= {"added": enlarged.images[chosen], "added_labels": enlarged.labels[chosen]}
    return stored | _mistakes(dataset, block, predictions)


def example_rows(labels: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows (or all), turning through the classes, first images first."""
    order = np.argsort(labels, kind="stable")
    first_of_class = np.searchsorted(labels[order], labels[order], side="left")
    rank = np.arange(len(order)) - first_of_class
    return order[np.argsort(rank, kind="stable")][:count]


def _mistakes(
    dataset: Dataset, block: Block, predictions: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    probabilities, labels = predictions["test_probabilities"], predictions["test_labels"]
    predicted = probabilities.argmax(1)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-confidence, kind="stable")][:MISCLASSIFIED]
    return {
        "misclassified": np.asarray(dataset.images[block.test[worst]]),
        "misclassified_true": labels[worst],
        "misclassified_predicted": predicted[worst],
    }
