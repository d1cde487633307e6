"""How the classifier is trained and measured: a warm, compiled model, reset for each trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from augbench.bench.trial.input_pipeline import InputPipeline

from augbench.backend import JAX, TENSORFLOW, backend

#: batches computed in one call of TensorFlow: 1.3 to 1.5 times the speed, the same weights
STEPS_PER_EXECUTION = 16
#: calls that an epoch has at least, where it has as many steps; weights are averaged as often or
#: a little less
CALLS_AN_EPOCH = 8
MEASURE_BYTES = 32 * 2**20
#: images measured in one call; small, since the last call is filled up to it
MEASURE_BATCH = 128


class TrainingFailed(RuntimeError):
    """Training went wrong in a way that no retry of a step mends, such as a loss that is NaN."""


def steps_in_a_call(steps: int) -> int:
    """Return how many of an epoch's ``steps`` are computed in one call."""
    return max(1, min(STEPS_PER_EXECUTION, steps // CALLS_AN_EPOCH))


def steps_between_looks(steps: int) -> int:
    """Return after how many of an epoch's ``steps`` its weights are looked at again."""
    return min(STEPS_PER_EXECUTION, -(-steps // CALLS_AN_EPOCH))


class WarmModel:
    """A compiled Keras model that starts each trial as if it had just been built.

    Tracing a fresh model costs more than a second; this one keeps its traced functions and gets
    the initial values of another, never compiled, one that is built with the trial's own seed.
    """

    def __init__(
        self, build: Callable[[], Any], steps_per_execution: int = STEPS_PER_EXECUTION
    ) -> None:
        """Build and compile what ``build() -> keras.Model`` returns.

        Args:
            build: gives a fresh model, uncompiled unless its maker compiled it.
            steps_per_execution: batches that TensorFlow computes in one call; the weights do not
                depend on it.
        """
        self._build = build
        self.model = build()
        if not getattr(self.model, "compiled", False):
            self.model.compile(
                optimizer="adam",
                loss="categorical_crossentropy",
                metrics=["accuracy"],
                # elsewhere a loop in Python, which would run on into the next epoch
                steps_per_execution=steps_per_execution if backend() == TENSORFLOW else 1,
                jit_compile=backend() == JAX,
            )
        self.model.optimizer.build(self.model.trainable_variables)
        self._optimizer_start = [v.numpy() for v in self.model.optimizer.variables]
        self._datasets: dict[Any, Any] = {}

    def reset(self, seed: int) -> None:
        """Give the model the initial weights of ``seed``, and a new optimiser state."""
        import keras

        keras.utils.set_random_seed(seed)
        fresh = self._build()
        for variable, start in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(start)
        for variable, value in zip(
            self.model.optimizer.variables, self._optimizer_start, strict=True
        ):
            variable.assign(value)
        keras.utils.set_random_seed(seed)

    def fit(
        self,
        pipeline: InputPipeline,
        after_epoch: Callable[[int, float, float], None],
        after_steps: Callable[[int], None] = lambda steps: None,
    ) -> None:
        """Train on the batches of a pipeline.

        Args:
            pipeline: gives the batches of all epochs.
            after_epoch: called with the epoch, from 0, and the accuracy and loss of its batches.
            after_steps: called after every few steps, and at the end of each epoch before
                ``after_epoch``, with how many steps there were since the last call.

        Raises:
            TrainingFailed: if the loss of an epoch is not finite.
        """
        import keras

        steps = -(-len(pipeline.rows_of(0)) // pipeline.batch_size)

        class Reports(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
                self.told = 0

            def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
                done = min(batch + 1, steps)  # the last call of an epoch may be a short one
                if done - self.told >= steps_between_looks(steps) or done == steps:
                    _ = self.model  # JAX has the weights elsewhere until they are asked for
                    after_steps(done - self.told)
                    self.told = done

            def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
                logs = logs or {}
                loss = float(logs["loss"])
                if not np.isfinite(loss):
                    raise TrainingFailed(f"the training loss became {loss} in epoch {epoch + 1}")
                accuracy = next(
                    (
                        float(logs[k])
                        for k in ("accuracy", "acc", "categorical_accuracy")
                        if k in logs
                    ),
                    float("nan"),
                )
                after_epoch(epoch, accuracy, loss)

        try:
            with ThreadPoolExecutor(1, thread_name_prefix="input") as thread:
                on_tensorflow = backend() == TENSORFLOW
                feed = self._as_dataset if on_tensorflow else self._as_batches
                self.model.fit(
                    feed(pipeline, thread),
                    epochs=pipeline.epochs,
                    steps_per_epoch=None if on_tensorflow else steps,
                    shuffle=False,
                    verbose=0,
                    callbacks=[Reports()],
                )
        except Exception as error:
            raise pipeline.error or error from None

    def _as_dataset(self, pipeline: InputPipeline, thread: Executor) -> Any:
        """Wrap the pipeline for `fit`: chunks are cut into batches outside Python."""
        import tensorflow as tf

        epochs = pipeline.epoch_chunks(thread)

        def one_epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
            yield from next(epochs)

        steps = -(-len(pipeline.rows_of(0)) // pipeline.batch_size)
        signature = (
            tf.TensorSpec((None, *pipeline.train.images.shape[1:]), tf.float32),
            tf.TensorSpec((None, len(pipeline.train.classes)), tf.float32),
        )
        options = tf.data.Options()
        options.autotune.enabled = False
        options.threading.private_threadpool_size = 1
        dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=signature)
        dataset = dataset.rebatch(pipeline.batch_size)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        return dataset.prefetch(2).with_options(options)

    def _as_batches(
        self, pipeline: InputPipeline, thread: Executor
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of all epochs for `fit`, the same ones as `_as_dataset`."""
        size = pipeline.batch_size
        for chunks in pipeline.epoch_chunks(thread):
            for images, labels in chunks:
                for at in range(0, len(images), size):
                    yield images[at : at + size], labels[at : at + size]

    def predict(
        self, images: Any, rows: np.ndarray, standardize: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Return class probabilities, float32 n×K, of ``images[rows]`` (uint8) in inference mode.

        Chunks have one size, the last one padded, so that nothing is traced twice.
        """
        image_bytes = 4 * int(np.prod(images.shape[1:]))
        size = int(np.clip(MEASURE_BYTES // image_bytes, 1, MEASURE_BATCH))
        answers = []
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            padded = np.resize(chunk, size)
            answers.append(self.model.predict_on_batch(standardize(images[padded]))[: len(chunk)])
        return np.concatenate(answers) if answers else np.zeros((0, 0), np.float32)


@dataclass
class Measured:
    """Accuracy (a fraction) and mean cross-entropy (nats) of predictions."""

    accuracy: float
    loss: float

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> Measured:
        """Measure n×K probabilities against n labels, in float64."""
        if not len(labels):
            return cls(float("nan"), float("nan"))
        loss = cross_entropy(probabilities, labels).mean()
        return cls(float((probabilities.argmax(1) == labels).mean()), float(loss))


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross-entropy in nats, float64 n, of n×K probabilities and n labels.

    Raises:
        TrainingFailed: a probability is not finite.
    """
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    if not np.isfinite(right).all():
        raise TrainingFailed("the model predicts NaN")
    return -np.log(np.clip(right, 1e-7, 1.0))


@dataclass
class Clock:
    """Wall seconds spent in named parts of a trial."""

    seconds: dict[str, float] = field(default_factory=dict)

    def measure(self, name: str) -> _Part:
        """Return a context manager that adds the time spent in it to ``name``."""
        return _Part(self, name)


@dataclass
class _Part:
    clock: Clock
    name: str
    began: float = 0.0

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self.began
        self.clock.seconds[self.name] = self.clock.seconds.get(self.name, 0.0) + spent
