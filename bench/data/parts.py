"""What is tested on where the data do not say it: one fold after the other, or a fixed fifth?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from augbench.bench.data.dataset import Dataset
from augbench.bench.data.sides import Sides
from augbench.bench.data.sources.source import TEST

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings


@dataclass(frozen=True)
class Parts:
    """How the images are shared out where a data set does not say it itself.

    Attributes:
        folds: of K folds a block tests on one: that of a seed is ``seed % K``.
        fixed_test: all blocks test on the same fifth instead.
        train_size: a block trains on a class-balanced part of so many images; None for all.
    """

    folds: int = 5
    fixed_test: bool = False
    train_size: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Parts:
        """Return what the options of a run say."""
        return cls(settings.folds, settings.fixed_test, settings.train_size)

    def of_test(self, dataset: Dataset) -> int | None:
        """Return how many folds the blocks test on in turn; None where the test part is fixed."""
        given = bool((dataset.split == TEST).any())
        return None if given or self.fixed_test else self.folds

    def origins(self, dataset: Dataset) -> dict[str, str]:
        """Return in words where validation and test images come from."""
        origins = dict(dataset.split_origins)
        if (K := self.of_test(dataset)) is not None:
            return origins | {"test": f"fold j mod {K} in block j"}
        return origins if (dataset.split == TEST).any() else origins | {"test": "stratified fixed"}


def splits_with_test(dataset: Dataset, parts: Parts) -> np.ndarray:
    """Return the splits with a test part, uint8, folds×N: one row where the test part is fixed.

    Raises:
        InputError: there are too many folds.
    """
    sides, split = Sides.of(dataset), dataset.split
    K = parts.of_test(dataset)
    if K is None:
        return sides.with_test(split)[None]
    fold = sides.folds(split, K)
    return np.where(fold == np.arange(K)[:, None], np.uint8(TEST), split)


def images_tested(dataset: Dataset, parts: Parts) -> int:
    """Return how many images are tested on once all folds had their turn."""
    return int((splits_with_test(dataset, parts) == TEST).any(0).sum())
