"""How is a class-conditional GAN built, and what does it see in a step?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import keras
import numpy as np
from augbench.policies.gan.networks import dcgan as networks
from augbench.policies.gan.networks import stylegan
from augbench.policies.gan.training.diffaugment import DRAWS
from augbench.policies.gan.training.loop import TrainingLoop
from augbench.policies.gan.training.losses import LOSSES
from augbench.policies.gan.training.options import TrainingOptions, augments
from augbench.policies.gan.training.step_tensorflow import AdversarialStep
from augbench.policies.quality.collapse import pixel_deviation
from augbench.policies.quality.hold_out import HoldOut
from augbench.policies.quality.probe_classifier import ProbeClassifier
from augbench.policies.random import stream

Shape = tuple[int, int, int]
SAMPLE = 500
LECAM_WEIGHT = 0.3
LECAM_BELOW = 5_000


def build(
    options: TrainingOptions, shape: Shape, classes: int, count: int, seed: int
) -> AdversarialStep:
    """Return networks, optimizers and their joint step for ``count`` images H×W×C."""
    loss = LOSSES[options.loss]
    first, average = (generator(options, shape, classes, seed) for _ in range(2))
    discriminator = networks.dcgan_discriminator(
        shape,
        classes,
        int(options.width or 0),
        loss.spectral,
        stream(seed, "gan", "discriminator"),
    )
    g_rate, d_rate = options.rates(1e-3)
    return AdversarialStep(
        first,
        discriminator,
        average,
        (optimizer(options, g_rate), optimizer(options, d_rate)),
        loss,
        augments(options.augment, shape),
        LECAM_WEIGHT if count < LECAM_BELOW else 0.0,
    )


def generator(options: TrainingOptions, shape: Shape, classes: int, seed: int) -> keras.Model:
    """Return the untrained generator of complete options for images H×W×C."""
    make: Callable[..., keras.Model] = {
        "dcgan": networks.dcgan_generator,
        "stylegan": stylegan.stylegan_generator,
    }[options.architecture]
    rng = stream(seed, "gan", "generator")
    return make(shape, classes, int(options.width or 0), options.latent, rng)


def optimizer(options: TrainingOptions, rate: float) -> keras.Optimizer:
    """Return Adam or RMSprop with the options' betas."""
    if options.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, rho=options.beta_2, momentum=options.beta_1)
    return keras.optimizers.Adam(rate, beta_1=options.beta_1, beta_2=options.beta_2)


def noise_length(network: keras.Model) -> int:
    """Return how many normal numbers a generator makes one sample from."""
    return int(network.inputs[0].shape[-1])


def sample(network: keras.Model, noise: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return uint8 images N×H×W×C of float32 noise N×latent and class numbers N."""
    chunks = []
    for first in range(0, len(labels), 64):
        z = np.zeros((64, noise.shape[1]), np.float32)
        y = np.zeros(64, np.int32)
        rows = slice(first, first + 64)
        z[: len(noise[rows])], y[: len(labels[rows])] = noise[rows], labels[rows]
        images = np.asarray(network.predict_on_batch([z, y]))[: len(labels[rows])]
        chunks.append(to_pixels(images))
    return np.concatenate(chunks)


def to_pixels(images: np.ndarray) -> np.ndarray:
    """Return float images in [−1, 1] as uint8; what is not a number becomes 0."""
    scaled = np.nan_to_num((np.asarray(images) + 1.0) * 127.5)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def batch(
    parts: HoldOut, rows: list[np.ndarray], options: TrainingOptions, latent: int, *name: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return real images, labels, noise and DiffAugment's draws of the step called ``name``.

    Every class has the same number of places in a batch, give or take one.
    """
    rng, count = stream(*name), int(options.batch or 0)
    present = [k for k, own in enumerate(rows) if len(own)]
    repeats = -(-count // len(present))
    labels = np.concatenate([rng.permutation(present) for _ in range(repeats)])[:count]
    chosen = [rows[k][rng.integers(len(rows[k]))] for k in labels]
    real = parts.fit[chosen].astype(np.float32) / 127.5 - 1.0
    noise = rng.standard_normal((2, count, latent), np.float32)
    draws = rng.random((4, count, DRAWS), np.float32)
    return real, labels.astype(np.int32), noise, draws


class ClassConditionalLoop(TrainingLoop):
    """One class-conditional GAN on its way."""

    keeps = 8

    def __init__(
        self,
        parts: HoldOut,
        options: TrainingOptions,
        seed: int,
        probe: ProbeClassifier,
        wanted: Collection[int] | None = None,
    ) -> None:
        """Start at step 0.

        Args:
            parts: the real images.
            options: complete ones.
            seed: the block's.
            probe: a classifier that has learnt from ``parts.fit``.
            wanted: the classes to learn; None for all.
        """
        self.parts, self.options = parts, options
        classes = len(parts.classes)
        networks = build(options, parts.shape, classes, len(parts.fit), seed)
        super().__init__(
            networks,
            int(options.steps or 0),
            seed,
            probe,
            parts.held if len(parts.held) >= 2 else parts.fit,
            pixel_deviation(parts.fit, parts.fit_labels),
        )
        self._networks = networks
        self.latent = noise_length(networks.generator)
        self.rows = [
            np.flatnonzero((parts.fit_labels == k) & (wanted is None or k in wanted))
            for k in range(classes)
        ]
        present = [k for k in range(classes) if len(self.rows[k])]
        self._labels = np.resize(np.array(present, np.int32), SAMPLE)
        self._noise = stream(seed, "gan", "watch").standard_normal(
            (SAMPLE, self.latent), np.float32
        )

    def advance(self) -> Any:
        """Take a step on a batch that depends on seed, attempt and step alone."""
        name = (self.seed, "gan", "step", self.attempt, self.done)
        arrays = batch(self.parts, self.rows, self.options, self.latent, *name)
        decay = min(float(self.options.ema or 0.0), (1 + self.done) / (10 + self.done))
        return self._networks(self.done, *arrays, decay)

    def samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return 500 images of the averaged generator, equally many of each class."""
        return sample(self.step.average, self._noise, self._labels), self._labels
