"""How does a training go on: watched, rolled back once, resumed, and its best snapshots kept?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from augbench.policies import artefact
from augbench.policies.quality.collapse import pixel_deviation
from augbench.policies.quality.distances import kernel_distance
from augbench.policies.quality.probe_classifier import ProbeClassifier

SNAPSHOTS = 12
COLLAPSED = 0.05
SAVE_SECONDS = 30.0
WATCH = 25


class TrainingFailed(RuntimeError):
    """The GAN diverged or collapsed twice: this trial has no result, others go on."""


class Step(Protocol):
    """The networks under training.

    Attributes:
        state: all variables that a step changes, in a fixed order.
        optimizers: whose learning rates are halved after trouble.
        average: the network whose weights are the result.
    """

    optimizers: tuple[keras.Optimizer, keras.Optimizer]
    average: keras.Model

    @property
    def state(self) -> list[keras.Variable]: ...


class TrainingLoop:
    """One training on its way: step number, the best snapshots, what was rolled back.

    A subclass takes a step in `advance` and makes images to judge a snapshot by in `samples`.
    """

    #: how many snapshots are kept, those with the lowest KID
    keeps = 1

    def __init__(
        self,
        step: Step,
        steps: int,
        seed: int,
        probe: ProbeClassifier,
        reference: Any,
        deviation: float,
    ) -> None:
        """Start at step 0.

        Args:
            step: the networks.
            steps: how many steps there are.
            seed: the block's.
            probe: a classifier of real images.
            reference: uint8, N×H×W×C, real images that snapshots are compared with.
            deviation: of a pixel among the real images of a class, 0…127.5.
        """
        self.step, self.steps, self.seed, self.probe = step, steps, seed, probe
        self.done, self.attempt = 0, 0
        self.seconds, self.seconds_before = 0.0, 0.0
        self.history: list[dict[str, float]] = []
        self.best: list[tuple[float, list[np.ndarray]]] = []
        self._good = (0, [v.numpy() for v in step.state])
        self._reference = probe.features(reference)
        self._deviation = deviation

    def advance(self) -> Any:
        """Take step ``done`` and return the losses of discriminator and generator."""
        raise TypeError(f"{type(self).__name__} does not say how to take a step")

    def samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return images of ``step.average``, uint8 N×H×W×C, always of the same noise; labels."""
        raise TypeError(f"{type(self).__name__} does not say how to make images")

    def run(self, progress: Callable[[str], None], checkpoint: Path | None = None) -> None:
        """Train to the end, from ``checkpoint`` where there is one.

        Raises:
            TrainingFailed: where losses stop being numbers, or samples become all alike, and
                that once more after going back to the last good snapshot at half the speed.
        """
        if checkpoint is not None:
            self._resume(checkpoint)
        steps, began = self.steps, time.perf_counter()
        saved = began
        self.seconds_before, first, timed = self.seconds, self.done, 0.0
        every = max(1, steps // SNAPSHOTS)
        while self.done < steps:
            losses = self.advance()
            self.done += 1
            if self.done == first + 3:
                timed = time.perf_counter()
            if self.done == first + 8 and first == 0:
                each = (time.perf_counter() - timed) / 5
                progress(f"gan: {steps:,} steps of {1e3 * each:.0f} ms, {_clock(each * steps)}")
            ends = self.done % every == 0 or self.done == steps
            if ends or self.done % WATCH == 0:
                values = [float(x) for x in losses]
                trouble = "" if np.isfinite(values).all() else "losses are not numbers any more"
                if ends and not trouble:
                    trouble = self._watch(values, progress)
                if trouble:
                    self._roll_back(trouble, progress)
            self.seconds = self.seconds_before + time.perf_counter() - began
            if ends and checkpoint is not None and time.perf_counter() - saved > SAVE_SECONDS:
                self._save(checkpoint)
                saved = time.perf_counter()

    def snapshots(self) -> list[list[np.ndarray]]:
        """Return the averaged generator's weights at the best snapshots, lowest KID first."""
        if not self.best:
            raise TrainingFailed("gan: no snapshot was taken")
        return [weights for _, weights in self.best]

    def _watch(self, losses: list[float], progress: Callable[[str], None]) -> str:
        """Look at a snapshot; return what is wrong with it, or nothing."""
        weights = [np.array(w) for w in self.step.average.get_weights()]
        if not all(np.isfinite(w).all() for w in weights):
            return "weights are not numbers any more"
        images, labels = self.samples()
        features, probabilities = self.probe.examine(images)
        kid = kernel_distance(self._reference, features)
        right = float((probabilities.argmax(1) == labels).mean())
        self.history.append(
            {"step": self.done, "d": losses[0], "g": losses[1], "kid": kid, "right": right}
        )
        progress(
            f"gan: step {self.done:,} of {self.steps:,}, losses {losses[0]:.2f} {losses[1]:.2f}, "
            f"KID {kid:.3f}, labels right in {right:.0%}"
        )
        alike = pixel_deviation(images, labels) < COLLAPSED * self._deviation
        if alike and self.done > self.steps / 3:
            return "the images of a class have become all alike"
        self.best = sorted([*self.best, (kid, weights)], key=lambda snapshot: snapshot[0])[
            : self.keeps
        ]
        self._good = (self.done, [v.numpy() for v in self.step.state])
        return ""

    def _roll_back(self, trouble: str, progress: Callable[[str], None]) -> None:
        if self.attempt:
            raise TrainingFailed(
                f"gan: at step {self.done:,} {trouble}, again after going back once and halving "
                f"the learning rate; try a lower learning_rate or another loss"
            )
        progress(f"gan: at step {self.done:,} {trouble}; back to step {self._good[0]:,}")
        self.attempt = 1
        self.done, values = self._good
        self._restore(values)
        for optimizer in self.step.optimizers:
            optimizer.learning_rate.assign(0.5 * optimizer.learning_rate)

    def _restore(self, values: list[np.ndarray]) -> None:
        for variable, value in zip(self.step.state, values, strict=True):
            variable.assign(value)

    def _save(self, path: Path) -> None:
        arrays = artefact.numbered("state", [v.numpy() for v in self.step.state])
        arrays |= artefact.numbered("good", self._good[1])
        meta: dict[str, Any] = {
            "done": self.done,
            "attempt": self.attempt,
            "seconds": self.seconds,
            "history": self.history,
            "good": self._good[0],
            "best": [kid for kid, _ in self.best],
        }
        arrays |= artefact.stacked("best", [weights for _, weights in self.best])
        artefact.save(path, arrays, meta)

    def _resume(self, path: Path) -> None:
        saved = artefact.load(path)
        if saved is None:
            return
        arrays, meta = saved
        self._restore(artefact.listed("state", arrays))
        self._good = (meta["good"], artefact.listed("good", arrays))
        self.done, self.attempt = meta["done"], meta["attempt"]
        self.seconds, self.history = meta["seconds"], meta["history"]
        self.best = list(zip(meta["best"], artefact.unstacked("best", arrays), strict=True))


def _clock(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 120 else f"about {seconds / 60:.0f} minutes"
