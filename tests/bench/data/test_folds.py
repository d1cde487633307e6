"""Blocks test on folds in turn: every image once, equal pictures together, whatever the seed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import Parts, block, load
from augbench.bench.data.folds import NEVER, folds
from augbench.policies.random import uniforms

from augbench.errors import InputError
from tests.bench.making_images import class_folders

TRAIN, VALIDATION, TEST = 0, 1, 2


def data(counts: list[int], duplicate_of: np.ndarray | None = None) -> Any:
    """What blocks read of a data set without splits, its rows shuffled."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    return SimpleNamespace(
        labels=labels,
        split=np.zeros(len(labels), np.uint8),
        duplicate_of=np.arange(len(labels)) if duplicate_of is None else duplicate_of,
        group_of=None,
        classes=tuple(map(str, range(len(counts)))),
    )


def with_equal_pictures(rng: np.random.Generator, of_class: int = 12, classes: int = 3) -> Any:
    """60 rows, whose pictures repeat, within a class and sometimes in another one."""
    labels = rng.integers(0, classes, 60)
    labels[: 2 * classes] = np.tile(np.arange(classes), 2)  # two images a class at least
    picture = 1000 * labels + rng.integers(0, of_class, 60)
    picture = np.where(rng.random(60) < 0.1, rng.integers(0, 4, 60) - 10, picture)
    first = {value: int(np.flatnonzero(picture == value)[0]) for value in picture}
    duplicate_of = np.array([first[value] for value in picture])
    return SimpleNamespace(
        labels=labels,
        split=np.zeros(60, np.uint8),
        duplicate_of=duplicate_of,
        group_of=None,
        classes=("0",) * 3,
    )


@pytest.mark.parametrize("K", [2, 3, 5, 7])
def test_every_image_is_tested_once_in_as_many_blocks_as_there_are_folds(K: int) -> None:
    dataset = data([50, 33, 8, 20])
    for first in (0, 4):
        tested = [block(dataset, seed, Parts(K)).test for seed in range(first, first + K)]
        np.testing.assert_array_equal(np.sort(np.concatenate(tested)), np.arange(111))


def test_the_parts_of_a_block_share_no_image_and_lose_none() -> None:
    for seed in range(7):
        found = block(data([50, 33, 7]), seed)
        together = np.concatenate([found.train, found.validation, found.test])
        np.testing.assert_array_equal(np.sort(together), np.arange(90))


def test_folds_come_again_and_validation_parts_do_not() -> None:
    dataset = data([40, 40])
    first, again = block(dataset, 2), block(dataset, 7)
    np.testing.assert_array_equal(first.test, again.test)
    assert first.validation.tolist() != again.validation.tolist()
    assert len({block(dataset, seed).test.tobytes() for seed in range(20)}) == 5


