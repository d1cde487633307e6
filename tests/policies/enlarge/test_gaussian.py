"""Are the Gaussian control's images drawn from Gaussians with each class's mean and spread?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augbench.policies.base import Context
from augbench.policies.enlarge.gaussian import Gaussian, fit
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.training_set import ImageStack, TrainingSet
from scipy import stats
from sklearn.datasets import load_digits

from augbench.errors import InputError

CLASSES = tuple("0123456789")


def digits() -> TrainingSet:
    data = load_digits()
    images = (data.images * (255 / 16)).astype(np.uint8)[..., None]
    return TrainingSet(ImageStack([(images, None)]), data.target.astype(np.int64), CLASSES)


def enlarged(train: TrainingSet, seed: int = 1, **options: Any) -> TrainingSet:
    policy, context = Gaussian(**options), Context(seed)
    policy.learn(train, context)
    return policy.enlarge(train, context)


def test_means_and_covariances_are_the_shrunk_ones_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    codes, labels = rng.normal(size=(50, 3)), np.repeat([0, 1], [35, 15])
    means, factors = fit(codes, labels, 2)
    own = [codes[labels == k] for k in (0, 1)]
    within = sum((len(x) - 1) * np.cov(x.T) for x in own) / (50 - 2)
    for k, x in enumerate(own):
        biased = np.cov(x.T, bias=True)
        expected = (len(x) * biased + 3 * within) / (len(x) + 3)
        assert means[k] == pytest.approx(x.mean(0))
        assert factors[k] @ factors[k].T == pytest.approx(expected, abs=1e-6)


def test_many_images_give_back_the_gaussian_that_they_were_drawn_from() -> None:
    rng = np.random.default_rng(1)
    shape, count = (4, 4, 1), 6000
    root = rng.normal(0, 5, (16, 16))
    labels = np.arange(count) % 2
    centre = np.array([90.0, 160.0])[labels, None]
    pixels = centre + rng.standard_normal((count, 16)) @ root.T
    images = np.clip(np.rint(pixels), 0, 255).astype(np.uint8).reshape(-1, *shape)
    train = TrainingSet(ImageStack([(images, None)]), labels, ("a", "b"))
    more = enlarged(train, factor=3)
    rows = np.arange(count, 3 * count)
    for k in (0, 1):
        made = more.images[rows[more.labels[rows] == k]].reshape(-1, 16).astype(float)
        real = images[labels == k].reshape(-1, 16).astype(float)
        assert made.mean(0) == pytest.approx(real.mean(0), abs=2.0)
        ratio = np.trace(np.cov(made.T)) / np.trace(np.cov(real.T))
        assert ratio == pytest.approx(1.0, abs=0.05)
        assert np.corrcoef(np.cov(made.T).ravel(), np.cov(real.T).ravel())[0, 1] > 0.99
        axis = np.linalg.eigh(np.cov(real.T))[1][:, -1]
        along = (made - made.mean(0)) @ axis
        assert stats.kstest(along / along.std(), "norm").statistic < 0.03


def test_the_pool_has_its_size_and_the_classes_in_proportion() -> None:
    train = digits()
    rows = np.flatnonzero((train.labels != 4) | (np.arange(len(train)) < 300))
    uneven = TrainingSet(train.images.repeated(rows), train.labels[rows], CLASSES)
    more = enlarged(uneven, factor=2.5, share=0.2, mode="pretrain")
    labels = more.labels[len(rows) :]
    assert len(labels) == more.synthetic == round(1.5 * len(rows)) and more.real == len(rows)
    assert np.abs(np.bincount(labels) - 1.5 * np.bincount(uneven.labels)).max() <= 1
    assert (more.share, more.mode) == (0.2, "pretrain")
    assert (more.source[len(rows) :] == -1).all()


def test_a_classifier_of_real_images_finds_the_labels_right() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    train = digits()
    more = enlarged(train)
    made = more.images[np.arange(len(train), len(more))].reshape(len(train), -1)
    judge = KNeighborsClassifier(3).fit(
        np.asarray(train.images).reshape(len(train), -1), train.labels
    )
    assert judge.score(made, more.labels[len(train) :]) > 0.9


def test_equal_seeds_give_equal_images_and_others_do_not() -> None:
    train = digits()
    first, again, other = (np.asarray(enlarged(train, seed).images) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_few_images_of_a_class_borrow_the_spread_of_the_others() -> None:
    train = digits()
    rows = np.flatnonzero((train.labels != 7) | (np.cumsum(train.labels == 7) <= 1))
    few = TrainingSet(train.images.repeated(rows), train.labels[rows], CLASSES)
    policy = Gaussian()
    policy.learn(few, Context(0))
    made = policy.generate(np.full(50, 7), 0, (8, 8, 1))
    assert made.std(0).mean() > 10


def test_a_class_without_images_cannot_be_generated() -> None:
    train = digits()
    rows = np.flatnonzero(train.labels != 7)
    policy = Gaussian()
    with pytest.raises(InputError, match="nothing was learnt"):
        policy.generate(np.array([1]), 0, (8, 8, 1))
    policy.learn(TrainingSet(train.images.repeated(rows), train.labels[rows], CLASSES), Context(0))
    with pytest.raises(InputError, match="nothing was learnt"):
        policy.generate(np.array([7]), 0, (8, 8, 1))


def test_a_factor_of_one_changes_nothing() -> None:
    train = digits()
    assert enlarged(train, factor=1) is train


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 0.6}, "at most 0.5"),
        ({"share": 0}, "above 0"),
        ({"share": True}, "above 0"),
        ({"components": 0}, "whole number from 1"),
        ({"mode": "mixed"}, "'mix' or 'pretrain'"),
        ({"factor": 0.9}, "from 1 to 1,000, not 0.9; it counts"),
    ],
)
def test_an_impossible_option_is_an_error(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Gaussian(**options)


def test_it_is_a_built_in_policy() -> None:
    assert isinstance(build(parse("gaussian(factor=3, components=20)")), Gaussian)
