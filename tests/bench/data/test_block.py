"""A seed's parts are stratified, repeatable, and never hold the same picture on two sides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import Block, Parts, load
from augbench.bench.data import block as block_of
from augbench.bench.data.sides import Sides
from augbench.bench.data.stratify import carved_size

from augbench.errors import InputError

TRAIN, VALIDATION, TEST = 0, 1, 2


@dataclass
class Rows:
    """What blocks read of a data set."""

    labels: np.ndarray
    split: np.ndarray
    duplicate_of: np.ndarray
    classes: tuple[str, ...]
    group_of: np.ndarray | None = None


def rows(counts: list[int], *, duplicate_of: np.ndarray | None = None, test: bool = True) -> Rows:
    """Rows of classes of these sizes, shuffled; with a fixed test part carved."""
    labels = np.repeat(np.arange(len(counts)), counts)
    labels = np.random.default_rng(0).permutation(labels)
    duplicate_of = np.arange(len(labels)) if duplicate_of is None else duplicate_of
    part = np.zeros(len(labels), np.uint8)
    if test:
        part = with_test(labels, part, duplicate_of)
    return Rows(labels, part, duplicate_of, tuple(map(str, range(len(counts)))))


def with_test(labels: np.ndarray, split: np.ndarray, duplicate_of: np.ndarray) -> np.ndarray:
    return Sides(labels, duplicate_of, None).with_test(split)


def block(dataset: Any, seed: int, train_size: int | None = None) -> Block:
    return block_of(dataset, seed, Parts(train_size=train_size))


def sizes(dataset: Rows, which: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[which], minlength=len(dataset.classes)).tolist()


def test_every_row_is_in_one_part_and_chosenare_sorted() -> None:
    found = block(rows([50, 33, 7]), seed=3)
    together = np.concatenate([found.train, found.validation, found.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(90))
    for part in (found.train, found.validation, found.test):
        assert (np.diff(part) > 0).all()


def test_a_fifth_of_each_class_is_tested_on_and_a_fifth_of_the_rest_validated_on() -> None:
    dataset = rows([100, 10, 40, 5, 2])
    found = block(dataset, seed=0)
    assert sizes(dataset, found.test) == [20, 2, 8, 1, 1]
    assert sizes(dataset, found.validation) == [16, 2, 6, 1, 0]
    assert sizes(dataset, found.train) == [64, 6, 26, 3, 1]


@pytest.mark.parametrize(("number", "part"), [(0, 0), (1, 0), (2, 1), (7, 1), (8, 2), (1000, 200)])
def test_the_part_of_a_class_is_a_fifth_and_at_least_one_of_two(number: int, part: int) -> None:
    assert carved_size(number) == part


def test_the_test_part_is_fixed_and_the_validation_part_is_the_seeds_own() -> None:
    dataset = rows([60, 60])
    blocks = [block(dataset, seed) for seed in range(6)]
    assert len({found.test.tobytes() for found in blocks}) == 1
    assert len({found.validation.tobytes() for found in blocks}) == 6
    again = block(dataset, 4)
    np.testing.assert_array_equal(again.validation, blocks[4].validation)
    np.testing.assert_array_equal(again.train, blocks[4].train)


def test_parts_that_are_given_are_kept() -> None:
    dataset = rows([30, 30], test=False)
    dataset.split[5:20] = VALIDATION
    dataset.split[40:] = TEST
    dataset.split = with_test(dataset.labels, dataset.split, dataset.duplicate_of)
    for seed in range(3):
        found = block(dataset, seed)
        np.testing.assert_array_equal(found.validation, np.arange(5, 20))
        np.testing.assert_array_equal(found.test, np.arange(40, 60))


def test_a_class_of_one_image_is_trained_on() -> None:
    dataset = rows([20, 1])
    for seed in range(5):
        assert sizes(dataset, block(dataset, seed).train)[1] == 1


def test_every_image_is_validated_on_equally_often() -> None:
    dataset = rows([50, 50], test=False)
    dataset.split[:10] = TEST
    seeds = 400
    times = np.zeros(100)
    for seed in range(seeds):
        times[block(dataset, seed).validation] += 1
    free = times[10:]
    share = free.mean() / seeds
    assert abs(share - 0.2) < 0.01
    assert np.abs(free - free.mean()).max() < 5 * np.sqrt(seeds * 0.2 * 0.8)


def test_equal_pictures_of_a_class_are_on_one_side() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        labels = np.sort(rng.integers(0, 3, 60))
        picture = np.array([1000 * label for label in labels]) + rng.integers(0, 12, 60)
        first = {value: np.flatnonzero(picture == value)[0] for value in picture}
        duplicate_of = np.array([first[value] for value in picture])
        dataset = Rows(labels, np.zeros(60, np.uint8), duplicate_of, ("0", "1", "2"))
        dataset.split = with_test(labels, dataset.split, duplicate_of)
        found = block(dataset, seed=int(rng.integers(100)))
        sides = [set(duplicate_of[part]) for part in (found.train, found.validation, found.test)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        for part in (found.validation, found.test):
            assert (np.bincount(labels[part], minlength=3) > 0).all()


def test_a_class_of_one_repeated_picture_has_to_be_cut() -> None:
    labels = np.repeat([0, 1], 10)
    duplicate_of = np.where(labels == 0, 0, np.arange(20))
    part = with_test(labels, np.zeros(20, np.uint8), duplicate_of)
    assert np.bincount(labels[part == TEST]).tolist() == [2, 2]


def test_a_smaller_training_set_is_balanced_and_part_of_a_larger() -> None:
    dataset = rows([100, 100, 100])
    before: set[int] = set()
    for size in (3, 10, 60, 100):
        found = block(dataset, 7, train_size=size).train
        counts = sizes(dataset, found)
        assert sum(counts) == size
        assert max(counts) - min(counts) <= 1
        assert before <= set(found.tolist())
        before = set(found.tolist())
    other = block(dataset, 8, train_size=60).train
    assert set(other.tolist()) != set(block(dataset, 7, train_size=60).train.tolist())


def test_a_smaller_training_set_leaves_the_other_parts_alone() -> None:
    dataset = rows([100, 100])
    whole, less = block(dataset, 1), block(dataset, 1, train_size=20)
    np.testing.assert_array_equal(whole.validation, less.validation)
    np.testing.assert_array_equal(whole.test, less.test)
    assert set(less.train) < set(whole.train)


def test_a_class_with_too_few_images_gives_all_and_the_others_fill_up() -> None:
    dataset = rows([10, 200, 200])
    counts = sizes(dataset, block(dataset, 0, train_size=100).train)
    assert counts[0] == 6
    assert sum(counts) == 100
    assert abs(counts[1] - counts[2]) <= 1


def test_each_seed_keeps_other_images_and_favours_other_classes() -> None:
    dataset = rows([30, 30, 30], test=False)
    for label in range(3):
        mine = np.flatnonzero(dataset.labels == label)
        dataset.split[mine[:5]], dataset.split[mine[5:10]] = TEST, VALIDATION
    kept = [block(dataset, seed, train_size=31).train for seed in range(12)]
    assert len({chosen.tobytes() for chosen in kept}) == 12
    assert {int(np.argmax(sizes(dataset, chosen))) for chosen in kept} == {0, 1, 2}
    assert len(set(np.concatenate(kept).tolist())) == 60


def test_more_than_there_is_gives_everything() -> None:
    dataset = rows([10, 10])
    found = block(dataset, 0, train_size=10_000).train
    np.testing.assert_array_equal(found, block(dataset, 0).train)


def test_less_than_one_image_a_class_is_an_error() -> None:
    with pytest.raises(InputError, match="--train-size 2 is below one image for each of 3 classes"):
        block(rows([10, 10, 10]), 0, train_size=2)


#: rows of the digits as they were split before blocks tested on folds: part, seed, start of sha256
FIXED = {
    ("train", 0): "45e695162017",
    ("validation", 0): "90ecc22ae40c",
    ("train", 3): "1a1b49548dcc",
    ("validation", 3): "8cce15bf566e",
    ("test", 0): "428719e9fa5f",
    ("test", 3): "428719e9fa5f",
}


@pytest.mark.parametrize("fixed", [False, True])
def test_the_digits_are_split_alike_in_every_class(fixed: bool) -> None:
    digits = load("digits")
    everywhere = np.bincount(digits.labels)
    for seed in range(5):
        found = block_of(digits, seed, Parts(fixed_test=fixed))
        for part, share in ((found.test, 0.2), (found.validation, 0.16), (found.train, 0.64)):
            assert np.abs(np.bincount(digits.labels[part]) - share * everywhere).max() <= 1


def test_a_fixed_test_part_of_the_digits_is_what_it_always_was() -> None:
    digits = load("digits")
    for (part, seed), digest in FIXED.items():
        rows = getattr(block_of(digits, seed, Parts(fixed_test=True)), part)
        assert hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()[:12] == digest
