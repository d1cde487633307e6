"""Do policies in a chain act in order, each with randomness of its own?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.chain import Chain
from augbench.policies.enlarge.copies import Repeat
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.training_set import ImageStack, TrainingSet

from augbench.errors import InputError


class AddNoise(Policy):
    def change(self, batch: Batch) -> Batch:
        noise = batch.rng.integers(0, 2, batch.images.shape, dtype=np.uint8)
        return batch.replace(images=batch.images * 2 + noise)

    def describe(self, batch: Batch) -> list[str]:
        return [f"stage {batch.stage} of {image.max()}" for image in batch.images]


class Listener(Policy):
    def __init__(self) -> None:
        self.seen = 0

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        if shape[2] == 2:
            raise InputError("two channels")

    def learn(self, train: TrainingSet, context: Context) -> None:
        self.seen = len(train)


def batch_of(images: np.ndarray) -> Batch:
    count = len(images)
    return Batch(images, np.ones((count, 1), np.float32), np.arange(count), 3, 1, 2)


def training_set() -> TrainingSet:
    images = np.zeros((6, 2, 2, 1), np.uint8)
    return TrainingSet(ImageStack([(images, None)]), np.arange(6) % 2, ("a", "b"))


def test_equal_members_draw_differently() -> None:
    changed = Chain([AddNoise(), AddNoise()]).change(batch_of(np.zeros((4, 8, 8, 1), np.uint8)))
    first, second = changed.images >> 1, changed.images & 1
    assert 0.3 < np.mean(first == second) < 0.7


def test_the_first_member_that_changes_draws_as_it_does_alone() -> None:
    batch = batch_of(np.zeros((4, 8, 8, 1), np.uint8))
    alone = AddNoise().change(batch).images
    chained = Chain([Repeat(2), AddNoise()]).change(batch_of(batch.images))
    np.testing.assert_array_equal(chained.images, alone)
    assert chained.stage == batch.stage


def test_members_enlarge_in_order_and_learn_from_the_real_split() -> None:
    listener = Listener()
    chain = Chain([Repeat(2), listener, Repeat(1.5)])
    train, context = training_set(), Context(seed=0)
    chain.learn(train, context)
    assert listener.seen == 6
    assert len(chain.enlarge(train, context)) == 6 + 6 + 3  # factors count the real images


def test_a_shape_that_one_member_refuses_is_refused() -> None:
    with pytest.raises(InputError, match="two channels"):
        Chain([Policy(), Listener()]).check((4, 4, 2), 2)


def test_the_description_joins_what_members_say_of_what_they_got() -> None:
    said = Chain([AddNoise(), Policy(), AddNoise()]).describe(
        batch_of(np.full((2, 4, 4, 1), 5, np.uint8))
    )
    assert said == ["stage 0 of 5; stage 1 of 11"] * 2


def test_what_a_chain_does_is_what_its_members_do() -> None:
    assert not Chain([Repeat(2), Repeat(2)]).changes and Chain([Repeat(2), Repeat(2)]).enlarges
    assert Chain([Repeat(2), AddNoise()]).changes and Chain([Repeat(2), AddNoise()]).enlarges
    assert not Chain([AddNoise(), Policy()]).enlarges


def test_a_chain_has_the_ends_of_its_members_and_a_mix_has_none() -> None:
    images = np.zeros((2, 12, 12, 1), np.uint8)
    chain = build(parse("expand(factor=2) + albumentations"), "flip")
    assert [end.name for end in chain.extremes(images)] == ["horizontal_flip"] * 2
    assert build(parse("mixup")).extremes(images) == []
    native = build(parse("albumentations(draws='native')"), "flip")
    assert native.extremes(images) == []
