"""What more does a policy make of batches, where a rendering alone does not settle a question?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from augbench.bench.gate.rendering.rendering import BATCH, Moment, Rendering
from augbench.policies.base import Batch
from augbench.policies.returned import changed

#: steps of each moment of `Outcomes`
STEPS = 48
#: the grey levels of which `Probe.responses` tells what becomes of them, more near both ends
RESPONSE_LEVELS = np.array([0, 5, 10, *range(15, 241, 15), 245, 250, 255])
#: images whose draws must be read, and which share of all
_FEWEST, _READABLE = 64, 0.9
_RESPONSE_BATCHES, _RESPONSE_SIDE = 2, 16


@dataclass(frozen=True)
class Outcomes:
    """What became of one batch, met again and again: a number a row, equal where the rows are.

    Attributes:
        epochs: int64, 2×`STEPS`×`BATCH`, of the first epoch and the next.
        other_seed: int64, `STEPS`×`BATCH`, of the first epoch under another seed.
        given: int64, `BATCH`, that of rows that stay as they were.
    """

    epochs: np.ndarray
    other_seed: np.ndarray
    given: np.ndarray


@dataclass(frozen=True)
class Probe:
    """A rendering, and what else its policy is asked when a check needs it."""

    rendering: Rendering

    @property
    def readable(self) -> bool:
        """Whether so much was read from pixels that what was not cannot decide.

        In images of a few pixels a side, what is read is what was moved little.
        """
        known = self.rendering.measured.known
        return bool(known.sum() >= _FEWEST and known.mean() >= _READABLE)

    @cached_property
    def outcomes(self) -> Outcomes:
        """`twice` in many steps, two epochs and under two seeds."""
        known: dict[bytes, int] = {}
        moments = ((0, 0), (0, 1), (1, 0))
        made = np.array(
            [
                [self._numbered(Moment(seed, epoch, step), known) for step in range(STEPS)]
                for seed, epoch in moments
            ]
        )
        return Outcomes(made[:2], made[2], _numbers(*self.twice, known))

    @cached_property
    def twice(self) -> tuple[np.ndarray, np.ndarray]:
        """Half a batch of pictures and once more the same: images and labels."""
        given = self.rendering.given
        half = np.arange(BATCH // 2) % len(self.rendering.cards.pictures)
        rows = np.concatenate([half, half])
        return given.images[rows], given.labels[rows]

    @cached_property
    def responses(self) -> np.ndarray:
        """What becomes of each of `RESPONSE_LEVELS`, float64, levels × rows × pixels.

        A row is drawn alike for all levels; pixels are those in the middle of images of one level.
        """
        height, width, _ = shape = self.rendering.cards.shape
        top, left = (max(0, (side - _RESPONSE_SIDE) // 2) for side in (height, width))
        middle = np.s_[:, top : top + _RESPONSE_SIDE, left : left + _RESPONSE_SIDE]
        by_level = []
        for level in RESPONSE_LEVELS:
            images = np.full((BATCH, *shape), level, np.uint8)
            rows = [
                self.made(Moment(0, 0, step), images)[0][middle]
                for step in range(_RESPONSE_BATCHES)
            ]
            by_level.append(np.concatenate(rows).reshape(_RESPONSE_BATCHES * BATCH, -1))
        return np.array(by_level, np.float64)

    def made(
        self, moment: Moment, images: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels that the policy makes of a batch, by default of `twice`.

        What draws from the generators that all of Python shares draws alike in each call.
        """
        batch = self.batch(moment, self.twice[0] if images is None else images)
        with shared_generators(0, 0):
            made = changed(self.rendering.subject.policy, batch)
        return made.images, made.labels

    def batch(self, moment: Moment, images: np.ndarray) -> Batch:
        """Return a batch of copies at a moment, with the labels of `twice`."""
        return Batch(
            images.copy(),
            self.twice[1].copy(),
            moment.rows,
            seed=moment.seed,
            epoch=moment.epoch,
            step=moment.step,
        )

    def _numbered(self, moment: Moment, known: dict[bytes, int]) -> np.ndarray:
        return _numbers(*self.made(moment), known)


@contextmanager
def shared_generators(numpy_seed: int, python_seed: int) -> Iterator[None]:
    """Seed ``np.random`` and ``random`` for a while; both are restored."""
    states = np.random.get_state(), random.getstate()
    try:
        np.random.seed(numpy_seed)
        random.seed(python_seed)
        yield
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


def _numbers(images: np.ndarray, labels: np.ndarray, known: dict[bytes, int]) -> np.ndarray:
    rounded = np.round(np.asarray(labels, np.float32), 6)
    rows = (i.tobytes() + w.tobytes() for i, w in zip(images, rounded, strict=True))
    return np.array([known.setdefault(row, len(known)) for row in rows])
