"""How far apart are the pixels that the engines make of one spec with the same draws?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import Engine, engine_class
from augbench.policies.engines.quirks import quirks_of
from augbench.policies.spec.draws import draw
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError, nearest

_BATCH = 32


@dataclass(frozen=True)
class Pair:
    """How far apart the pixels of two engines are.

    Attributes:
        engine_a: the first engine's name.
        engine_b: the second's.
        largest: the largest difference, in grey levels 0…255.
        mean: the mean absolute difference over all values, in grey levels.
        share: the share of pixels of which any channel differs, 0…1.
        worst: the image whose mean difference is largest.
    """

    engine_a: str
    engine_b: str
    largest: int
    mean: float
    share: float
    worst: int


@dataclass(frozen=True)
class Parity:
    """One spec through every engine that can, on the same images with the same draws.

    Attributes:
        spec: the spec.
        shape: height, width and channels of the images.
        images: how many there were.
        seed: the seed of the draws; the epoch is 0.
        images_per_second: of each engine that ran, called from one thread.
        refusals: the others, with the reason.
        pairs: every two engines that ran.
        quirks: what is known of this spec on images of this shape, a sentence each.
        worst: the image that any two engines differ most on, None where fewer than two ran.
        draws: what was done to it, in words.
        pictures: the worst image, uint8 H×W×C, as ``original`` and by each engine's name.
    """

    spec: AugmentationSpec
    shape: tuple[int, int, int]
    images: int
    seed: int
    images_per_second: dict[str, float]
    refusals: dict[str, str]
    pairs: tuple[Pair, ...]
    quirks: tuple[str, ...]
    worst: int | None = None
    draws: str = ""
    pictures: dict[str, np.ndarray] = field(default_factory=dict)


def compare(
    spec: Any,
    images: np.ndarray,
    engines: Sequence[str] | None = None,
    seed: int = 0,
) -> Parity:
    """Apply ``spec`` to ``images`` with each engine, matched draws, and compare what they make.

    Args:
        spec: what `load_spec` takes.
        images: uint8, N×H×W×C; image n gets row n of the draws of ``seed``.
        engines: names of engines; all where none are given.
        seed: of the draws.

    Raises:
        InputError: for an unknown engine, or no image.
    """
    loaded = load_spec(spec)
    if not len(images):
        raise InputError("there is no image to compare engines on")
    height, width, channels = (int(size) for size in images.shape[1:])
    shape = (height, width, channels)
    ready, refusals = _ready(loaded, list(PLACES) if engines is None else engines, shape)
    seconds = dict.fromkeys(ready, 0.0)
    sums = {names: _Sum(*names) for names in combinations(ready, 2)}
    for engine in ready.values():  # what is built once is no part of the speed
        engine.change(_batch(images, seed, 0))
    for start in range(0, len(images), _BATCH):
        changed = {}
        for name, engine in ready.items():
            batch = _batch(images, seed, start)
            began = time.perf_counter()
            changed[name] = engine.change(batch).images
            seconds[name] += time.perf_counter() - began
        for (a, b), differences in sums.items():
            differences.add(changed[a], changed[b])
    worst = _worst(list(sums.values()))
    rates = {name: len(images) / taken for name, taken in seconds.items()}
    quirks = tuple(quirks_of(loaded, shape, tuple(ready)))
    pairs = tuple(differences.pair() for differences in sums.values())
    if worst is None:
        return Parity(loaded, shape, len(images), seed, rates, refusals, pairs, quirks)
    alone = _batch(images, seed, worst, 1)
    shown = {name: engine.change(alone).images[0] for name, engine in ready.items()}
    caption = draw(loaded, seed, 0, worst + 1, (height, width)).captions()[worst]
    pictures = {"original": np.asarray(images[worst]), **shown}
    return Parity(
        loaded, shape, len(images), seed, rates, refusals, pairs, quirks, worst, caption, pictures
    )


def _ready(
    spec: AugmentationSpec, names: Sequence[str], shape: tuple[int, int, int]
) -> tuple[dict[str, Engine], dict[str, str]]:
    """Return the engines that can apply ``spec``, and why the others cannot."""
    ready: dict[str, Engine] = {}
    refusals: dict[str, str] = {}
    for name in names:
        if name not in PLACES:
            hint = nearest(name, PLACES) or f"; there are {', '.join(PLACES)}"
            raise InputError(f"no engine {name!r}{hint}")
        engine = engine_class(name)(spec)
        try:
            engine.check(shape, 1)
            ready[name] = engine
        except InputError as error:
            refusals[name] = str(error)
    return ready, refusals


def _batch(images: np.ndarray, seed: int, start: int, count: int = _BATCH) -> Batch:
    part = np.ascontiguousarray(images[start : start + count])
    rows = np.arange(start, start + len(part))
    return Batch(part, np.ones((len(part), 1), np.float32), rows, seed, 0, start // _BATCH)


class _Sum:
    """Differences of two engines, added up batch by batch."""

    def __init__(self, engine_a: str, engine_b: str) -> None:
        self.names = (engine_a, engine_b)
        self.largest = 0
        self.means: list[np.ndarray] = []
        self.shares: list[np.ndarray] = []

    def add(self, a: np.ndarray, b: np.ndarray) -> None:
        apart = np.abs(a.astype(np.int16) - b.astype(np.int16))
        self.largest = max(self.largest, int(apart.max()))
        self.means.append(apart.mean(axis=(1, 2, 3)))
        self.shares.append((apart.max(axis=3) > 0).mean(axis=(1, 2)))

    @property
    def by_image(self) -> np.ndarray:
        return np.concatenate(self.means)

    def pair(self) -> Pair:
        means, shares = self.by_image, np.concatenate(self.shares)
        return Pair(
            *self.names,
            largest=self.largest,
            mean=float(means.mean()),
            share=float(shares.mean()),
            worst=int(means.argmax()),
        )


def _worst(sums: list[_Sum]) -> int | None:
    """Return the image on which any two engines differ most."""
    if not sums:
        return None
    return int(np.max([differences.by_image for differences in sums], axis=0).argmax())
