"""What do the two networks of a GAN minimise? Each loss a formula with its source.

All functions take the discriminator's unbounded scores: float arrays of shape (B,), ``real`` for
real images and ``fake`` for generated ones, of the same classes in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

Tensor = Any


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))). Lim & Ye 2017, eq. 3; 2 where D is 0."""
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


def hinge_generator(real: Tensor, fake: Tensor) -> Tensor:
    """−E D(G(z)). Miyato et al. 2018 (SNGAN), eq. 17."""
    return -ops.mean(fake)


def saturating_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """−E log σ(D(x)) − E log(1 − σ(D(G(z)))). Goodfellow 2014, eq. 1; 2 log 2 where D is 0."""
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def nonsaturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """−E log σ(D(G(z))). Goodfellow et al. 2014, section 3; log 2 where D is 0."""
    return ops.mean(ops.softplus(-fake))


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E D(G(z)) − E D(x). Gulrajani et al. 2017, eq. 3 without its penalty; 0 at equality."""
    return ops.mean(fake) - ops.mean(real)


def wasserstein_generator(real: Tensor, fake: Tensor) -> Tensor:
    """−E D(G(z)). Gulrajani et al. 2017, algorithm 1."""
    return -ops.mean(fake)


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E softplus(−(D(x) − D(G(z)))). Jolicoeur-Martineau 2018; Huang et al. 2024 (R3GAN)."""
    return ops.mean(ops.softplus(fake - real))


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """E softplus(−(D(G(z)) − D(x))). Huang et al. 2024, eq. 2; log 2 at equality."""
    return ops.mean(ops.softplus(real - fake))


def zero_centred_penalty(gradient: Tensor) -> Tensor:
    """½ E ‖∇ₓ D(x)‖². Mescheder et al. 2018, eq. 9: R1 on real images, R2 on generated ones."""
    return 0.5 * ops.mean(_squared_norm(gradient))


def one_centred_penalty(gradient: Tensor) -> Tensor:
    """E (‖∇ₓ D(x̂)‖ − 1)². Gulrajani et al. 2017, eq. 3.

    The root is guarded: its slope at 0 is infinite, and one flat gradient would make all NaN.
    """
    return ops.mean(ops.square(ops.sqrt(_squared_norm(gradient) + 1e-12) - 1.0))


def between(real: Tensor, fake: Tensor, uniform: Tensor) -> Tensor:
    """x̂ = ε x + (1 − ε) G(z), ε uniform in [0, 1), one a sample (shape (B,))."""
    weight = ops.reshape(uniform, (-1,) + (1,) * (len(real.shape) - 1))
    return weight * real + (1.0 - weight) * fake


def lecam(real: Tensor, fake: Tensor, real_mean: Tensor, fake_mean: Tensor) -> Tensor:
    """E max(0, D(x) − α_F)² + E max(0, α_R − D(G(z)))². Tseng et al. 2021 (LeCam), eq. 3.

    ``real_mean`` and ``fake_mean`` are moving averages α_R, α_F of the discriminator's scores.
    """
    above = ops.mean(ops.square(ops.relu(real - fake_mean)))
    return above + ops.mean(ops.square(ops.relu(real_mean - fake)))


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """½ E (D(x) − 1)² + ½ E D(G(z))². Mao et al. 2017 (LSGAN), eq. 9; ¼ where D is ½."""
    return 0.5 * ops.mean(ops.square(real - 1.0)) + 0.5 * ops.mean(ops.square(fake))


def least_squares_generator(real: Tensor, fake: Tensor) -> Tensor:
    """½ E (D(G(z)) − 1)². Mao et al. 2017 (LSGAN), eq. 9; ⅛ where D is ½."""
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def absolute_difference(first: Tensor, second: Tensor) -> Tensor:
    """E |x − y| of a pixel: the cycle loss of x and F(G(x)), the identity loss of y and G(y).

    Zhu et al. 2017 (CycleGAN), eq. 2 and section 5.2.
    """
    return ops.mean(ops.abs(first - second))


def _squared_norm(gradient: Tensor) -> Tensor:
    return ops.sum(ops.square(ops.reshape(gradient, (ops.shape(gradient)[0], -1))), axis=1)


@dataclass(frozen=True)
class Loss:
    """A pair of objectives and the penalty that belongs to it.

    Attributes:
        discriminator: ``(real, fake) -> scalar``.
        generator: ``(real, fake) -> scalar``.
        penalty: where the discriminator's gradient is punished: ``none``; ``real`` (R1);
            ``both`` (R1 + R2); ``between`` (gradient penalty on interpolated images).
        weight: the penalty's factor (γ or λ).
        every: the penalty is computed each so many steps, times ``every`` (lazy regularisation,
            Karras et al. 2020, appendix B).
        spectral: whether the discriminator's weights are spectrally normalised.
        needs_reals: whether the generator's objective uses the real scores.
        lecam: whether LeCam regularisation applies (it needs scores with an absolute meaning).
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    penalty: str = "none"
    weight: float = 0.0
    every: int = 1
    spectral: bool = True
    needs_reals: bool = False
    lecam: bool = False


LOSSES = {
    "hinge": Loss(hinge_discriminator, hinge_generator, lecam=True),
    "non-saturating": Loss(
        saturating_discriminator,
        nonsaturating_generator,
        penalty="real",
        weight=0.1,
        every=16,
        lecam=True,
    ),
    "wasserstein-gp": Loss(
        wasserstein_discriminator,
        wasserstein_generator,
        penalty="between",
        weight=10.0,
        spectral=False,
    ),
    "relativistic": Loss(
        relativistic_discriminator,
        relativistic_generator,
        penalty="both",
        weight=1.0,
        spectral=False,
        needs_reals=True,
    ),
}
