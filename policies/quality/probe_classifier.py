"""What compares images as a classifier sees them: a small CNN, trained in seconds.

The net of the Keras tutorials (convolutions with pooling, dense 128, softmax). What the dense
layer says of an image are its features; the softmax judges labels. One `ProbeTrainer` trains the
same initial weights on different sets, in equally many steps, so that what differs between two of
its classifiers is the images they learnt from; or other initial weights, for a second opinion.
"""

from __future__ import annotations

import numpy as np
from augbench.policies.quality.hold_out import evenly_spaced
from augbench.policies.random import stream

FEATURES = 128
BATCH, AT_ONCE = 32, 128
UNIT_FROM = 512
"""Training images that the unit of the features is taken from."""


class ProbeClassifier:
    """A trained classifier: weights of a `ProbeTrainer`, ready to examine images."""

    def __init__(self, trainer: ProbeTrainer, weights: list[np.ndarray], unit: float = 1.0) -> None:
        """Keep ``weights`` (float32 arrays) and the ``unit`` of its features."""
        self._trainer, self.weights, self.unit = trainer, weights, unit

    def examine(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features float32 N×128 and probabilities float32 N×K of uint8 images N×H×W×C.

        Features are in units of their root mean square over the training images.
        """
        features, probabilities = self._trainer.examine(self.weights, images)
        return features / self.unit, probabilities

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return the features float32 N×128 of uint8 images N×H×W×C, in their unit."""
        return self.examine(images)[0]

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Return the fraction of uint8 images N×H×W×C that get their label (N)."""
        return float((self.examine(images)[1].argmax(1) == labels).mean())


class ProbeTrainer:
    """Trains the reference CNN on one set of images after another, from the same weights."""

    def __init__(self, shape: tuple[int, int, int], classes: int, seed: int) -> None:
        """Build the network for images H×W×C of K classes; ``seed`` sets weights and order."""
        import keras

        x = images = keras.Input(shape, dtype="uint8")
        x = keras.layers.Rescaling(1 / 255)(x)
        for filters in _filters(shape):
            x = keras.layers.Conv2D(filters, 3, activation="relu")(x)
            x = keras.layers.MaxPooling2D()(x)
        x = keras.layers.Flatten()(x)
        features = keras.layers.Dense(FEATURES, activation="relu")(x)
        probabilities = keras.layers.Dense(classes, activation="softmax")(features)
        self._model = keras.Model(images, probabilities)
        self._examiner = keras.Model(images, [features, probabilities])
        self._optimizer = keras.optimizers.Adam()
        self._model.compile(self._optimizer, "sparse_categorical_crossentropy")
        self._optimizer.build(self._model.trainable_variables)
        self._fresh_optimizer = [v.numpy() for v in self._optimizer.variables]
        self._seed = seed

    def train(
        self, images: np.ndarray, labels: np.ndarray, steps: int, start: int = 0
    ) -> ProbeClassifier:
        """Return the classifier that ``steps`` batches of 32 make of uint8 images N×H×W×C.

        Every epoch is a new order of all images; sets smaller than a batch are repeated. Each
        number ``start`` stands for other initial weights and orders.
        """
        self._model.set_weights(self._first_weights(start))
        for variable, value in zip(self._optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(value)
        labels = np.asarray(labels, np.int32)
        epoch, order = 0, np.zeros(0, np.int64)
        for _ in range(steps):
            while len(order) < BATCH:
                rng = stream(self._seed, "judge", "order", start, epoch)
                order = np.append(order, rng.permutation(len(labels)))
                epoch += 1
            rows, order = order[:BATCH], order[BATCH:]
            self._model.train_on_batch(images[rows], labels[rows])
        weights = [np.array(w) for w in self._model.get_weights()]
        shown = self.examine(weights, images[evenly_spaced(len(labels), UNIT_FROM)])[0]
        return ProbeClassifier(self, weights, float(np.sqrt(np.square(shown).mean())) or 1.0)

    def examine(
        self, weights: list[np.ndarray], images: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return features and probabilities under ``weights``, 128 images at a time."""
        self._model.set_weights(weights)
        parts = []
        for first in range(0, max(1, len(images)), AT_ONCE):
            part = images[first : first + AT_ONCE]
            filled = np.zeros((AT_ONCE, *images.shape[1:]), np.uint8)
            filled[: len(part)] = part
            parts.append(
                [np.asarray(a)[: len(part)] for a in self._examiner.predict_on_batch(filled)]
            )
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _first_weights(self, start: int) -> list[np.ndarray]:
        import keras

        rng = stream(self._seed, "judge", "weights", start)
        seeds = [int(rng.integers(2**31 - 1)) for _ in self._model.weights]
        return [
            np.array(keras.initializers.GlorotUniform(seed=seed)(w.shape))
            if len(w.shape) > 1
            else np.zeros(w.shape, np.float32)
            for seed, w in zip(seeds, self._model.weights, strict=True)
        ]


def probe_steps(images: int) -> int:
    """Return the steps a probe trains for a set of so many real images: ten epochs, 200…2,000."""
    return int(np.clip(round(10 * images / BATCH), 200, 2_000))


def _filters(shape: tuple[int, int, int]) -> list[int]:
    """Two convolutions up to 32 px (one below 10), one more for each doubling of the side."""
    side, filters = min(shape[:2]), [32]
    side = (side - 2) // 2
    while side >= 4 and (len(filters) < 2 or side > 12):
        filters.append(64)
        side = (side - 2) // 2
    return filters
