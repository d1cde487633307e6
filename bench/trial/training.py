"""How the classifier is trained and measured: a warm, compiled model, reset for each trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from augbench.bench.trial.compiled_steps import CompiledSteps
from augbench.bench.trial.input_pipeline import CALLS_AN_EPOCH, STEPS_IN_A_CALL, InputPipeline

from augbench.backend import JAX, backend

MEASURE_BYTES = 32 * 2**20
#: images measured in one call; small, since the last call is filled up to it
MEASURE_BATCH = 128


class TrainingFailed(RuntimeError):
    """Training went wrong in a way that no retry of a step mends, such as a loss that is NaN."""


class _Watch:
    """Who is told of a training: every few steps, and after each epoch."""

    def __init__(
        self,
        steps: int,
        after_steps: Callable[[int], None],
        after_epoch: Callable[[int, float, float], None],
    ) -> None:
        self._steps, self._told = steps, 0
        self._after_steps, self._after_epoch = after_steps, after_epoch

    def due(self, done: int) -> bool:
        """Return whether a look is due after so many steps of an epoch."""
        return done - self._told >= steps_between_looks(self._steps) or done == self._steps

    def look(self, done: int) -> None:
        since = done - self._told
        self._told = done % self._steps
        self._after_steps(since)

    def epoch_ended(self, epoch: int, figures: dict[str, Any]) -> None:
        loss = float(figures["loss"])
        if not np.isfinite(loss):
            raise TrainingFailed(f"the training loss became {loss} in epoch {epoch + 1}")
        names = ("accuracy", "acc", "categorical_accuracy")
        accuracies = (float(figures[name]) for name in names if name in figures)
        self._after_epoch(epoch, next(accuracies, float("nan")), loss)


def steps_between_looks(steps: int) -> int:
    """Return after how many of an epoch's ``steps`` its weights are looked at again."""
    return min(STEPS_IN_A_CALL, -(-steps // CALLS_AN_EPOCH))


class WarmModel:
    """A compiled Keras model that starts each trial as if it had just been built.

    Tracing a fresh model costs more than a second; this one keeps its traced functions and gets
    the initial values of another, never compiled, one that is built with the trial's own seed.
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        """Build and compile what ``build() -> keras.Model`` returns.

        Args:
            build: gives a fresh model, uncompiled unless its maker compiled it.
        """
        self._build = build
        self.model = build()
        if not getattr(self.model, "compiled", False):
            self.model.compile(
                optimizer="adam",
                loss="categorical_crossentropy",
                metrics=["accuracy"],
                jit_compile=backend() == JAX,
            )
        self.model.optimizer.build(self.model.trainable_variables)
        self._optimizer_start = [v.numpy() for v in self.model.optimizer.variables]
        self._compiled = CompiledSteps.of(self.model)

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
        watch = _Watch(pipeline.steps, after_steps, after_epoch)
        fit = self._fit_by_keras if self._compiled is None else self._fit_in_calls
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="input") as thread:
                fit(pipeline, thread, watch)
        except Exception as error:
            raise pipeline.error or error from None

    def _fit_in_calls(self, pipeline: InputPipeline, thread: Executor, watch: _Watch) -> None:
        assert self._compiled is not None
        for epoch, chunks in enumerate(pipeline.epoch_chunks(thread)):
            self.model.reset_metrics()
            done = 0
            for images, labels in chunks:
                self._compiled.train(images, labels, pipeline.batch_size)
                done += -(-len(images) // pipeline.batch_size)
                of_call = done % pipeline.steps_in_a_call == 0 or done == pipeline.steps
                if of_call and watch.due(done):
                    watch.look(done)
            watch.epoch_ended(epoch, self.model.get_metrics_result())
        # averages that an optimiser of the user's keeps
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)

    def _fit_by_keras(self, pipeline: InputPipeline, thread: Executor, watch: _Watch) -> None:
        import keras

        class Reports(keras.callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
                if watch.due(batch + 1):
                    _ = self.model  # JAX has the weights elsewhere until they are asked for
                    watch.look(batch + 1)

            def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
                watch.epoch_ended(epoch, logs or {})

        self.model.steps_per_execution = 1  # several would run on into the next epoch
        self.model.fit(
            _batches(pipeline, thread),
            epochs=pipeline.epochs,
            steps_per_epoch=pipeline.steps,
            shuffle=False,
            verbose=0,
            callbacks=[Reports()],
        )

    def predict(
        self, images: Any, rows: np.ndarray, standardize: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Return class probabilities, float32 n×K, of ``images[rows]`` (uint8) in inference mode.

        Chunks have one size, the last one padded, so that nothing is traced twice.
        """
        image_bytes = 4 * int(np.prod(images.shape[1:]))
        size = int(np.clip(MEASURE_BYTES // image_bytes, 1, MEASURE_BATCH))
        predict = (self._compiled or self.model).predict_on_batch
        answers = []
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            padded = np.resize(chunk, size)
            answers.append(predict(standardize(images[padded]))[: len(chunk)])
        return np.concatenate(answers) if answers else np.zeros((0, 0), np.float32)


def _batches(pipeline: InputPipeline, thread: Executor) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the batches of all epochs."""
    size = pipeline.batch_size
    for chunks in pipeline.epoch_chunks(thread):
        for images, labels in chunks:
            for at in range(0, len(images), size):
                yield images[at : at + size], labels[at : at + size]


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
