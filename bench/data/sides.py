"""Which images belong on one side of every split, and how is a split then taken?

Equal pixels do, within a class; where data bring groups (patients, videos, copies that `expand`
made of one image), all of a group do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from augbench.bench.data.dataset import Dataset
from augbench.bench.data.folds import folds
from augbench.bench.data.grouped import grouped_carved, grouped_folds, units_of
from augbench.bench.data.sources.source import TEST
from augbench.bench.data.stratify import carved


@dataclass(frozen=True)
class Sides:
    """Some rows of a data set, as far as splits are taken of them.

    Attributes:
        labels: int64, N.
        duplicate_of: int64, N, the first row with the same pixels.
        unit_of: int64, N, equal for rows on one side; None where the data bring no groups.
    """

    labels: np.ndarray
    duplicate_of: np.ndarray
    unit_of: np.ndarray | None

    @classmethod
    def of(cls, dataset: Dataset) -> Sides:
        """Return all rows of a data set."""
        group_of, duplicate_of = dataset.group_of, dataset.duplicate_of
        units = None if group_of is None else units_of(duplicate_of, group_of)
        return cls(dataset.labels, duplicate_of, units)

    def among(self, rows: np.ndarray) -> Sides:
        """Return these rows alone."""
        _, first, equal = np.unique(self.duplicate_of[rows], return_index=True, return_inverse=True)
        units = None if self.unit_of is None else self.unit_of[rows]
        return Sides(self.labels[rows], first[equal], units)

    def folds(self, split: np.ndarray, K: int) -> np.ndarray:
        """Return the fold of each training row, int64, N, as `folds` or `grouped_folds` do.

        Raises:
            InputError: a fold would stay empty.
        """
        if self.unit_of is None:
            return folds(self.labels, split, self.duplicate_of, K)
        return grouped_folds(self.labels, split, self.unit_of, K)

    def carved(self, split: np.ndarray, wanted: int, seed: int) -> np.ndarray:
        """Return ``split`` with a share of its training rows in the split ``wanted``.

        Raises:
            InputError: groups hold whole classes, so that none can be spared.
        """
        if self.unit_of is None:
            return carved(self.labels, split, self.duplicate_of, wanted, seed)
        return grouped_carved(self.labels, split, self.unit_of, wanted, seed)

    def with_test(self, split: np.ndarray) -> np.ndarray:
        """Return ``split`` with a stratified test part, the same for all seeds, if it has none."""
        return split if (split == TEST).any() else self.carved(split, TEST, 0)
