"""What do the judgements of classifiers mean for a candidate: which classes turn under it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from augbench.bench.search.screening.folds import Drawn, Judgements
from augbench.bench.search.screening.screened import ClassRecall, Screened, Turned
from augbench.bench.search.screening.turned_classes import (
    Increase,
    Pair,
    View,
    call_rates,
    turned_pairs,
)


@dataclass(frozen=True)
class Found:
    """A pair that turns, and where: a side's name, or empty for what a candidate draws."""

    pair: Pair
    by: str


@dataclass(frozen=True)
class Verdict:
    """What is found of a candidate.

    Attributes:
        screened: it, without the candidate's label and pictures.
        worst: the pair that turns most; None where none does.
    """

    screened: Screened
    worst: Found | None


def turned_by_side(judgements: Judgements, side: str) -> list[Found]:
    """Return the pairs that turn into each other by a flip or a turn, one of `SIDES`."""
    forward = judgements.of_side[side][None]
    backward = judgements.of_side[f"{side} back"][None] if side == "quarter turn" else forward
    counts = np.ones(forward.shape[:2], bool)
    view = View(forward, backward, counts, exact=side != "quarter turn")
    return [Found(pair, side) for pair in turned_pairs(judgements.labels, judgements.clean, view)]


def verdict_on(
    judgements: Judgements, place: int, by_side: Sequence[Found], classes: Sequence[str]
) -> Verdict:
    """Return what is found of a candidate.

    Args:
        judgements: of all folds.
        place: the candidate's number among those that were judged.
        by_side: what turns by the flips and turns that it does.
        classes: their names.
    """
    drawn = judgements.of_candidate[place]
    labels, clean = judgements.labels[judgements.drawn], judgements.clean[judgements.drawn]
    view = View(drawn.log_probabilities, drawn.log_probabilities, drawn.changed)
    as_drawn = [Found(pair, "") for pair in turned_pairs(labels, clean, view)]
    turns = sorted([*by_side, *as_drawn], key=lambda turn: -turn.pair.strength)
    accuracy = float((drawn.log_probabilities.argmax(-1) == labels).mean())
    clean_accuracy = float((clean.argmax(-1) == labels).mean())
    screened = Screened(
        label="",
        affinity=accuracy / clean_accuracy if clean_accuracy else float("nan"),
        accuracy=accuracy,
        clean_accuracy=clean_accuracy,
        struck=bool(turns),
        turned=_each_once(turns, classes),
        per_class=_per_class(labels, clean, drawn, classes),
    )
    return Verdict(screened, turns[0] if turns else None)


def _each_once(turns: Sequence[Found], classes: Sequence[str]) -> tuple[Turned, ...]:
    """Return both directions of each pair, a pair where it is worst alone."""
    turned: dict[tuple[int, int], Turned] = {}
    for turn in turns:
        for increase in (turn.pair.there, turn.pair.back):
            turned.setdefault(
                (increase.source, increase.target), _turned(increase, turn.by, classes)
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
    log_probabilities = drawn.log_probabilities
    before, _ = call_rates(labels, clean[None], np.ones((1, len(labels)), bool))
    after, _ = call_rates(labels, log_probabilities, np.ones(log_probabilities.shape[:2], bool))
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
