"""Which candidates break labels, before any training is spent on them?

Classifiers that saw only clean images judge what each candidate makes of images that they did not
see (`augbench.bench.search.screening.cross_fitting`). The share that they get right, over that of
the clean images, is a candidate's affinity (Gontijo-Lopes et al., arXiv 2002.08973). It is told,
and decides nothing: classifiers fail on whatever is new to them, be it useful. A candidate is
struck out where classes turn into each other (`augbench.bench.search.screening.turned_classes`).

Two kinds of images are looked at: those that a candidate draws, and, for an engine, those that show
only the most that its spec does to the side of an image, a flip or a turn. With a turn of up to 90
degrees either way, what is upright and what is upside down may come to the same picture, so that a
half turn is judged from there on, and a quarter turn from 45.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from augbench.bench.data import Dataset, Parts, block
from augbench.bench.search.screening.cross_fitting import (
    Drawn,
    FoldTask,
    Judgements,
    Judges,
    Size,
    Wanted,
    fold_tasks,
)
from augbench.bench.search.screening.turned_classes import (
    Increase,
    Pair,
    View,
    call_rates,
    turned_pairs,
)
from augbench.policies.base import Policy
from augbench.policies.engines.base import Engine
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
#: degrees of a spec's turn, either way, from which two draws may be a quarter or a half turn apart
QUARTER_FROM, HALF_FROM = 45.0, 90.0


@dataclass(frozen=True)
class Turned:
    """A class that turns into another under a candidate.

    Attributes:
        source: the class.
        target: the class that it turns into.
        clean: the share of clean images of ``source`` that the classifiers call ``target``.
        augmented: the same of augmented ones.
        low: the lower end of the 95 % interval of the increase, ``augmented - clean``.
        high: its upper end.
        images: how many images of ``source`` were judged.
        draws: how many augmented ones.
        by: what does it: ``horizontal flip``, ``vertical flip``, ``half turn``, ``quarter turn``;
            empty for all that the candidate draws.
    """

    source: str
    target: str
    clean: float
    augmented: float
    low: float
    high: float
    images: int
    draws: int
    by: str = ""


@dataclass(frozen=True)
class ClassRecall:
    """How many images of a class are recognized.

    Attributes:
        name: of the class.
        clean: the share of clean images; NaN where none was judged.
        augmented: the share of augmented ones.
        images: how many were judged.
    """

    name: str
    clean: float
    augmented: float
    images: int


@dataclass(frozen=True)
class Screened:
    """What the screen says of a candidate.

    Attributes:
        label: the candidate.
        affinity: accuracy on augmented images ÷ accuracy on the same images clean; NaN where it is
            not judged, since it changes nothing, or labels too, or learns or enlarges.
        accuracy: on augmented images.
        clean_accuracy: on clean ones.
        struck: whether it breaks labels.
        turned: the classes that turn into each other, the worst first, each pair both ways.
        per_class: a line a class.
        pictures: uint8, n×2×H×W×C, at most `PICTURES` pairs of a clean image of the worst pair's
            ``source`` and what became of it, which is called ``target``; None where there is none.
    """

    label: str
    affinity: float = float("nan")
    accuracy: float = float("nan")
    clean_accuracy: float = float("nan")
    struck: bool = False
    turned: tuple[Turned, ...] = ()
    per_class: tuple[ClassRecall, ...] = ()
    pictures: np.ndarray | None = None

    @property
    def judged(self) -> bool:
        """Whether it could be judged."""
        return not np.isnan(self.clean_accuracy)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, None for NaN, without its pictures."""
        content = asdict(replace(self, pictures=None))
        del content["pictures"]
        content["turned"] = [asdict(one) for one in self.turned]
        content["per_class"] = [
            {name: _told(value) for name, value in asdict(one).items()} for one in self.per_class
        ]
        return {name: _told(value) for name, value in content.items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` has; keys that it does not know are left out."""
        known = {name: _untold(content[name]) for name in _FIGURES}
        lines = [
            {name: _untold(value) for name, value in one.items()} for one in content["per_class"]
        ]
        return cls(
            label=content["label"],
            struck=content["struck"],
            turned=tuple(Turned(**one) for one in content["turned"]),
            per_class=tuple(ClassRecall(**one) for one in lines),
            **known,
        )


_FIGURES = ("affinity", "accuracy", "clean_accuracy")


def _told(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _untold(value: Any) -> Any:
    return float("nan") if value is None else value


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
    found = [Screened(candidate.label) for candidate in candidates]
    if not judged or size is None:
        return found
    sides = {number: sides_of(policies[number], dataset.shape) for number in judged}
    every = dict.fromkeys(side for of_one in sides.values() for side in of_one)
    texts = [candidates[number].text for number in judged]
    undone = ["quarter turn back"] if "quarter turn" in every else []
    try:
        tasks = fold_tasks(dataset, settings, texts, [*every, *undone], size, seed)
    except InputError:  # equal pixels leave a fold empty
        return found
    with Judges(settings.jobs, settings.threads) as judges:
        progress = _Progress(size.folds * (settings.epochs + len(judged)), on_progress)
        parts = judges.judge(tasks, progress.step)
        judgements = Judgements.joined(parts)
        turned = {side: _turned_by_side(judgements, side) for side in every}
        for place, number in enumerate(judged):
            if place in judgements.of_candidate:
                by_side = [one for side in sides[number] for one in turned[side]]
                verdict = _verdict(judgements, place, by_side, dataset.classes)
                pictures = _pictures(judges, tasks, parts, place, verdict.worst)
                found[number] = replace(
                    verdict.screened, label=candidates[number].label, pictures=pictures
                )
    return found


def sides_of(policy: Policy, shape: tuple[int, int, int]) -> list[str]:
    """Return what engines do to the side of images H×W×C at most, by the names of `SIDES`."""
    specs = [part.spec for part in _all_parts(policy) if isinstance(part, Engine)]
    horizontal = any(spec.horizontal_flip for spec in specs)
    vertical = any(spec.vertical_flip for spec in specs)
    turn = max((spec.rotation_range for spec in specs), default=0.0)
    done = {
        "horizontal flip": horizontal,
        "vertical flip": vertical,
        "half turn": turn >= HALF_FROM or (horizontal and vertical),
        "quarter turn": turn >= QUARTER_FROM and shape[0] == shape[1],
    }
    return [side for side, does in done.items() if does]


def _all_parts(policy: Policy) -> Iterator[Policy]:
    yield policy
    for part in policy.parts:
        yield from _all_parts(part)


def _can_be_judged(policy: Policy) -> bool:
    parts = list(_all_parts(policy))
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


@dataclass(frozen=True)
class _Found:
    """A pair that turns, and where: a side's name, or empty for what a candidate draws."""

    pair: Pair
    by: str


@dataclass(frozen=True)
class _Verdict:
    screened: Screened
    worst: _Found | None


def _turned_by_side(judgements: Judgements, side: str) -> list[_Found]:
    forward = judgements.of_side[side][None]
    backward = judgements.of_side[f"{side} back"][None] if side == "quarter turn" else forward
    counts = np.ones(forward.shape[:2], bool)
    view = View(forward, backward, counts, exact=side != "quarter turn")
    return [_Found(pair, side) for pair in turned_pairs(judgements.labels, judgements.clean, view)]


def _verdict(
    judgements: Judgements, place: int, by_side: Sequence[_Found], classes: Sequence[str]
) -> _Verdict:
    """Return what is found of a candidate, without its label and pictures."""
    drawn = judgements.of_candidate[place]
    labels, clean = judgements.labels[judgements.drawn], judgements.clean[judgements.drawn]
    view = View(drawn.log_probabilities, drawn.log_probabilities, drawn.changed)
    as_drawn = [_Found(pair, "") for pair in turned_pairs(labels, clean, view)]
    found = sorted([*by_side, *as_drawn], key=lambda one: -one.pair.strength)
    accuracy = float((drawn.log_probabilities.argmax(-1) == labels).mean())
    clean_accuracy = float((clean.argmax(-1) == labels).mean())
    screened = Screened(
        label="",
        affinity=accuracy / clean_accuracy if clean_accuracy else float("nan"),
        accuracy=accuracy,
        clean_accuracy=clean_accuracy,
        struck=bool(found),
        turned=_each_once(found, classes),
        per_class=_per_class(labels, clean, drawn, classes),
    )
    return _Verdict(screened, found[0] if found else None)


def _each_once(found: Sequence[_Found], classes: Sequence[str]) -> tuple[Turned, ...]:
    """Return both directions of each pair, a pair where it is worst alone."""
    turned: dict[tuple[int, int], Turned] = {}
    for one in found:
        for increase in (one.pair.there, one.pair.back):
            turned.setdefault(
                (increase.source, increase.target), _turned(increase, one.by, classes)
            )
    return tuple(turned.values())


def _turned(increase: Increase, by: str, classes: Sequence[str]) -> Turned:
    figures = asdict(increase) | {
        "source": classes[increase.source],
        "target": classes[increase.target],
    }
    return Turned(**figures, by=by)


def _per_class(
    labels: np.ndarray, clean: np.ndarray, drawn: Drawn, classes: Sequence[str]
) -> tuple[ClassRecall, ...]:
    said = drawn.log_probabilities
    before, _ = call_rates(labels, clean[None], np.ones((1, len(labels)), bool))
    after, _ = call_rates(labels, said, np.ones(said.shape[:2], bool))
    number = np.bincount(labels, minlength=len(classes))
    return tuple(
        ClassRecall(
            name,
            float(before[label, label]) if number[label] else float("nan"),
            float(after[label, label]) if number[label] else float("nan"),
            int(number[label]),
        )
        for label, name in enumerate(classes)
    )


def _pictures(
    judges: Judges,
    tasks: Sequence[FoldTask],
    parts: Sequence[Judgements],
    place: int,
    worst: _Found | None,
) -> np.ndarray | None:
    """Return examples of what becomes of the worst pair's class, the surest first."""
    if worst is None:
        return None
    pair = worst.pair.there
    cases: list[tuple[float, int, int, int]] = []
    for fold, part in enumerate(parts):
        if worst.by:
            said = part.of_side[worst.by][None]
            labels, counts = part.labels, np.ones(said.shape[:2], bool)
        else:
            drawn = part.of_candidate[place]
            said, counts = drawn.log_probabilities, drawn.changed
            labels = part.labels[part.drawn]
        called = (said.argmax(-1) == pair.target) & counts & (labels == pair.source)
        sure = np.where(called, said[..., pair.target], -np.inf)
        for image in np.flatnonzero(called.any(axis=0)):
            draw = int(sure[:, image].argmax())
            cases.append((-float(sure[draw, image]), fold, draw, int(image)))
    wanted = [
        Wanted(tasks[fold], worst.by or place, draw, np.array([image]))
        for _, fold, draw, image in sorted(cases)[:PICTURES]
    ]
    return np.concatenate(judges.pictures(wanted)) if wanted else None
