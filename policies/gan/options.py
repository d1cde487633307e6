"""What decides how a GAN is trained? Validated options, their defaults by image size, their key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from typing import Any

from augbench.policies.code_identity import code_digest

from augbench.errors import InputError, nearest

ARCHITECTURES = ("dcgan", "stylegan")
LOSS_NAMES = ("hinge", "non-saturating", "wasserstein-gp", "relativistic")
OPTIMIZERS = ("adam", "rmsprop")
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

    Attributes:
        architecture: one of `ARCHITECTURES`.
        loss: one of `LOSS_NAMES`.
        optimizer: one of `OPTIMIZERS`.
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

    architecture: str = "dcgan"
    loss: str = "hinge"
    optimizer: str = "adam"
    learning_rate: float | tuple[float, float] | None = None
    beta_1: float = 0.0
    beta_2: float = 0.9
    augment: str = "auto"
    width: int | None = None
    steps: int | None = None
    ema: float | None = None
    batch: int | None = None
    latent: int = 24

    def __post_init__(self) -> None:
        if self.architecture == "cyclegan":
            raise InputError(
                "gan: cyclegan is a policy of its own: cyclegan(source='A', target='B')"
            )
        choice("architecture", self.architecture, ARCHITECTURES)
        choice("loss", self.loss, LOSS_NAMES)
        choice("optimizer", self.optimizer, OPTIMIZERS)
        for rate in self.rates(0.001):
            number("learning_rate", rate, 0.0, 1.0, open_below=True)
        number("beta_1", self.beta_1, 0.0, 1.0, open_above=True)
        number("beta_2", self.beta_2, 0.0, 1.0, open_above=True)
        if self.ema is not None:
            number("ema", self.ema, 0.0, 1.0, open_above=True)
        whole("width", self.width, 4, 256)
        whole("steps", self.steps, 1, 10_000_000)
        whole("batch", self.batch, 2, 1024)
        if self.latent is None:
            raise InputError("gan: latent=None: expected a whole number, 2 to 1,024")
        whole("latent", self.latent, 2, 1024)
        if not isinstance(self.augment, str):
            raise InputError(f"gan: augment={self.augment!r}: expected text such as 'translation'")
        augments(self.augment, (32, 32, 3))

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
        if self.learning_rate is None:
            return default, default
        if isinstance(self.learning_rate, (tuple, list)):
            if len(self.learning_rate) != 2:
                raise InputError(
                    f"gan: learning_rate={self.learning_rate!r}: expected one number, or two: "
                    "(generator, discriminator)"
                )
            return self.learning_rate[0], self.learning_rate[1]
        return self.learning_rate, self.learning_rate

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


def choice(name: str, value: Any, known: Iterable[str]) -> None:
    """Raise `InputError` unless ``value`` is one of ``known``."""
    if value not in tuple(known):
        raise InputError(
            f"gan: {name}={value!r} is not one of {', '.join(known)}{nearest(str(value), known)}"
        )


def number(
    name: str,
    value: Any,
    low: float,
    high: float,
    *,
    open_below: bool = False,
    open_above: bool = False,
) -> None:
    """Raise `InputError` unless ``value`` is a finite number from ``low`` to ``high``."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if fits:
        above = value > low if open_below else value >= low
        below = value < high if open_above else value <= high
        fits = above and below
    if not fits:
        start = f"more than {low:g}" if open_below else f"at least {low:g}"
        end = f"less than {high:g}" if open_above else f"at most {high:g}"
        raise InputError(f"gan: {name}={value!r}: expected a number, {start} and {end}")


def whole(name: str, value: Any, low: int, high: int) -> None:
    """Raise `InputError` unless ``value`` is None or a whole number from ``low`` to ``high``."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"gan: {name}={value!r}: expected a whole number, {low:,} to {high:,}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
