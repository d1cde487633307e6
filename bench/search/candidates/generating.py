"""Are generated images worth a try on these data, and how long may a network learn to make them?

A network learns anew for each seed, so that its time counts many times; what it may take is a small
part of the budget, turned into steps by the speed of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

from augbench.bench.options.model import Settings
from augbench.bench.run.time_budget import resolve_budgets
from augbench.bench.search.candidates.candidate import Candidate
from augbench.bench.search.candidates.families import FAMILIES
from augbench.policies.expression import Expression, Term, parse

from augbench.backend import refusal
from augbench.errors import Refusal

#: px of the longer side up to which images are generated
MOST_SIDE = 64
#: images of the smallest class from which on a class has a Gaussian, and a network learns one
ENOUGH = {"gaussian": 20, "gan": 100}
#: what learning may take for each seed: a part of the budget, and minutes below which it is not
#: even timed
LEARNING_SHARE = 0.04
LEAST_MINUTES = 1.0


@dataclass(frozen=True)
class TrainedOn:
    """What trials train on.

    Attributes:
        shape: height, width and channels of an image.
        classes: how many there are.
        fewest: images of the smallest one.
    """

    shape: tuple[int, int, int]
    classes: int
    fewest: int


def generated(
    data: TrainedOn,
    budget: float,
    settings: Settings,
    include: Collection[str],
    exclude: Collection[str],
    decide: Callable[[Callable[[], str]], str],
) -> tuple[list[Candidate], dict[str, str]]:
    """Return the candidates that enlarge the training set, and why others are left out.

    Args:
        data: what trials train on.
        budget: of the search, seconds.
        settings: the options; on what a trial computes counts here.
        include: families that are tried whatever the data.
        exclude: families that are left out without a word.
        decide: keeps how long the network learns, which this machine's speed decides.
    """
    candidates, left_out = [], {}
    for family in FAMILIES:
        if family.group != "enlarging" or family.name in exclude:
            continue
        candidate = family.candidate(2, {})
        reason = "" if family.name in include else unsuited(family.name, data, budget)
        if not reason and family.name == "gan":
            learns = decide(partial(learning_within, budget, data, settings, candidate.before))
            candidate = replace(candidate, before=learns or candidate.before)
            if not learns and family.name not in include:
                reason = f"{LEARNING_SHARE:.0%} of the time is too little for it to learn anything"
        if reason:
            left_out[family.name] = reason
        else:
            candidates.append(candidate)
    return candidates, left_out


def unsuited(name: str, data: TrainedOn, budget: float) -> str:
    """Return why a family is not worth a try on these data; empty where it may be."""
    if reason := refusal(name):
        return reason
    height, width = data.shape[:2]
    if max(height, width) > MOST_SIDE:
        return f"images of {height}×{width} px are larger than {MOST_SIDE} px"
    if data.fewest < ENOUGH[name]:
        of_smallest = f"{data.fewest} training image{'' if data.fewest == 1 else 's'}"
        return f"the smallest class has {of_smallest}, fewer than {ENOUGH[name]}"
    least = LEAST_MINUTES / LEARNING_SHARE
    if name == "gan" and budget < 60 * least:
        return f"it learns anew for each seed: worth it with a budget of {least:g} minutes or more"
    return ""


def learning_within(budget: float, data: TrainedOn, settings: Settings, gan: str) -> str:
    """Return the GAN as typed, with the steps that its part of a budget allows on this machine.

    Empty where they are too few to learn anything.
    """
    (term,) = parse(gan).terms
    minutes = round(LEARNING_SHARE * budget / 60, 2)
    timed = Term(term.name, {**term.options, "minutes": minutes})
    asked = Expression(timed.canonical(), timed.canonical(), (timed,))
    try:
        (resolved,), _ = resolve_budgets(
            (asked,),
            data.shape,
            data.classes,
            spec=settings.spec,
            threads=settings.threads,
            device=settings.device,
            known={},
        )
    except Refusal:
        return ""
    return resolved.canonical()
