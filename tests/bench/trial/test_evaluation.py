"""Accuracy is measured on clean training images that are the same for every policy of a seed."""

from __future__ import annotations

import numpy as np
from augbench.bench.trial.evaluation import CLEAN_SUBSET, clean_subset


def test_a_small_training_split_is_measured_whole() -> None:
    rows = np.arange(7, 900)
    np.testing.assert_array_equal(clean_subset(np.zeros(1000, int), rows, 0), rows)


def test_a_large_one_by_a_thousand_rows_with_its_classes_in_proportion() -> None:
    labels = np.repeat([0, 1, 2], [6000, 3000, 1000])
    rows = np.arange(10_000)
    chosen = clean_subset(labels, rows, 5)
    assert len(np.unique(chosen)) == CLEAN_SUBSET
    assert np.abs(np.bincount(labels[chosen]) - [600, 300, 100]).max() <= 1
    np.testing.assert_array_equal(chosen, clean_subset(labels, rows, 5))
    assert not np.array_equal(chosen, clean_subset(labels, rows, 6))
