"""What several policies do one after the other: ``gan(…) + albumentations(…)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Context, Extreme, Policy
from augbench.policies.returned import changed, enlarged
from augbench.policies.training_set import TrainingSet


class Chain(Policy):
    """Policies in order: all learn from the real training split, then each enlarges, then changes.

    Each member that changes batches gets a ``stage`` of its own, so that two equal members draw
    differently; the first of them draws as it does alone, so that ``gan + keras`` shows real
    images just as ``keras`` does.
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        """Chain ``policies``, in the order in which they act."""
        self.policies = tuple(policies)
        changing = [policy.changes for policy in self.policies]
        self._stages = [sum(changing[:number]) for number in range(len(changing))]

    @property
    def parts(self) -> tuple[Policy, ...]:
        """The members, in order."""
        return self.policies

    @property
    def changes(self) -> bool:
        """Whether any member changes batches."""
        return any(policy.changes for policy in self.policies)

    @property
    def enlarges(self) -> bool:
        """Whether any member enlarges the set."""
        return any(policy.enlarges for policy in self.policies)

    @property
    def definition(self) -> dict[str, Any]:
        """The members, in order."""
        return {"chain": [policy.definition for policy in self.policies]}

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if any member cannot handle images H×W×C."""
        for policy in self.policies:
            policy.check(shape, classes)

    def check_classes(self, names: Sequence[str]) -> None:
        """Raise `InputError` if any member asks for other classes."""
        for policy in self.policies:
            policy.check_classes(names)

    @property
    def artefact_key(self) -> str:
        """What the members keep in the cache, in their order."""
        return ", ".join(key for policy in self.policies if (key := policy.artefact_key))

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Let every member learn from the real training split."""
        for policy in self.policies:
            policy.learn(train, context)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the training set after every member enlarged it in turn."""
        for policy in self.policies:
            train = enlarged(policy, train, context)
        return train

    def change(self, batch: Batch) -> Batch:
        """Return the batch after every member changed it in turn."""
        first = batch.stage
        for policy, stage in zip(self.policies, self._stages, strict=True):
            batch = changed(policy, batch.replace(stage=first + stage))
        return batch.replace(stage=first)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image: what each member says of it, joined."""
        first = batch.stage
        descriptions = []
        for policy, stage in zip(self.policies, self._stages, strict=True):
            seen_by_member = batch.replace(stage=first + stage)
            descriptions.append(policy.describe(seen_by_member))
            batch = changed(policy, seen_by_member.replace())
        known = [lines for lines in descriptions if lines]
        return ["; ".join(filter(None, of_image)) for of_image in zip(*known, strict=True)]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return those of the members, one after the other."""
        return [extreme for policy in self.policies for extreme in policy.extremes(images)]
