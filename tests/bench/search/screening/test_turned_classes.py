"""A pair of classes is named where one turns into the other and back, in worlds of known truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from augbench.bench.search.screening.turned_classes import (
    View,
    call_rates,
    increase_interval,
    mann_whitney,
    turned_pairs,
    worth,
)
from scipy.stats import mannwhitneyu, norm

#: moves images float N×d, given their classes and the means of all classes
Change = Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], np.ndarray]

DIMENSIONS = 6


def log_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


class World:
    """Gaussian classes, two pairs of them alike, and the classifier that knows them, as clean."""

    def __init__(self, seed: int, classes: int, images: int) -> None:
        self.rng = np.random.default_rng([seed, classes, images])
        self.means = self.rng.normal(0, 1.2, (classes, DIMENSIONS))
        for one in range(min(2, classes // 2 - 1)):
            self.means[2 * one + 1] = self.means[2 * one] + self.rng.normal(0, 0.3, DIMENSIONS)
        self.labels = np.repeat(np.arange(classes), images)
        self.images = self.rng.normal(self.means[self.labels], 1)
        self.clean = self.judge(self.images)
        self.bias = np.zeros(classes)

    def judge(self, images: np.ndarray) -> np.ndarray:
        distance = ((images[..., None, :] - self.means) ** 2).sum(-1)
        return log_softmax(-distance / 2 + getattr(self, "bias", 0))

    def named(self, change: Change, draws: int = 1, exact: bool = False) -> list[set[int]]:
        changed = [change(self.rng, self.images, self.labels, self.means) for _ in range(draws)]
        said = self.judge(np.stack(changed))
        view = View(said, said, np.ones(said.shape[:2], bool), exact)
        pairs = turned_pairs(self.labels, self.clean, view)
        return [{pair.there.source, pair.there.target} for pair in pairs]


def shifted(rng: np.random.Generator, x: np.ndarray, *_: np.ndarray) -> np.ndarray:
    return x + rng.normal(0, 1.8, DIMENSIONS)


def noisy(rng: np.random.Generator, x: np.ndarray, *_: np.ndarray) -> np.ndarray:
    return x + rng.normal(0, 1.2, x.shape)


def faint(rng: np.random.Generator, x: np.ndarray, *_: np.ndarray) -> np.ndarray:
    return 0.4 * x + rng.normal(0, 0.5, x.shape)


def swapped(
    rng: np.random.Generator, x: np.ndarray, labels: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """The last two classes turn into each other; everything is a little off besides."""
    a, b = len(means) - 2, len(means) - 1
    moved = x + rng.normal(0, 0.4, x.shape)
    moved[labels == a] += means[b] - means[a]
    moved[labels == b] += means[a] - means[b]
    return moved


def replaced(
    rng: np.random.Generator, x: np.ndarray, labels: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """The last class but one becomes the last one, which stays what it is."""
    moved = x.copy()
    moved[labels == len(means) - 2] += means[-1] - means[-2]
    return moved


@pytest.mark.parametrize("change", [shifted, noisy, faint])
@pytest.mark.parametrize(("classes", "images"), [(2, 30), (10, 20), (26, 11)])
@pytest.mark.parametrize(("draws", "exact"), [(1, True), (4, False)])
def test_what_only_makes_the_classifier_worse_names_no_pair(
    change: Change, classes: int, images: int, draws: int, exact: bool
) -> None:
    worlds = [World(seed, classes, images) for seed in range(20)]
    named = sum(bool(world.named(change, draws, exact)) for world in worlds)
    assert named <= 1


def test_a_class_that_everything_sinks_into_is_not_one_that_others_turn_into() -> None:
    for seed in range(20):
        world = World(seed, 10, 30)
        world.bias[seed % 10] = 6.0
        assert world.named(lambda rng, x, *_: x, exact=True) == []


@pytest.mark.parametrize(("classes", "images"), [(2, 30), (10, 20), (26, 11)])
@pytest.mark.parametrize(("draws", "exact"), [(1, True), (4, False)])
def test_two_classes_that_turn_into_each_other_are_named(
    classes: int, images: int, draws: int, exact: bool
) -> None:
    truth = {classes - 2, classes - 1}
    worlds = [World(seed, classes, images) for seed in range(20)]
    named = [world.named(swapped, draws, exact) for world in worlds]
    assert sum(truth in pairs for pairs in named) >= 15
    assert sum(any(pair != truth for pair in pairs) for pairs in named) <= 2


def test_a_turn_that_goes_one_way_alone_is_not_named() -> None:
    named = [World(seed, 10, 30).named(replaced, exact=True) for seed in range(20)]
    assert not any({8, 9} in pairs for pairs in named)


def test_what_is_undone_by_something_else_is_looked_for_there() -> None:
    """A quarter turn makes a Z of an N; it takes one the other way to make an N of a Z."""
    world = World(0, 10, 30)
    there, back = world.images.copy(), world.images.copy()
    there[world.labels == 8] += world.means[9] - world.means[8]
    back[world.labels == 9] += world.means[8] - world.means[9]
    view = View(world.judge(there)[None], world.judge(back)[None], np.ones((1, len(there)), bool))
    pair = turned_pairs(world.labels, world.clean, view)[0]
    assert {(pair.there.source, pair.there.target), (pair.back.source, pair.back.target)} == {
        (8, 9),
        (9, 8),
    }


def test_figures_of_a_pair_are_shares_of_draws_that_changed() -> None:
    world = World(1, 4, 25)
    said = np.repeat(world.clean[None], 2, axis=0)
    swap = np.arange(100).reshape(4, 25)[[0, 1, 3, 2]].ravel()
    said[0] = world.clean[swap]
    changed = np.array([[True], [False]]).repeat(100, axis=1)
    pair = turned_pairs(world.labels, world.clean, View(said, said, changed))[0]
    called = world.clean.argmax(1)
    source, target = pair.there.source, pair.there.target
    assert pair.there.clean == (called[world.labels == source] == target).mean()
    assert pair.there.augmented == (called[world.labels == target] == target).mean()
    assert (pair.there.images, pair.there.draws) == (25, 25)
    assert pair.there.low < pair.there.augmented - pair.there.clean < pair.there.high


def test_u_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    for n, m in ((11, 11), (5, 200), (40, 7)):
        x, y = rng.integers(0, 9, n).astype(float) + 1, rng.integers(0, 9, m).astype(float)
        greater = mannwhitneyu(x, y, alternative="greater", method="asymptotic")
        two_sided = mannwhitneyu(x, y, method="asymptotic")
        assert 2 * norm.sf(abs(mann_whitney(x, y))) == pytest.approx(two_sided.pvalue)
        assert (mann_whitney(x, y) > 0) == (greater.pvalue < 0.5)
    assert mann_whitney(np.ones(4), np.ones(5)) == 0
    assert mann_whitney(np.ones(0), np.ones(5)) == 0


def test_the_interval_of_an_increase_is_newcombes() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, table II (a): 56/70 and 48/80, method 10
    low, high = increase_interval((48 / 80, 80), (56 / 70, 70))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_draws_of_an_image_count_for_as_much_as_they_tell() -> None:
    counts = np.ones((4, 100), bool)
    rng = np.random.default_rng(0)
    alike = np.repeat(rng.random((1, 100)) < 0.4, 4, axis=0)
    apart = rng.random((4, 100)) < 0.4
    assert worth(alike, counts) == pytest.approx(100, rel=0.02)
    assert worth(apart, counts) > 250
    assert worth(np.ones((4, 100), bool), counts) == 100  # no variance tells them apart


def test_the_share_that_is_called_what_counts_what_it_is_told_to() -> None:
    said = np.log(np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.4, 0.6]]]))
    rates, number = call_rates(np.array([0, 1]), said, np.array([[True, True], [True, False]]))
    np.testing.assert_allclose(rates, [[0.5, 0.5], [0, 1]])
    np.testing.assert_array_equal(number, [2, 1])
