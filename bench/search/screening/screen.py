"""Which candidates break labels, before any training is spent on them?

Classifiers that saw only clean images judge what each candidate makes of images that they did not
see (`augbench.bench.search.screening.folds`). The share that they get right, over that of
the clean images, is a candidate's affinity (Gontijo-Lopes et al., arXiv 2002.08973). It is told,
and decides nothing: classifiers fail on whatever is new to them, be it useful. A candidate is
struck out where classes turn into each other (`augbench.bench.search.screening.turned_classes`).

Two kinds of images are looked at: those that a candidate draws, and, for an engine, those that show
only the most that its spec does to the side of an image, a flip or a turn
(`augbench.bench.search.screening.flips_and_turns`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from augbench.bench.data import Dataset, Parts, block
from augbench.bench.search.screening.flips_and_turns import all_parts, sides_of
from augbench.bench.search.screening.folds import (
    FoldTask,
    Judgements,
    Size,
    Wanted,
    fold_tasks,
)
from augbench.bench.search.screening.judges import Judges
from augbench.bench.search.screening.screened import Screened
from augbench.bench.search.screening.verdict import Found, turned_by_side, verdict_on
from augbench.policies.base import Policy
from augbench.policies.expression import Expression
from augbench.policies.registry import build
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings

FOLDS = 3
#: images that are judged at most: of a class, and in all
OF_CLASS = 100
IN_ALL = 2000
#: draws of an image by each candidate at most
DRAWS = 4
#: fewest images of a class that candidates change, where there are as many
FEWEST_OF_CLASS = 10
#: what predicting may cost beside training; a training step costs three predictions an image
PREDICTING = 0.5
STEP = 3
#: examples of the worst pair
PICTURES = 8


def screen(
    dataset: Dataset,
    settings: Settings,
    spec: AugmentationSpec,
    candidates: Sequence[Expression],
    *,
    seed: int,
    on_progress: Callable[[int, int, str], None] = lambda done, all_of_them, what: None,
) -> list[Screened]:
    """Judge candidates by classifiers that saw only clean images.

    Only training images of the first block are used. Bit for bit the same for equal arguments,
    however many processes there are.

    Args:
        dataset: the data.
        settings: the options; classifiers are trained as in a trial of these, ``jobs`` at a time
            on ``threads`` each.
        spec: the run's augmentation spec, which candidates have that give none.
        candidates: what is judged. One that changes nothing, or labels, or learns or enlarges, is
            not, and not struck out.
        seed: decides initial weights, orders, draws, and which images are judged.
        on_progress: called with (done, all, what).

    Returns:
        What is found, in the order of the candidates.

    Raises:
        InputError: a candidate cannot be made.
        TrainingFailed: a classifier cannot be trained.
    """
    policies = [build(candidate, spec) for candidate in candidates]
    judged = [number for number, policy in enumerate(policies) if _can_be_judged(policy)]
    size = _size(dataset, settings, len(judged))
    results = [Screened(candidate.label) for candidate in candidates]
    if not judged or size is None:
        return results
    sides = {number: sides_of(policies[number], dataset.shape) for number in judged}
    every = dict.fromkeys(side for of_one in sides.values() for side in of_one)
    texts = [candidates[number].text for number in judged]
    undone = ["quarter turn back"] if "quarter turn" in every else []
    try:
        tasks = fold_tasks(dataset, settings, texts, [*every, *undone], size, seed)
    except InputError:  # equal pixels leave a fold empty
        return results
    with Judges(settings.jobs, settings.threads) as judges:
        progress = _Progress(size.folds * (settings.epochs + len(judged)), on_progress)
        parts = judges.judge(tasks, progress.step)
        judgements = Judgements.joined(parts)
        turned = {side: turned_by_side(judgements, side) for side in every}
        for place, number in enumerate(judged):
            if place in judgements.of_candidate:
                by_side = [turn for side in sides[number] for turn in turned[side]]
                verdict = verdict_on(judgements, place, by_side, dataset.classes)
                pictures = _pictures(judges, tasks, parts, place, verdict.worst)
                results[number] = replace(
                    verdict.screened, label=candidates[number].label, pictures=pictures
                )
    return results


def _can_be_judged(policy: Policy) -> bool:
    parts = list(all_parts(policy))
    leaves = [part for part in parts if not part.parts]
    learns = any(type(part).learn is not Policy.learn for part in leaves)
    return policy.changes and not policy.enlarges and not learns


def _size(dataset: Dataset, settings: Settings, candidates: int) -> Size | None:
    """Return how much is judged, so that predicting costs little beside training.

    None where no class has an image in each fold.
    """
    rows = block(dataset, settings.first_seed, Parts.of(settings)).train
    classes = len(dataset.classes)
    most = int(np.bincount(dataset.labels[rows], minlength=classes).max())
    if most < FOLDS:
        return None
    images = min(len(rows), OF_CLASS * classes, IN_ALL)
    trained = STEP * (FOLDS - 1) * len(rows) * settings.epochs
    affordable = int(PREDICTING * trained / max(1, candidates))
    fewest = min(images, FEWEST_OF_CLASS * classes)
    draws = int(np.clip(affordable // max(1, fewest), 1, DRAWS))
    return Size(FOLDS, images, int(np.clip(affordable // draws, fewest, images)), draws)


@dataclass
class _Progress:
    all_of_them: int
    on_progress: Callable[[int, int, str], None]
    done: int = 0

    def step(self) -> None:
        self.done += 1
        self.on_progress(self.done, self.all_of_them, "what breaks labels")


def _pictures(
    judges: Judges,
    tasks: Sequence[FoldTask],
    parts: Sequence[Judgements],
    place: int,
    worst: Found | None,
) -> np.ndarray | None:
    """Return examples of what becomes of the worst pair's class, the surest first."""
    if worst is None:
        return None
    pair = worst.pair.there
    cases: list[tuple[float, int, int, int]] = []
    for fold, part in enumerate(parts):
        if worst.by:
            log_probabilities = part.of_side[worst.by][None]
            labels, counts = part.labels, np.ones(log_probabilities.shape[:2], bool)
        else:
            drawn = part.of_candidate[place]
            log_probabilities, counts = drawn.log_probabilities, drawn.changed
            labels = part.labels[part.drawn]
        called = (log_probabilities.argmax(-1) == pair.target) & counts & (labels == pair.source)
        sure = np.where(called, log_probabilities[..., pair.target], -np.inf)
        for image in np.flatnonzero(called.any(axis=0)):
            draw = int(sure[:, image].argmax())
            cases.append((-float(sure[draw, image]), fold, draw, int(image)))
    wanted = [
        Wanted(tasks[fold], worst.by or place, draw, np.array([image]))
        for _, fold, draw, image in sorted(cases)[:PICTURES]
    ]
    return np.concatenate(judges.pictures(wanted)) if wanted else None
