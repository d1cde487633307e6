"""How does TensorFlow take one step of a GAN? The only file here that is tied to a backend."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from augbench.policies.gan.training import losses
from augbench.policies.gan.training.diffaugment import vary
from keras import ops

Tensor = Any


class AdversarialStep:
    """One update of a discriminator, then of its generator, then of the generator's average.

    All randomness comes in as arguments, so that a step is a function of them and the state.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        average: keras.Model,
        optimizers: tuple[keras.Optimizer, keras.Optimizer],
        loss: losses.Loss,
        augment: tuple[str, ...] = (),
        lecam: float = 0.0,
    ) -> None:
        """Join the networks.

        Args:
            generator: ``[noise, labels] -> samples``.
            discriminator: ``[samples, labels] -> scores``.
            average: a copy of ``generator`` that receives its moving average.
            optimizers: of generator and discriminator.
            loss: one of `losses.LOSSES`.
            augment: the kinds of DiffAugment (none for samples that are no images).
            lecam: weight of LeCam regularisation.
        """
        self.generator, self.discriminator, self.average = generator, discriminator, average
        self.optimizers, self.loss, self.augment = optimizers, loss, augment
        self.lecam = lecam if loss.lecam else 0.0
        self.scores = [keras.Variable(0.0, trainable=False, name=n) for n in ("real", "fake")]
        optimizers[0].build(generator.trainable_variables)
        optimizers[1].build(discriminator.trainable_variables)
        self._compiled = {
            punished: tf.function(lambda *a, p=punished: self._step(p, *a), autograph=False)
            for punished in (False, True)
        }

    @property
    def state(self) -> list[keras.Variable]:
        """All that a step changes, in a fixed order: what a checkpoint has to keep."""
        models = (self.generator, self.discriminator, self.average)
        weights = [v for model in models for v in model.variables]
        return weights + [v for o in self.optimizers for v in o.variables] + self.scores

    def __call__(
        self, number: int, real: Any, labels: Any, noise: Any, draws: Any, decay: float
    ) -> tuple[Tensor, Tensor]:
        """Take step ``number`` and return the losses of discriminator and generator.

        Args:
            number: counted from 0; decides when a lazy penalty is due.
            real: float32, B×H×W×C in [−1, 1].
            labels: int32, B.
            noise: float32, 2×B×latent.
            draws: float32 uniforms, 4×B×`diffaugment.DRAWS`.
            decay: of the moving average.
        """
        punished = self.loss.penalty != "none" and number % self.loss.every == 0
        arrays = [tf.convert_to_tensor(a) for a in (real, labels, noise, draws)]
        return self._compiled[punished](*arrays, tf.constant(decay, tf.float32))

    def _step(
        self, punished: bool, real: Tensor, labels: Tensor, noise: Tensor, draws: Tensor, decay: Any
    ) -> tuple[Tensor, Tensor]:
        fake = tf.stop_gradient(self.generator([noise[0], labels], training=True))
        seen_real = vary(real, draws[0], self.augment)
        seen_fake = vary(fake, draws[1], self.augment)
        with tf.GradientTape() as tape:
            both = self.discriminator(
                [ops.concatenate([seen_real, seen_fake]), ops.concatenate([labels, labels])],
                training=True,
            )
            real_scores, fake_scores = ops.split(both, 2)
            d_loss = self.loss.discriminator(real_scores, fake_scores)
            total = d_loss
            if self.lecam:
                total += self.lecam * losses.lecam(real_scores, fake_scores, *self.scores)
            if punished:
                total += self._penalty(seen_real, seen_fake, labels, draws[2])
        self._update(1, tape, total, self.discriminator)
        for variable, scores in zip(self.scores, (real_scores, fake_scores), strict=True):
            variable.assign(0.99 * variable + 0.01 * ops.mean(scores))

        with tf.GradientTape() as tape:
            fake = self.generator([noise[1], labels], training=True)
            scores = self.discriminator([vary(fake, draws[3], self.augment), labels])
            reference = real_scores
            if self.loss.needs_reals:
                reference = self.discriminator([seen_real, labels])
            g_loss = self.loss.generator(tf.stop_gradient(reference), scores)
        self._update(0, tape, g_loss, self.generator)
        for mean, value in zip(self.average.variables, self.generator.variables, strict=True):
            mean.assign(decay * mean + (1.0 - decay) * value)
        return d_loss, g_loss

    def _penalty(self, real: Tensor, fake: Tensor, labels: Tensor, draws: Tensor) -> Tensor:
        kind, total = self.loss.penalty, 0.0
        if kind in ("real", "both"):
            total += losses.zero_centred_penalty(self._slope(real, labels))
        if kind == "both":
            total += losses.zero_centred_penalty(self._slope(fake, labels))
        if kind == "between":
            middle = losses.between(real, fake, draws[:, 0])
            total += losses.one_centred_penalty(self._slope(middle, labels))
        return self.loss.weight * self.loss.every * total

    def _slope(self, images: Tensor, labels: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = ops.sum(self.discriminator([images, labels]))
        return tape.gradient(score, images)

    def _update(self, which: int, tape: Any, loss: Tensor, model: keras.Model) -> None:
        _apply(self.optimizers[which], tape, loss, model.trainable_variables)


class CycleStep:
    """One update of two discriminators, then of two translators. Zhu et al. 2017 (CycleGAN).

    ``translators`` are to class B and back to A, ``discriminators`` of B and of A.
    """

    cycle, identity = 10.0, 5.0

    def __init__(
        self,
        translators: tuple[keras.Model, keras.Model],
        discriminators: tuple[keras.Model, keras.Model],
        average: keras.Model,
        optimizers: tuple[keras.Optimizer, keras.Optimizer],
        augment: tuple[str, ...] = (),
    ) -> None:
        """Join the networks; ``average`` is a copy of the first translator."""
        self.translators, self.discriminators, self.average = translators, discriminators, average
        self.optimizers, self.augment = optimizers, augment
        for optimizer, models in zip(optimizers, (translators, discriminators), strict=True):
            optimizer.build([v for model in models for v in model.trainable_variables])
        self._compiled = tf.function(self._step, autograph=False)

    @property
    def state(self) -> list[keras.Variable]:
        """All that a step changes, in a fixed order: what a checkpoint has to keep."""
        models = (*self.translators, *self.discriminators, self.average)
        weights = [v for model in models for v in model.variables]
        return weights + [v for o in self.optimizers for v in o.variables]

    def __call__(self, source: Any, target: Any, draws: Any, decay: float) -> tuple[Tensor, Tensor]:
        """Take a step and return the losses of discriminators and translators.

        Args:
            source: float32, B×H×W×C in [−1, 1], images of A.
            target: float32, the same of B.
            draws: float32 uniforms, 2×B×`diffaugment.DRAWS`.
            decay: of the moving average.
        """
        arrays = [tf.convert_to_tensor(a) for a in (source, target, draws)]
        return self._compiled(*arrays, tf.constant(decay, tf.float32))

    def _step(
        self, source: Tensor, target: Tensor, draws: Tensor, decay: Any
    ) -> tuple[Tensor, Tensor]:
        real = (target, source)
        fake = [
            to(x, training=True) for to, x in zip(self.translators, (source, target), strict=True)
        ]
        labels = ops.zeros((ops.shape(source)[0],), dtype="int32")
        with tf.GradientTape() as tape:
            d_loss = 0.0
            for discriminator, x, y in zip(self.discriminators, real, fake, strict=True):
                seen = [vary(images, draws[0], self.augment) for images in (x, y)]
                scores = discriminator(
                    [ops.concatenate(seen), ops.concatenate([labels, labels])], training=True
                )
                d_loss += losses.least_squares_discriminator(*ops.split(scores, 2))
        _apply(self.optimizers[1], tape, d_loss, self._variables(self.discriminators))

        with tf.GradientTape() as tape:
            g_loss = 0.0
            pairs = zip(self.translators, self.discriminators, real, (source, target), strict=True)
            for number, (there, discriminator, wanted, given) in enumerate(pairs):
                translated = there(given, training=True)
                scores = discriminator([vary(translated, draws[1], self.augment), labels])
                back = self.translators[1 - number](translated, training=True)
                g_loss += losses.least_squares_generator(scores, scores)
                g_loss += self.cycle * losses.absolute_difference(given, back)
                unchanged = there(wanted, training=True)
                g_loss += self.identity * losses.absolute_difference(wanted, unchanged)
        _apply(self.optimizers[0], tape, g_loss, self._variables(self.translators))
        for mean, value in zip(self.average.variables, self.translators[0].variables, strict=True):
            mean.assign(decay * mean + (1.0 - decay) * value)
        return d_loss, g_loss

    def _variables(self, models: tuple[keras.Model, keras.Model]) -> list[keras.Variable]:
        return [v for model in models for v in model.trainable_variables]


def _apply(
    optimizer: keras.Optimizer, tape: Any, loss: Tensor, variables: list[keras.Variable]
) -> None:
    optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
