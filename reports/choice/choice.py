"""What a search is: what it proposed, judged, raced and confirmed, and its answer.

Much of it may not be there yet: what is absent is empty here, and a number that is absent is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BASELINE = "none"
#: the state of a search with nothing left to do
DONE = "done"
#: how a candidate came to be one
KINDS = ("single", "strength", "combination", "preset", "given")

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Candidate:
    """An augmentation that was proposed.

    Attributes:
        label: what tables call it.
        family: what it does, whatever its strength.
        reason: why it is worth trying.
        strength: 1 is mild, 2 usual, 3 strong.
        kind: one of `KINDS`.
        policy: as it would be typed.
    """

    label: str
    family: tuple[str, ...] = ()
    reason: str = ""
    strength: int = 2
    kind: str = "single"
    policy: str = ""


@dataclass(frozen=True)
class Turned:
    """A class that is taken for another under a candidate; all shares are fractions.

    Attributes:
        source: the class.
        target: the class that it is taken for.
        clean: the share of clean images of `source` that are taken for `target`.
        augmented: the same of augmented ones.
        images: how many images of `source` were judged.
        by: the flip or turn that does it; "" for all that the candidate draws.
    """

    source: str
    target: str
    clean: float
    augmented: float
    images: int = 0
    by: str = ""


@dataclass(frozen=True)
class Screened:
    """What networks that saw only clean images say of a candidate's.

    Attributes:
        label: the candidate.
        affinity: accuracy on augmented images over that on clean ones; NaN where not judged.
        struck: whether it breaks labels.
        turned: the classes that turn into each other, the worst first.
        pictures: the array of choose.npz with a clean image and what became of it; "" for none.
    """

    label: str
    affinity: float = math.nan
    struck: bool = False
    turned: tuple[Turned, ...] = ()
    pictures: str = ""


@dataclass(frozen=True)
class Block:
    """One seed of the race, and which policies took part, the baseline among them."""

    seed: int
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """One trial of the race: its figure on validation images, NaN where it failed; seconds."""

    policy: str
    seed: int
    figure: float
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Estimate:
    """What is believed of a candidate's gain on validation images: a fraction, pulled to 0."""

    policy: str
    mean: float
    sd: float
    blocks: int


@dataclass(frozen=True)
class Tested:
    """A policy on the fresh seeds: mean and standard deviation on test images."""

    policy: str
    mean: float
    sd: float
    seeds: int


@dataclass(frozen=True)
class Result:
    """A paired difference on fresh seeds and test images; NaN ends where there is no interval."""

    policy: str
    against: str
    mean: float
    low: float
    high: float
    verdict: str
    seeds: int


@dataclass(frozen=True)
class Confirmation:
    """What fresh seeds and test images say; nothing was chosen on either."""

    seeds: tuple[int, ...]
    policies: tuple[str, ...]
    accuracy: tuple[Tested, ...]
    results: tuple[Result, ...]

    def gain(self, policy: str) -> float:
        """The mean over the baseline's on the same seeds; NaN where either is missing."""
        means = {tested.policy: tested.mean for tested in self.accuracy}
        return means.get(policy, math.nan) - means.get(BASELINE, math.nan)


@dataclass(frozen=True)
class Answer:
    """What to use.

    Attributes:
        kind: better, likely or nothing.
        policy: the label of a candidate, or the baseline.
        within: where nothing is better, what differences stay under, a fraction; NaN unknown.
    """

    kind: str = "nothing"
    policy: str = BASELINE
    within: float = math.nan


@dataclass(frozen=True)
class Choice:
    """A search and its answer, as far as it is.

    Attributes:
        folder: where its files are.
        dataset: its name.
        state: done, racing, confirming or interrupted.
        budget: seconds.
        spent: seconds.
        jobs: trials at a time.
        margin: differences under it do not matter, a fraction.
        objective: what was made as good as can be: accuracy, balanced_accuracy, loss, worst_class.
        summary: facts of the data, by name.
        settings: options of a trial, by name.
        candidates: in the order in which they were proposed.
        left_out: what the data or the budget do not suit: names, and the reason of each.
        screen: what was found of each that was judged.
        blocks: of the race.
        trials: of the race.
        estimates: of each that raced, the best first.
        winner: of the race, or the baseline.
        confirm: what fresh seeds say; None where they say nothing yet.
        answer: what to use.
        code: by library, a script with what is to be used.
        command: how a person goes on.
        full_report: the report of the confirmation, from the folder; "" where there is none.
        warnings: in sentences.
        pictures: arrays of choose.npz by name.
    """

    folder: Path
    dataset: str = ""
    state: str = "racing"
    budget: float = math.nan
    spent: float = math.nan
    jobs: int = 1
    margin: float = 0.01
    objective: str = "accuracy"
    summary: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    screen: tuple[Screened, ...] = ()
    blocks: tuple[Block, ...] = ()
    trials: tuple[Trial, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    winner: str = BASELINE
    confirm: Confirmation | None = None
    answer: Answer = Answer()
    code: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    full_report: str = ""
    warnings: tuple[str, ...] = ()
    pictures: Mapping[str, Images] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == DONE

    @property
    def result(self) -> Result | None:
        """The difference to the baseline on fresh seeds; None where there is none yet."""
        if self.confirm is None:
            return None
        return next((result for result in self.confirm.results if result.against == BASELINE), None)

    @cached_property
    def estimate(self) -> dict[str, Estimate]:
        """By label, what is believed of its gain."""
        return {estimate.policy: estimate for estimate in self.estimates}

    @cached_property
    def screened(self) -> dict[str, Screened]:
        """By label, what the screen says."""
        return {screened.label: screened for screened in self.screen}

    @cached_property
    def taking_part(self) -> dict[str, list[int]]:
        """By label, the places of the blocks in which it took part."""
        places: dict[str, list[int]] = {}
        for place, block in enumerate(self.blocks):
            for label in block.policies:
                places.setdefault(label, []).append(place)
        return places

    @cached_property
    def _figures(self) -> dict[tuple[str, int], Trial]:
        return {(trial.policy, trial.seed): trial for trial in self.trials}

    def trial(self, label: str, place: int) -> Trial | None:
        """The trial of a policy in a block."""
        return self._figures.get((label, self.blocks[place].seed))

    def gain(self, label: str, place: int) -> float:
        """The gain over the baseline in a block, a fraction; NaN where either failed."""
        mine, base = self.trial(label, place), self.trial(BASELINE, place)
        return math.nan if mine is None or base is None else mine.figure - base.figure
