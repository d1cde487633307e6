"""What a policy is: three moments at which it may act on the training split."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from augbench.policies.random import stream
from augbench.policies.training_set import TrainingSet

from augbench.findings import Finding


@dataclass(frozen=True)
class Batch:
    """One training batch on its way to the model; made new by ``replace``, never changed in place.

    Attributes:
        images: uint8, B×H×W×C, values 0…255.
        labels: float32, B×K, one row a probability distribution over the classes.
        rows: int64, B, the rows of the (enlarged) training set.
        seed: the block's seed.
        epoch: counted from 0.
        step: the optimiser step within the epoch, counted from 0.
        stage: the place in a chain of policies, so that equal ones draw differently.
    """

    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    seed: int
    epoch: int
    step: int
    stage: int = 0

    @cached_property
    def rng(self) -> np.random.Generator:
        """The generator from which all randomness of ``change`` comes."""
        return stream(self.seed, "change", self.stage, self.epoch, self.step)

    def replace(self, **changes: Any) -> Batch:
        """Return this batch with other ``images``, ``labels`` and so on."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class Extreme:
    """Images with one thing done to all of them, as strongly as a policy ever does it.

    Attributes:
        name: the word or operation.
        images: uint8, B×H×W×C.
        caption: its value.
    """

    name: str
    images: np.ndarray
    caption: str


@dataclass(frozen=True)
class Context:
    """What the runner lends to a policy that learns or enlarges.

    Attributes:
        seed: the block's seed.
        threads: CPU threads the trial computes with.
        cache: a folder for artefacts that outlive the trial (a trained GAN).
        data_key: a hash of the training split's content; part of every artefact's name.
        wanted: int64, K, how many new images of each class are asked for; None leaves it to the
            policy, whose ``factor`` then counts.
        decode: ``(bytes of an image file, (height, width), channels) -> uint8 H×W×C``, as the
            images of the data set were read.
        progress: called with a short text now and then.
        findings: what the policy wants in the report, as data; append to it, or call `note`.
        records: named figures of the policy (the quality of a pool); goes to ``synthetic.csv``.
            ``used`` is 0 where the policy did not add what it made.
        pictures: named uint8 arrays (contact sheets), kept with the trial.
        charges: seconds that another trial of the block spent on what this one learnt; append.
    """

    seed: int
    threads: int = 1
    cache: Path = Path()
    data_key: str = ""
    wanted: np.ndarray | None = None
    decode: Callable[[bytes, tuple[int, int], int], np.ndarray] | None = None
    progress: Callable[[str], None] = lambda text: None
    findings: list[Finding] = field(default_factory=list)
    records: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    charges: list[float] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Put a remark of your own into the report, as it stands."""
        self.findings.append(Finding("remark", {"text": text}))


class Policy:
    """Changes nothing: the baseline, and the base of all policies, built in or your own.

    A subclass overrides what it needs. The options that a user may type are the parameters of
    its ``__init__``; a parameter named ``spec`` receives the run's augmentation spec where the
    user gives none.

    >>> class Posterize(Policy):
    ...     def __init__(self, bits: int = 4) -> None:
    ...         self.mask = 256 - 2 ** (8 - bits)
    ...
    ...     def change(self, batch: Batch) -> Batch:
    ...         return batch.replace(images=batch.images & self.mask)
    """

    #: options that name files whose content belongs to the identity of a trial
    file_options: tuple[str, ...] = ()
    #: what the class was called with, by which `as_text` writes an object as text
    made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Keep what the policy is made with."""
        if (arguments or options) and cls.__init__ is object.__init__:
            raise TypeError(f"{cls.__name__}() takes no arguments")
        policy = super().__new__(cls)
        policy.__dict__["made_with"] = (arguments, options)
        return policy

    @property
    def parts(self) -> tuple[Policy, ...]:
        """The policies that this one is made of."""
        return ()

    @property
    def changes(self) -> bool:
        """Whether `change` does anything; asked before batches are copied for it."""
        return type(self).change is not Policy.change

    @property
    def enlarges(self) -> bool:
        """Whether `enlarge` may add rows."""
        return type(self).enlarge is not Policy.enlarge

    @property
    def artefact_key(self) -> str:
        """A name of what ``learn`` keeps in the cache; policies of equal names share it.

        Of the trials that share it one goes first and the others wait; empty where none is kept.
        """
        return ""

    @property
    def code(self) -> str:
        """Python that makes the same changes without augbench, to paste; empty where there is none.

        An expression with ``keras`` and ``ImageDataGenerator`` as names.
        """
        return ""

    @property
    def definition(self) -> dict[str, Any]:
        """What the policy is, in full, as plain JSON values: equal where it does the same."""
        positional, named = self.made_with
        options = {name: _plain(value) for name, value in named.items()}
        return {type(self).__name__: [*map(_plain, positional), options] if positional else options}

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be handled; called before any training."""

    def check_classes(self, names: Sequence[str]) -> None:
        """Raise `InputError` if the data's classes are not what the policy asks for."""

    @property
    def has_budget(self) -> bool:
        """Whether an option is a time, so that `resolve_budget` is asked what it stands for."""
        return type(self).resolve_budget is not Policy.resolve_budget

    def resolve_budget(
        self, shape: tuple[int, int, int], classes: int, cache: Path, threads: int
    ) -> dict[str, Any]:
        """Return the options that stand for those that time on this machine decides.

        Called once before the first trial, which gets the returned options in their place: a
        policy with ``minutes=`` returns ``{"minutes": None, "steps": 4000}``.
        """
        return {}

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Learn from the block's training split (a GAN trains here)."""

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the training set, perhaps with more rows (a GAN generates here)."""
        return train

    def change(self, batch: Batch) -> Batch:
        """Return the batch to train on; called for every batch, in any process, in any order."""
        return batch

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image that says what ``change`` does to it; empty where not known."""
        return []

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C with each thing done that ``change`` may do, at its ends.

        Empty where the ends of the ranges are not known: a policy that mixes, generates, or lets a
        library draw.
        """
        return []


def _plain(value: Any) -> Any:
    """Return an option as JSON holds it; the name of its type where that cannot hold it."""
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return type(value).__name__
