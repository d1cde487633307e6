"""What the policies of one seed work on: its training split, and a context to learn with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from augbench.bench.data import Block, Dataset, Parts, artefact_folder, block
from augbench.bench.data.block import training_key
from augbench.bench.data.sources.pixels import decode
from augbench.policies.base import Context, Policy
from augbench.policies.expression import Expression
from augbench.policies.registry import build
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.training_set import ImageStack, TrainingSet

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings


@dataclass(frozen=True)
class BlockSetup:
    """A seed's block, before any policy acted on it.

    Attributes:
        dataset: the data.
        settings: the options; those that share out the images, ``threads`` and ``device`` count.
        spec: the run's augmentation spec.
        seed: the block's seed.
        block: the rows of the data set that are trained, validated and tested on.
        train: the images of the training split.
    """

    dataset: Dataset
    settings: Settings
    spec: AugmentationSpec
    seed: int
    block: Block
    train: TrainingSet

    @classmethod
    def of(
        cls, dataset: Dataset, settings: Settings, spec: AugmentationSpec, seed: int
    ) -> BlockSetup:
        """Return the setup of the block of ``seed``."""
        rows = block(dataset, seed, Parts.of(settings))
        train = TrainingSet(
            ImageStack([(dataset.images, rows.train)]), dataset.labels[rows.train], dataset.classes
        )
        if dataset.group_of is not None:
            train = replace(train, group=dataset.group_of[rows.train])
        return cls(dataset, settings, spec, seed, rows, train)

    def policy(self, expression: Expression) -> Policy:
        """Return the policy, which can work on these images and classes.

        Raises:
            InputError: it cannot be made, or not for these images.
        """
        policy = build(expression, self.spec)
        policy.check(self.dataset.shape, len(self.dataset.classes))
        policy.check_classes(self.dataset.classes)
        return policy

    def context(self, on_message: Callable[[str], None] = lambda text: None) -> Context:
        """Return what a policy learns with; equal blocks share artefacts, whatever the verb."""
        return Context(
            seed=self.seed,
            threads=self.settings.threads,
            cache=artefact_folder(self.settings.device),
            data_key=training_key(self.dataset, self.block.train),
            decode=decode,
            progress=on_message,
        )

    def source(self, row: int) -> str:
        """Return the name of the image in a row of the training split."""
        return self.dataset.paths[self.block.train[row]]
