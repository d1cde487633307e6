"""What a policy makes of the cards: in an epoch, in the next, in the next step, with another seed.

A policy may do anything to its input and return anything; what it does is kept as data.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from augbench.bench.gate.rendering.cards import Cards
from augbench.bench.gate.rendering.measuring import Measured, measure
from augbench.bench.gate.rendering.subject import Subject
from augbench.policies.base import Batch, Policy
from augbench.policies.returned import changed

from augbench.errors import InputError, reason_of

#: images of a batch that is looked at pixel by pixel
BATCH = 16
#: rows from which draws are read back, and how many at a time: draws may depend on a batch's size
ROWS, AT_A_TIME = 256, BATCH
_MEASURED_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Moment:
    """When a batch is made."""

    seed: int
    epoch: int
    step: int

    @property
    def rows(self) -> np.ndarray:
        """int64, `BATCH`: its rows of the training set."""
        return np.arange(self.step * BATCH, (self.step + 1) * BATCH)


#: by what each is called
MOMENTS = {
    "first": Moment(0, 0, 0),
    "next epoch": Moment(0, 1, 0),
    "next step": Moment(0, 0, 1),
    "other seed": Moment(1, 0, 0),
}


@dataclass(frozen=True)
class Made:
    """What a policy made of a batch: images uint8 B×H×W×C, labels float32 B×K."""

    images: np.ndarray
    labels: np.ndarray

    def equals(self, other: Made) -> bool:
        """Whether both are the same bit for bit."""
        return np.array_equal(self.images, other.images) and np.array_equal(
            self.labels, other.labels
        )


@dataclass(frozen=True)
class Rendering:
    """What a policy does.

    Attributes:
        subject: what was asked.
        cards: what it was shown.
        given: the batch as it was given.
        made: by moment, what it made of it.
        again: the first moment once more.
        in_place: whether it changed its input.
        measured: what was read from `ROWS` rows of the first epoch.
        images_per_second: of the pictures, after the first batch.
    """

    subject: Subject
    cards: Cards
    given: Made
    made: dict[str, Made]
    again: Made
    in_place: bool
    measured: Measured
    images_per_second: float


def render(subject: Subject, cards: Cards) -> Rendering:
    """Return what a subject does to the cards.

    Raises:
        InputError: it fails, or returns something else than a batch; one line.
    """
    policy, shape = subject.policy, cards.shape
    if not policy.changes and policy.enlarges:
        raise InputError(
            f"{subject.name} changes no batch, it makes new images before training; what is looked "
            "at without training is what happens to batches"
        )
    try:
        policy.check(shape, cards.classes)
        which = np.arange(BATCH) % len(cards.pictures)
        labels = np.eye(cards.classes, dtype=np.float32)[cards.labels[which]]
        given = Made(cards.pictures[which], labels)
        made, in_place = {}, False
        for name, moment in MOMENTS.items():
            batch = _batch(given, moment)
            made[name] = _made(policy, batch)
            in_place |= not Made(batch.images, batch.labels).equals(given)
        began = time.perf_counter()
        again = _made(policy, _batch(given, MOMENTS["first"]))
        seconds = time.perf_counter() - began
        measured = _measured(policy, cards)
    except InputError as error:
        raise InputError(f"{subject.name}: {error}") from error
    except Exception as error:
        raise InputError(f"{subject.name} fails on {BATCH} images: {reason_of(error)}") from error
    return Rendering(
        subject, cards, given, made, again, in_place, measured, BATCH / max(seconds, 1e-9)
    )


def _batch(given: Made, moment: Moment) -> Batch:
    return Batch(
        given.images.copy(),
        given.labels.copy(),
        moment.rows,
        seed=moment.seed,
        epoch=moment.epoch,
        step=moment.step,
    )


def _made(policy: Policy, batch: Batch) -> Made:
    made = changed(policy, batch)
    return Made(np.ascontiguousarray(made.images), np.asarray(made.labels, np.float32))


def _measured(policy: Policy, cards: Cards) -> Measured:
    """Return what the policy does to the rows of as many batches as fit into memory."""
    an_image = int(np.prod(cards.shape))
    rows = int(np.clip(_MEASURED_BYTES // an_image, AT_A_TIME, ROWS)) // AT_A_TIME * AT_A_TIME
    labels = np.eye(cards.classes, dtype=np.float32)[np.arange(AT_A_TIME) % cards.classes]

    def change(images: np.ndarray) -> np.ndarray:
        made = np.empty_like(images)
        for step in range(len(images) // AT_A_TIME):
            part = np.arange(step * AT_A_TIME, (step + 1) * AT_A_TIME)
            batch = Batch(images[part], labels.copy(), part, seed=0, epoch=0, step=step)
            made[part] = changed(policy, batch).images
        return made

    return measure(change, cards, rows)
