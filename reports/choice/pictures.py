"""Which pictures does the page of a search show: what turns classes, and what candidates do?"""

from __future__ import annotations

from dataclasses import dataclass

from augbench.reports.choice.choice import BASELINE, Choice, Images, Screened
from augbench.reports.choice.outcomes import outcome_of
from augbench.reports.choice.wording import insisted, struck, turned_sentence
from augbench.reports.render.pictures import Budget, EmbeddedPicture

#: pairs of a candidate at most, images of each look, and looks of each kind
PAIRS = 8
IMAGES = 6
MOST_LOOKS = 8
MOST_STRUCK_LOOKS = 3
_NAMED_PAIRS = 4

Pair = tuple[EmbeddedPicture, EmbeddedPicture]


@dataclass(frozen=True)
class Danger:
    """A candidate that breaks labels.

    Attributes:
        policy: its label.
        sentences: which classes turn into which.
        more: classes that turn too and are not told.
        pairs: clean images of the worst class, and what became of them.
        source: that class.
        target: what they are taken for.
        raced: whether it raced all the same, since it was asked for.
    """

    policy: str
    sentences: tuple[str, ...]
    more: int
    pairs: tuple[Pair, ...]
    source: str
    target: str
    raced: bool


@dataclass(frozen=True)
class Look:
    """What a candidate makes of the same images; None where there was no room."""

    policy: str
    outcome: str
    pictures: tuple[EmbeddedPicture | None, ...]


def dangers(choice: Choice, budget: Budget) -> list[Danger]:
    """Every candidate that breaks labels, with its pictures while there is room."""
    broken = [*struck(choice), *insisted(choice)]
    return [_danger(choice, screened, budget) for screened in broken]


def _danger(choice: Choice, screened: Screened, budget: Budget) -> Danger:
    named = screened.turned[:_NAMED_PAIRS]
    source, target = (named[0].source, named[0].target) if named else ("", "")
    return Danger(
        policy=screened.label,
        sentences=tuple(turned_sentence(screened.label, pair) for pair in named),
        more=len(screened.turned) - len(named),
        pairs=pairs(choice, screened, budget),
        source=source,
        target=target,
        raced=screened.label in choice.taking_part,
    )


def pairs(
    choice: Choice, screened: Screened, budget: Budget, most: int = PAIRS
) -> tuple[Pair, ...]:
    """A clean image and what became of it, at most so many times."""
    stored = choice.pictures.get(screened.pictures)
    if stored is None or stored.shape[1] != 2:
        return ()
    source = screened.turned[0].source if screened.turned else "an image"
    target = screened.turned[0].target if screened.turned else "another class"
    shown = []
    for clean, augmented in stored[:most]:
        first = budget.picture(clean, f"{source}, as it is")
        second = budget.picture(augmented, f"{source} under {screened.label}, taken for {target}")
        if first is not None and second is not None:
            shown.append((first, second))
    return tuple(shown)


def looks(choice: Choice, budget: Budget) -> list[Look]:
    """The same images as they are, then under the candidates that matter; none without pictures."""
    originals = choice.pictures.get("originals")
    if originals is None or not len(originals):
        return []
    stored = {
        candidate.label: choice.pictures[f"looks {place}"]
        for place, candidate in enumerate(choice.candidates)
        if f"looks {place}" in choice.pictures
    }
    first = [choice.answer.policy, *(estimate.policy for estimate in choice.estimates)]
    raced = [label for label in dict.fromkeys(first) if label in stored][:MOST_LOOKS]
    broken = [screened.label for screened in struck(choice) if screened.label in stored][
        :MOST_STRUCK_LOOKS
    ]
    rows = [Look("as they are", "", _row(originals, BASELINE, budget))]
    rows += [
        Look(label, outcome_of(choice, label), _row(stored[label], label, budget))
        for label in [*raced, *broken]
    ]
    return rows if len(rows) > 1 else []


def _row(images: Images, label: str, budget: Budget) -> tuple[EmbeddedPicture | None, ...]:
    words = "a training image" if label == BASELINE else f"the same image under {label}"
    return tuple(budget.picture(image, words) for image in images[:IMAGES])
