"""What decides how a GAN is trained? Options and their ranges, defaults by image size, a key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Len, Lt
from augbench.policies.code_identity import code_digest
from augbench.policies.validation import Advice

from augbench.errors import InputError, nearest

Architecture = Annotated[
    Literal["dcgan", "stylegan"],
    Advice("CycleGAN is a policy of its own: cyclegan(source='A', target='B')"),
]
LossName = Literal["hinge", "non-saturating", "wasserstein-gp", "relativistic"]
OptimizerName = Literal["adam", "rmsprop"]
Rate = Annotated[float, Gt(0), Le(1)]
LearningRate = Rate | Annotated[Sequence[Rate], Len(2, 2)]
Decay = Annotated[float, Ge(0), Lt(1)]
Width = Annotated[int, Ge(4), Le(256)]
Steps = Annotated[int, Ge(1), Le(10_000_000)]
BatchSize = Annotated[int, Ge(2), Le(1_024)]
Latent = Annotated[int, Ge(2), Le(1_024)]
Minutes = Annotated[float, Gt(0), Le(10_000)]

AUGMENTS = ("translation", "colour", "cutout")
LEAST_STEPS = 1_500
"""A GAN given minutes gets at least so many steps; below, it would learn nothing worth having."""
SIDES = (8, 128)

MAKE_NUMBERS = (
    *("keras", "tensorflow", "numpy", "scipy", "scikit-learn"),
    *("opencv-python-headless", "opencv-python"),
)
"""Distributions whose versions can change a GAN or its judgement."""

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class TrainingOptions:
    """Everything about a GAN that changes its weights; None asks for the default of the size.

    Policies check the ranges of what users type, by the same annotations (`validation.checked`).

    Attributes:
        architecture: of the generator.
        loss: what both networks minimise.
        optimizer: of both networks.
        learning_rate: of both networks, or (generator, discriminator).
        beta_1: decay of Adam's first moment (rmsprop: its momentum).
        beta_2: decay of the second moment (rmsprop: its ``rho``).
        augment: kinds of DiffAugment, comma-separated, ``auto`` or ``none``.
        width: channels at full resolution; each halving doubles them, up to 8 ×.
        steps: updates of each network.
        ema: decay of the generator's moving average.
        batch: images a step.
        latent: numbers of noise an image is made from.
    """

    architecture: Architecture = "dcgan"
    loss: LossName = "hinge"
    optimizer: OptimizerName = "adam"
    learning_rate: float | tuple[float, float] | None = None
    beta_1: Decay = 0.0
    beta_2: Decay = 0.9
    augment: str = "auto"
    width: Width | None = None
    steps: Steps | None = None
    ema: Decay | None = None
    batch: BatchSize | None = None
    latent: Latent = 24

    def check(self, shape: Shape) -> None:
        """Raise `InputError` if images H×W×C are not what these options can generate."""
        if not all(SIDES[0] <= side <= SIDES[1] for side in shape[:2]):
            raise InputError(
                f"gan: images of {shape[0]}×{shape[1]} pixels: {SIDES[0]}×{SIDES[0]} to "
                f"{SIDES[1]}×{SIDES[1]} are possible; choose another --image-size"
            )
        augments(self.augment, shape)

    def rates(self, default: float) -> tuple[float, float]:
        """Return the learning rates of generator and discriminator."""
        rate = default if self.learning_rate is None else self.learning_rate
        return rate if isinstance(rate, tuple) else (rate, rate)

    def complete(self, shape: Shape) -> TrainingOptions:
        """Return the options with every None replaced by what fits images H×W×C."""
        pixels = shape[0] * shape[1]
        width = self.width or (8 if pixels > 64 * 64 else 16)
        steps = self.steps or (2_000 if pixels <= 16 * 16 else 3_000)
        ema = 1.0 - 1.0 / max(20.0, min(1_000.0, 0.03 * steps)) if self.ema is None else self.ema
        high = 2e-3 if self.architecture == "dcgan" and self.loss == "hinge" else 1e-3
        rates = self.rates(high) if width <= 32 else (2e-4, 4e-4)
        return replace(
            self,
            width=width,
            steps=steps,
            ema=ema,
            batch=self.batch or (32 if pixels <= 16 * 16 else 64),
            learning_rate=rates if self.learning_rate is None else self.rates(high),
        )

    def key(self, **other: Any) -> str:
        """Return the name of what these options and ``other`` (JSON-able) make: 24 hex digits.

        Part of it are the versions of the libraries that compute, and of the code here.
        """
        parts = {
            "options": asdict(self),
            "other": other,
            "code": code_digest("augbench.policies.gan"),
            "versions": {name: _version(name) for name in MAKE_NUMBERS},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def rates_of(given: float | Sequence[float] | None) -> float | tuple[float, float] | None:
    """Return learning rates as `TrainingOptions` holds them; a list as typed becomes a pair."""
    return (given[0], given[1]) if isinstance(given, Sequence) else given


def augments(text: str, shape: Shape) -> tuple[str, ...]:
    """Return the kinds in ``"translation,colour"``; ``"none"`` is empty, ``"auto"`` fits H×W×C.

    ``auto`` is translation, and colour for colour images; nothing up to 16 pixels, where the
    subject fills the image and two pixels are much.

    Raises:
        InputError: for an unknown kind, or colour on grey images.
    """
    channels = shape[2]
    if text == "auto":
        if min(shape[:2]) <= 16:
            return ()
        return ("translation",) if channels == 1 else ("translation", "colour")
    names = [name.strip() for name in text.split(",") if name.strip() not in ("", "none")]
    for name in names:
        if name not in AUGMENTS:
            raise InputError(
                f"gan: augment={text!r}: {name!r} is not one of auto, none, "
                f"{', '.join(AUGMENTS)}{nearest(name, AUGMENTS)}"
            )
    if "colour" in names and channels == 1:
        raise InputError(f"gan: augment={text!r}: 'colour' needs colour images; leave it out")
    return tuple(name for name in AUGMENTS if name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
