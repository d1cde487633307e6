"""How are images of one class made from those of another? Two translators, a cycle of both."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from augbench.policies.gan.networks import dcgan as networks
from augbench.policies.gan.networks.layers import Convolution, Crop, Seeds
from augbench.policies.gan.training.class_conditional import optimizer, to_pixels
from augbench.policies.gan.training.diffaugment import DRAWS
from augbench.policies.gan.training.loop import TrainingLoop
from augbench.policies.gan.training.options import TrainingOptions, augments
from augbench.policies.gan.training.step_tensorflow import CycleStep
from augbench.policies.quality.collapse import pixel_deviation
from augbench.policies.quality.probe_classifier import ProbeClassifier
from augbench.policies.random import stream
from keras import ops

Shape = tuple[int, int, int]
BLOCKS = 2


def translator(shape: Shape, width: int, rng: np.random.Generator) -> keras.Model:
    """Return ``images B×H×W×C in [−1, 1] -> images``.

    Zhu et al. 2017, appendix 7.2, small: down to half the size, residual blocks, up again, with
    instance normalisation.
    """
    seeds = Seeds(rng)
    images = keras.Input(shape)
    x = ops.relu(_normal(Convolution(width, 5, spectral=False, seed=seeds())(images)))
    x = ops.relu(_normal(Convolution(2 * width, 4, 2, spectral=False, seed=seeds())(x)))
    for _ in range(BLOCKS):
        y = ops.relu(_normal(Convolution(2 * width, 3, spectral=False, seed=seeds())(x)))
        x = x + _normal(Convolution(2 * width, 3, spectral=False, seed=seeds())(y))
    x = keras.layers.UpSampling2D(2)(x)
    x = ops.relu(_normal(Convolution(width, 3, spectral=False, seed=seeds())(x)))
    x = Convolution(shape[2], 5, spectral=False, seed=seeds())(x)
    return keras.Model(images, Crop(shape[0], shape[1])(ops.tanh(x)))


def _normal(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.GroupNormalization(groups=-1)(x)


def build(options: TrainingOptions, shape: Shape, seed: int) -> CycleStep:
    """Return translators, discriminators, optimizers and their joint step."""
    width = int(options.width or 0)
    to_target, average = (translator(shape, width, stream(seed, "cyclegan", 0)) for _ in range(2))
    back = translator(shape, width, stream(seed, "cyclegan", 1))
    of_target, of_source = (
        networks.dcgan_discriminator(shape, 1, width, True, stream(seed, "cyclegan", 2 + i))
        for i in range(2)
    )
    g_rate, d_rate = options.rates(1e-3)
    return CycleStep(
        (to_target, back),
        (of_target, of_source),
        average,
        (optimizer(options, g_rate), optimizer(options, d_rate)),
        augments(options.augment, shape),
    )


def translated(network: keras.Model, images: Any) -> np.ndarray:
    """Return what a translator makes of uint8 images N×H×W×C, 64 at a time."""
    pixels = np.empty(images.shape, np.uint8)
    for first in range(0, len(images), 64):
        part = images[first : first + 64]
        filled = np.zeros((64, *images.shape[1:]), np.float32)
        filled[: len(part)] = part.astype(np.float32) / 127.5 - 1.0
        translations = np.asarray(network.predict_on_batch(filled))[: len(part)]
        pixels[first : first + len(part)] = to_pixels(translations)
    return pixels


class TranslationLoop(TrainingLoop):
    """One CycleGAN on its way."""

    def __init__(
        self,
        source: Any,
        target: Any,
        held: Any,
        label: int,
        options: TrainingOptions,
        seed: int,
        probe: ProbeClassifier,
    ) -> None:
        """Start at step 0.

        Args:
            source: uint8, N×H×W×C, images to translate.
            target: uint8, M×H×W×C, images that they are to look like.
            held: uint8, L×H×W×C, such images that are not in ``target``.
            label: the class number of the target.
            options: complete ones.
            seed: the block's.
            probe: a classifier of all classes.
        """
        self._networks = build(options, source.shape[1:], seed)
        reference = held if len(held) >= 2 else target
        super().__init__(
            self._networks,
            int(options.steps or 0),
            seed,
            probe,
            reference,
            pixel_deviation(reference, np.zeros(len(reference))),
        )
        self.source, self.target, self.label, self.options = source, target, label, options
        self._shown = np.asarray(source[np.arange(min(len(source), 200))])

    def advance(self) -> Any:
        """Take a step on a batch that depends on seed, attempt and step alone."""
        rng = stream(self.seed, "cyclegan", "step", self.attempt, self.done)
        count = int(self.options.batch or 0)
        source, target = (
            images[rng.integers(len(images), size=count)].astype(np.float32) / 127.5 - 1.0
            for images in (self.source, self.target)
        )
        draws = rng.random((2, count, DRAWS), np.float32)
        decay = min(float(self.options.ema or 0.0), (1 + self.done) / (10 + self.done))
        return self._networks(source, target, draws, decay)

    def samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the translations of the first 200 source images."""
        return translated(self.step.average, self._shown), np.full(len(self._shown), self.label)
