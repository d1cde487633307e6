"""What is asked of the classifiers that screen, fold by fold, and what do they answer?

Cross-fitting: the training split is dealt to folds, and the classifier of a fold trains on all the
others, so that every image is judged by a classifier that did not see it.

`SIDES` are those of `augbench.bench.search.screening.flips_and_turns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from augbench.bench.data import Dataset, Parts, block
from augbench.bench.data.sides import Sides
from augbench.bench.data.sources.source import TRAIN
from augbench.bench.data.stratify import balanced

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings


@dataclass(frozen=True)
class Size:
    """How much is judged.

    Attributes:
        folds: into which the training split is dealt.
        images: that are judged at most, the classes in turn.
        drawn_images: of these, those that candidates change.
        draws: how often a candidate changes each of them.
    """

    folds: int
    images: int
    drawn_images: int
    draws: int


@dataclass(frozen=True)
class FoldTask:
    """A fold to train for and to judge, in plain values that travel to a worker.

    Attributes:
        fold: its number.
        data: the reference by which a worker reopens the data set.
        settings: the options; model, epochs, batch size and spec count here.
        trained: int64, rows of the data set that the classifier trains on.
        rows: int64, m, rows of the data set that it judges.
        drawn: int64, places in ``rows`` of those that candidates change.
        places: int64, as ``drawn``, their rows in the training split, which draws follow.
        candidates: policies as typed.
        sides: of `SIDES`, those that are judged.
        draws: how often each candidate changes each image.
        seed: decides initial weights, order and draws.
    """

    fold: int
    data: Any
    settings: Settings
    trained: np.ndarray
    rows: np.ndarray
    drawn: np.ndarray
    places: np.ndarray
    candidates: tuple[str, ...]
    sides: tuple[str, ...]
    draws: int
    seed: int


@dataclass(frozen=True)
class Wanted:
    """Images that a fold judged, to be looked at.

    Attributes:
        task: the fold.
        source: a candidate's number, or one of `SIDES`.
        draw: of a candidate.
        which: int64, places among the rows that were judged, of a candidate among those it changed.
    """

    task: FoldTask
    source: int | str
    draw: int
    which: np.ndarray


@dataclass(frozen=True)
class Drawn:
    """What the classifiers say of one candidate's images.

    Attributes:
        log_probabilities: float32, D×m×K, of the augmented images, nats.
        changed: bool, D×m, whether any pixel of a draw differs from the clean image.
    """

    log_probabilities: np.ndarray
    changed: np.ndarray


@dataclass(frozen=True)
class Judgements:
    """What classifiers say of n images of the training split, each by one that did not see it.

    Attributes:
        labels: int64, n.
        clean: float32, n×K, log-probabilities of the clean images, nats.
        of_side: by one of `SIDES`, the same of images with that done to them.
        drawn: int64, m, places among the n of the images that candidates change.
        of_candidate: by the candidate's number; those that change labels or fail are absent.
    """

    labels: np.ndarray
    clean: np.ndarray
    of_side: dict[str, np.ndarray]
    drawn: np.ndarray
    of_candidate: dict[int, Drawn]

    @classmethod
    def joined(cls, parts: Sequence[Judgements]) -> Judgements:
        """Return the judgements of all folds as one, fold after fold."""
        starts = np.cumsum([0, *(len(part.labels) for part in parts)])
        candidates = set.intersection(*(set(part.of_candidate) for part in parts))

        def drawn(number: int) -> Drawn:
            of_folds = [part.of_candidate[number] for part in parts]
            return Drawn(
                np.concatenate([of_fold.log_probabilities for of_fold in of_folds], axis=1),
                np.concatenate([of_fold.changed for of_fold in of_folds], axis=1),
            )

        return cls(
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.clean for part in parts]),
            {
                side: np.concatenate([part.of_side[side] for part in parts])
                for side in parts[0].of_side
            },
            np.concatenate(
                [part.drawn + start for part, start in zip(parts, starts, strict=False)]
            ),
            {number: drawn(number) for number in sorted(candidates)},
        )


def fold_tasks(
    dataset: Dataset,
    settings: Settings,
    candidates: Sequence[str],
    sides: Sequence[str],
    size: Size,
    seed: int,
) -> list[FoldTask]:
    """Return a task for each fold of the training split of the first block.

    All its images are trained on. Images with equal pixels are in one fold; one of a class of one
    is trained on in all folds and judged in none.

    Raises:
        InputError: there are too few images for so many folds.
    """
    rows = block(dataset, settings.first_seed, Parts.of(settings)).train
    labels, classes = dataset.labels[rows], len(dataset.classes)
    among = Sides.of(dataset).among(rows)
    fold_of = among.folds(np.full(len(rows), TRAIN, np.uint8), size.folds)

    def some(number: int) -> np.ndarray:
        wanted = min(len(rows), max(number, classes))
        return balanced(np.arange(len(rows)), labels, wanted, classes, seed)

    judged, changed = some(size.images), some(min(size.images, size.drawn_images))
    tasks = []
    for fold in range(size.folds):
        places = judged[fold_of[judged] == fold]
        drawn = np.flatnonzero(np.isin(places, changed))
        tasks.append(
            FoldTask(
                fold=fold,
                data=dataset.reference,
                settings=settings,
                trained=rows[fold_of != fold],
                rows=rows[places],
                drawn=drawn,
                places=places[drawn],
                candidates=tuple(candidates),
                sides=tuple(sides),
                draws=size.draws,
                seed=seed,
            )
        )
    return tasks
