"""Are the losses their papers' formulas, and does each of them lead a generator to its data?"""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from augbench.policies.gan.training import losses
from augbench.policies.gan.training.diffaugment import DRAWS
from augbench.policies.gan.training.step_tensorflow import AdversarialStep
from keras import ops

ZERO = np.zeros(7, np.float32)


def scores(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0.5, 2, 64).astype(np.float32), rng.normal(-0.5, 2, 64).astype(np.float32)


@pytest.mark.parametrize(
    ("loss", "discriminator", "generator"),
    [
        ("hinge", 2.0, 0.0),
        ("non-saturating", 2 * math.log(2), math.log(2)),
        ("wasserstein-gp", 0.0, 0.0),
        ("relativistic", math.log(2), math.log(2)),
    ],
)
def test_a_discriminator_that_cannot_tell_has_the_value_of_the_papers(
    loss: str, discriminator: float, generator: float
) -> None:
    pair = losses.LOSSES[loss]
    assert float(pair.discriminator(ZERO, ZERO)) == pytest.approx(discriminator, abs=1e-6)
    assert float(pair.generator(ZERO, ZERO)) == pytest.approx(generator, abs=1e-6)


def test_the_losses_are_the_formulas_written_out_in_numpy() -> None:
    real, fake = scores(1)
    sigmoid = lambda x: 1 / (1 + np.exp(-x.astype(np.float64)))  # noqa: E731
    expected = {
        "hinge": (
            np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake)),
            -np.mean(fake),
        ),
        "non-saturating": (
            -np.mean(np.log(sigmoid(real))) - np.mean(np.log(1 - sigmoid(fake))),
            -np.mean(np.log(sigmoid(fake))),
        ),
        "wasserstein-gp": (np.mean(fake) - np.mean(real), -np.mean(fake)),
        "relativistic": (
            -np.mean(np.log(sigmoid(real - fake))),
            -np.mean(np.log(sigmoid(fake - real))),
        ),
    }
    assert set(expected) == set(losses.LOSSES)
    for name, (discriminator, generator) in expected.items():
        pair = losses.LOSSES[name]
        assert float(pair.discriminator(real, fake)) == pytest.approx(discriminator, rel=1e-5)
        assert float(pair.generator(real, fake)) == pytest.approx(generator, rel=1e-5)


def test_the_optimal_discriminator_gives_goodfellows_bound() -> None:
    # With D* = log(p/q), the loss is 2 log 2 − 2 JSD(p, q): here by quadrature of two normals.
    x = np.linspace(-12, 12, 20001)
    p = np.exp(-0.5 * (x - 1) ** 2) / np.sqrt(2 * np.pi)
    q = np.exp(-0.5 * (x + 1) ** 2) / np.sqrt(2 * np.pi)
    middle, step = (p + q) / 2, x[1] - x[0]
    divergence = 0.5 * step * np.sum(p * np.log(p / middle) + q * np.log(q / middle))
    rng = np.random.default_rng(3)
    real, fake = rng.normal(1, 1, 400_000), rng.normal(-1, 1, 400_000)
    best = losses.saturating_discriminator(2 * real, 2 * fake)  # log(p/q) = 2x
    assert float(best) == pytest.approx(2 * math.log(2) - 2 * divergence, abs=0.01)


def test_gradient_penalties_of_a_linear_score_have_their_closed_form() -> None:
    slope = np.tile(np.array([3.0, 4.0], np.float32), (5, 1))  # ‖∇D‖ = 5 everywhere
    assert float(losses.zero_centred_penalty(slope)) == pytest.approx(12.5)
    assert float(losses.one_centred_penalty(slope)) == pytest.approx(16.0)


def test_a_flat_score_does_not_make_the_gradient_penalty_nan() -> None:
    import tensorflow as tf

    slope = tf.Variable(np.zeros((5, 2), np.float32))
    with tf.GradientTape() as tape:
        penalty = losses.one_centred_penalty(slope)
    assert float(penalty) == pytest.approx(1.0, abs=1e-4)
    assert np.isfinite(tape.gradient(penalty, slope).numpy()).all()


def test_interpolated_samples_lie_uniformly_between_real_and_generated_ones() -> None:
    real, fake = np.ones((4, 2, 2, 1), np.float32), -np.ones((4, 2, 2, 1), np.float32)
    uniform = np.array([0.0, 0.25, 0.5, 1.0], np.float32)
    middle = np.asarray(losses.between(real, fake, uniform))
    assert (
        np.allclose(middle[:, 0, 0, 0], [-1, -0.5, 0, 1]) and (np.ptp(middle, (1, 2, 3)) == 0).all()
    )


def test_lecam_is_nothing_while_scores_stay_on_their_side() -> None:
    real, fake = np.full(8, -0.2, np.float32), np.full(8, 0.2, np.float32)
    assert float(losses.lecam(real, fake, 0.1, -0.1)) == 0.0
    assert float(losses.lecam(real + 1, fake, 0.1, -0.1)) == pytest.approx((0.8 + 0.1) ** 2)


CENTRES = np.array([[1.5, 0.0], [-0.75, 1.3], [-0.75, -1.3]], np.float32)


def networks(loss: str) -> AdversarialStep:
    def dense(units: int, seed: int) -> keras.layers.Dense:
        start = keras.initializers.GlorotUniform(seed=seed)
        return keras.layers.Dense(units, kernel_initializer=start)

    def generator() -> keras.Model:
        noise, labels = keras.Input((4,)), keras.Input((), dtype="int32")
        x = ops.concatenate([noise, ops.one_hot(labels, 3, dtype="float32")], axis=1)
        for seed in (1, 2):
            x = ops.relu(dense(32, seed)(x))
        return keras.Model([noise, labels], dense(2, 3)(x))

    points, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    x = ops.concatenate([points, ops.one_hot(labels, 3, dtype="float32")], axis=1)
    for seed in (4, 5):
        x = ops.leaky_relu(dense(64, seed)(x), 0.2)
    discriminator = keras.Model([points, labels], ops.squeeze(dense(1, 6)(x), -1))
    optimizers = tuple(keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.9) for _ in range(2))
    return AdversarialStep(
        generator(), discriminator, generator(), optimizers, losses.LOSSES[loss], (), 0.3
    )


@pytest.mark.parametrize("loss", sorted(losses.LOSSES))
def test_each_loss_finds_a_mixture_of_three_gaussians_in_the_plane(loss: str) -> None:
    step, rng = networks(loss), np.random.default_rng(0)
    slow = loss == "wasserstein-gp"  # which wants more steps of the critic for one of the generator
    for number in range(1_000 if slow else 600):
        labels = rng.integers(3, size=128).astype(np.int32)
        real = CENTRES[labels] + 0.2 * rng.standard_normal((128, 2), np.float32)
        noise = rng.standard_normal((2, 128, 4), np.float32)
        draws = rng.random((4, 128, DRAWS), np.float32)
        step(number, real, labels, noise, draws, min(0.99, (1 + number) / (10 + number)))
    labels = np.repeat(np.arange(3, dtype=np.int32), 500)
    points = np.asarray(step.average([rng.standard_normal((1500, 4), np.float32), labels]))
    for k in range(3):
        own = points[labels == k]
        assert np.linalg.norm(own.mean(0) - CENTRES[k]) < 0.25, (loss, k, own.mean(0))
        assert (own.std(0) > (0.02 if slow else 0.1)).all() and (own.std(0) < 0.45).all(), (
            loss,
            k,
            own.std(0),
        )
