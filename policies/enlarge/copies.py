"""What a training set becomes when it is enlarged without a model: repeated, or augmented."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from augbench.policies.base import Batch, Context, Extreme, Policy
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import engine_class
from augbench.policies.random import stream
from augbench.policies.returned import changed
from augbench.policies.training_set import TrainingSet
from augbench.policies.validation import Advice, check, checked, not_one_of

from augbench.errors import InputError

#: how large an enlarged set is
Factor = Annotated[
    float,
    Ge(1),
    Le(1000),
    Advice("it counts the enlarged set in units of the real one: 2 is as many new images as real"),
]

CHUNK = 256  # images changed at a time; part of what native engines draw, so it never changes
STAGE = 1000  # stored copies draw from a stage of their own, apart from any training epoch
IN_MEMORY = 2**30  # bytes of new images from which on they are kept in a temporary file


class Repeat(Policy):
    """The honest control of every enlargement: the same real images, more often."""

    @checked
    def __init__(self, factor: Factor = 2) -> None:
        """Make the set larger without a new pixel.

        Args:
            factor: size of the enlarged set in units of the real one, at least 1.
        """
        self.factor = factor

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with rows of real images appended; ``origin`` stays ``real``."""
        sources, _ = copies(train, self.factor, context.seed)
        rows = np.concatenate([np.arange(len(train)), sources])
        return TrainingSet(
            train.images.repeated(rows),
            train.labels[rows],
            train.classes,
            train.origin[rows],
            train.source[rows],
            train.share,
            train.mode,
            train.group[rows] if len(train.group) else train.group,
        )


class Expand(Policy):
    """Augmented copies of the real images, made once, stored, then trained on like real ones."""

    @checked
    def __init__(
        self, factor: Factor = 3, spec: Any = None, engine: str = "albumentations"
    ) -> None:
        """Make the set ``factor`` times as large with copies that ``engine`` makes by ``spec``.

        Args:
            factor: size of the enlarged set in units of the real one, at least 1.
            spec: the augmentation spec; the run's where none is given.
            engine: ``albumentations``, ``keras``, ``keras-layers`` or ``keras-ops``.
        """
        self.factor = factor
        if engine not in PLACES:
            raise not_one_of("engine", engine, PLACES)
        self.engine = engine_class(engine)(spec=spec)

    @property
    def parts(self) -> tuple[Policy, ...]:
        """The engine."""
        return (self.engine,)

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if the engine cannot handle images H×W×C."""
        self.engine.check(shape, classes)

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Let the engine learn what it learns from the training split."""
        self.engine.learn(train, context)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with augmented copies appended, ``source`` the row each was made from."""
        sources, numbers = copies(train, self.factor, context.seed)
        if not len(sources):
            return train
        images = empty_images((len(sources), *train.images.shape[1:]))
        done = 0
        for part in augmented(self.engine, train, sources, numbers, context.seed):
            images[done : done + len(part)] = part
            done += len(part)
            context.progress(f"augmented copies {done} of {len(sources)}")
        return train.followed_by(
            images,
            train.labels[sources],
            "augmented",
            train.source[sources],
            share=train.share,
            mode=train.mode,
        )

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return those of the engine."""
        return self.engine.extremes(images)


def checked_factor(factor: Any) -> float:
    """Return ``factor`` if it is a finite number of at least 1; raise `InputError` otherwise."""
    check("factor", factor, Factor)
    return factor


def copies(train: TrainingSet, factor: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(factor − 1) · N`` rows of real images to copy, and each copy's number.

    Every real image is copied equally often; what is left over is spread over the classes in
    proportion to their size, drawn by the seed.

    Returns:
        rows: int64, M, rows of ``train`` whose origin is real.
        numbers: int64, M, counted from 1: the first copy of a row, the second, …
    """
    real = train.real_rows
    count = round((factor - 1) * len(real))
    order = real[class_order(train.labels[real], stream(seed, "copies"))]
    passes = -(-count // len(real)) if len(real) else 0
    full, rest = divmod(count, len(real)) if len(real) else (0, 0)
    rows = [real] * full + ([np.sort(order[:rest])] if rest else [])
    numbers = [np.full(len(part), number + 1) for number, part in enumerate(rows)]
    if not passes:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows).astype(np.int64), np.concatenate(numbers).astype(np.int64)


def class_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an order of the rows whose every beginning holds the classes in proportion."""
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        rank[rows] = (rng.permutation(len(rows)) + 0.5) / len(rows)
    return np.argsort(rank, kind="stable")


def augmented(
    policy: Policy, train: TrainingSet, rows: np.ndarray, numbers: np.ndarray, seed: int
) -> Iterator[np.ndarray]:
    """Yield what ``policy.change`` makes of ``rows``, in chunks of uint8 B×H×W×C.

    Copy ``n`` of a row is drawn as in epoch ``n`` of a stage of its own, so that it depends on
    the seed, the row and ``n`` alone for every policy that draws by rows.

    Raises:
        InputError: the policy mixes labels, which a stored copy cannot hold, or returns something
            else than uint8 images of the same shape.
    """
    identity = np.eye(len(train.classes), dtype=np.float32)
    for number in np.unique(numbers):
        these = rows[numbers == number]
        for step, start in enumerate(range(0, len(these), CHUNK)):
            part = these[start : start + CHUNK]
            batch = Batch(
                images=train.images[part],
                labels=identity[train.labels[part]],
                rows=part,
                seed=seed,
                epoch=int(number),
                step=step,
                stage=STAGE,
            )
            yield _one_class(changed(policy, batch), batch)


def _one_class(made: Batch, batch: Batch) -> np.ndarray:
    """Return the images of a changed batch, if they can be stored beside those they came from."""
    if not np.array_equal(made.labels, batch.labels):
        raise InputError(
            "a policy that mixes labels cannot be stored: each copy belongs to one class; "
            "use it as it is, batch by batch"
        )
    return made.images


def empty_images(shape: tuple[int, ...]) -> np.ndarray:
    """Return an uninitialised uint8 array; a large one lives in a temporary file.

    Raises:
        InputError: the temporary folder has no room for it; says how much is needed.
    """
    size = math.prod(shape)
    if size <= IN_MEMORY:
        return np.empty(shape, np.uint8)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if size > 0.95 * free:
        raise InputError(
            f"{shape[0]} new images need {size / 1e9:.1f} GB, but {folder} has "
            f"{free / 1e9:.1f} GB free; choose a smaller factor or another TMPDIR"
        )
    with tempfile.TemporaryFile() as file:  # stays mapped, and vanishes with the array
        return np.memmap(file, np.uint8, "w+", shape=shape)