@pytest.mark.parametrize("counts", [[100, 50, 25], [7, 7, 7, 7], [11, 12, 13, 3, 2]])
def test_classes_and_the_whole_are_dealt_evenly(counts: list[int]) -> None:
    dataset = data(counts)
    fold = folds(dataset.labels, dataset.split, dataset.duplicate_of, 5)
    for label, number in enumerate(counts):
        dealt = np.bincount(fold[dataset.labels == label], minlength=5)
        assert sorted(dealt) == sorted(number // 5 + (k < number % 5) for k in range(5))
    assert np.ptp(np.bincount(fold)) <= 1


def test_an_image_is_as_likely_in_one_fold_as_in_another() -> None:
    dataset = data([2000, 2000])
    fold = folds(dataset.labels, dataset.split, dataset.duplicate_of, 5)
    early = np.bincount(fold[:2000], minlength=5)
    assert np.abs(early - 400).max() < 5 * np.sqrt(2000 * 0.2 * 0.8 / 2)  # half are drawn
    assert np.corrcoef(fold[:-1], fold[1:])[0, 1] < 0.08


def test_equal_pictures_are_in_one_fold_and_every_class_is_trained_on() -> None:
    rng = np.random.default_rng(1)
    joined = 0
    for _ in range(80):
        dataset, K = with_equal_pictures(rng), int(rng.integers(2, 7))
        labels, duplicate_of = dataset.labels, dataset.duplicate_of
        fold = folds(labels, dataset.split, duplicate_of, K)
        assert fold.min() >= 0
        for label in range(3):
            mine = labels == label
            for which in np.unique(duplicate_of[mine]):
                assert len(np.unique(fold[mine & (duplicate_of == which)])) == 1
            assert len(np.unique(fold[mine])) > 1
        for which in np.unique(duplicate_of):
            equal = duplicate_of == which
            joined += len(np.unique(labels[equal])) > 1 and len(np.unique(fold[equal])) == 1
        for seed in range(K):
            assert len(np.unique(labels[block(dataset, seed, Parts(K)).train])) == 3
    assert joined > 40  # pictures of two classes


def test_a_class_of_one_repeated_picture_has_to_be_cut() -> None:
    labels = np.repeat([0, 1], 10)
    duplicate_of = np.where(labels == 0, 0, np.arange(20))
    fold = folds(labels, np.zeros(20, np.uint8), duplicate_of, 5)
    assert np.bincount(fold[labels == 0]).tolist() == [2] * 5


def test_a_class_with_fewer_images_than_folds_is_tested_in_some_blocks_only() -> None:
    dataset = data([30, 3, 1])
    fold = folds(dataset.labels, dataset.split, dataset.duplicate_of, 5)
    assert len(np.unique(fold[dataset.labels == 1])) == 3
    assert fold[dataset.labels == 2].tolist() == [NEVER]
    for seed in range(5):
        assert set(dataset.labels[block(dataset, seed).train]) == {0, 1, 2}


def test_splits_that_are_given_stay_and_are_never_dealt() -> None:
    dataset = data([30, 30])
    dataset.split[10:20] = VALIDATION
    found = [block(dataset, seed) for seed in range(5)]
    for one in found:
        np.testing.assert_array_equal(one.validation, np.arange(10, 20))
    tested = np.sort(np.concatenate([one.test for one in found]))
    np.testing.assert_array_equal(tested, np.delete(np.arange(60), np.arange(10, 20)))
    dataset.split[40:50] = TEST
    for seed in range(6):
        np.testing.assert_array_equal(block(dataset, seed).test, np.arange(40, 50))


def test_a_fixed_test_part_is_the_first_fifth_of_each_class_in_the_order_of_seed_0() -> None:
    dataset = data([50, 33, 7])
    expected: list[int] = []
    for label, part in enumerate((10, 7, 1)):
        rows = np.flatnonzero(dataset.labels == label)
        order = np.argsort(uniforms(len(rows), 0, "split", TEST, label), kind="stable")
        expected += rows[order][:part].tolist()
    for seed in (0, 3):
        assert block(dataset, seed, Parts(fixed_test=True)).test.tolist() == sorted(expected)


def test_more_folds_than_images_is_an_error() -> None:
    dataset = data([4, 4])
    assert len(block(dataset, 7, Parts(8)).test) == 1
    with pytest.raises(InputError, match="--folds 9 is too many: there are 8 images to test on"):
        block(dataset, 0, Parts(9))


def test_a_folder_is_checked_for_its_folds_when_it_is_read(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 4, "b": 4})
    assert len(load(str(tmp_path), parts=Parts(8))) == 8
    with pytest.raises(InputError, match="--folds 9 is too many"):
        load(str(tmp_path), parts=Parts(9))
    assert len(load(str(tmp_path), parts=Parts(9, fixed_test=True))) == 8


def test_where_test_images_come_from_is_said() -> None:
    dataset = data([30, 30])
    dataset.split_origins = {"validation": "stratified per seed", "test": "stratified"}
    assert Parts(4).origins(dataset)["test"] == "fold j mod 4 in block j"
    assert Parts(fixed_test=True).origins(dataset)["test"] == "stratified fixed"
    dataset.split[:10], dataset.split_origins["test"] = TEST, "folder"
    assert Parts().origins(dataset)["test"] == "folder"
    assert Parts().of_test(dataset) is None
