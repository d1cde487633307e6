"""Is it found out what an object does by its own seeds, as its owner calls it?"""

from __future__ import annotations

import random
from typing import Any

import albumentations as A
import numpy as np
import pytest

from tests.bench.gate.health.asking import health, kinds, told

FLIPS = (A.HorizontalFlip, A.VerticalFlip)


def test_a_seeded_composition_gives_its_members_one_seed() -> None:
    check = health(A.Compose([flip(p=0.5) for flip in FLIPS], seed=7))
    assert (check.verdict, kinds(check)) == ("fault", ["members-share-seed"])
    assert "two transforms start from the same seed (seed=7)" in told(check)
    assert "HorizontalFlip and VerticalFlip; their flips come only together" in told(check)


def test_a_composition_without_a_seed_or_with_one_stream_for_all_is_sound() -> None:
    assert health(A.Compose([flip(p=0.5) for flip in FLIPS])).verdict == "healthy"
    shared = A.Compose([flip(p=0.5) for flip in FLIPS])
    shared.set_random_state(np.random.default_rng(7), random.Random(7))
    assert health(shared).verdict == "healthy"


def test_a_seed_harms_nothing_where_one_member_alone_draws() -> None:
    members = [A.HorizontalFlip(p=0.5), A.InvertImg(p=1.0)]
    assert health(A.Compose(members, seed=7)).verdict == "healthy"


def test_members_of_members_are_looked_at() -> None:
    inner = A.Sequential([A.Affine(rotate=(-9, 9), p=1.0)])
    check = health(A.Compose([A.HorizontalFlip(p=0.5), inner], seed=3))
    assert kinds(check) == ["members-share-seed"]
    assert check.findings[0].figures["members"] == ["HorizontalFlip", "Affine"]
    assert not check.findings[0].figures["flips_together"]


def test_the_object_that_is_looked_at_stays_as_it_was() -> None:
    compose = A.Compose([flip(p=0.5) for flip in FLIPS], seed=7)
    image = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)
    health(compose)
    fresh = A.Compose([flip(p=0.5) for flip in FLIPS], seed=7)
    for _ in range(8):
        assert np.array_equal(compose(image=image)["image"], fresh(image=image)["image"])


@pytest.fixture(scope="module")
def layers() -> Any:
    from augbench.policies.quiet_import import quiet_keras

    return quiet_keras().layers


def test_layers_with_equal_seeds_are_a_fault(layers: Any) -> None:
    equal = [layers.RandomFlip(way, seed=5) for way in ("horizontal", "vertical")]
    check = health(equal)
    assert (check.verdict, kinds(check)) == ("fault", ["members-share-seed"])
    assert "two layers start from the same seed (seed=5): RandomFlip and RandomFlip" in told(check)
    apart = [layers.RandomFlip(way, seed=at) for at, way in enumerate(("horizontal", "vertical"))]
    assert health(apart).verdict == "healthy"


def test_layers_without_seeds_are_sound_and_those_in_a_sequential_are_looked_at(
    layers: Any,
) -> None:
    import keras

    flip, noise = layers.RandomFlip("horizontal"), layers.GaussianNoise(0.9)
    assert health([flip, noise]).verdict == "healthy"
    inner = keras.Sequential([layers.RandomFlip("vertical", seed=5)])
    assert kinds(health([layers.RandomRotation(0.1, seed=5), inner])) == ["members-share-seed"]


def test_keras_throws_one_coin_for_both_flips(layers: Any) -> None:
    check = health(layers.RandomFlip("horizontal_and_vertical"))
    assert kinds(check) == ["flips-together"]


def test_layers_that_are_random_outside_of_training_are_a_fault(layers: Any) -> None:
    class Always(layers.RandomRotation):
        def call(self, data: Any, training: bool = True) -> Any:
            return super().call(data, training=True)

    check = health(Always(0.1))
    assert (check.verdict, kinds(check)) == ("fault", ["augments-at-rest"])
    assert "validation images would be augmented" in told(check)
    assert health(layers.RandomRotation(0.1)).verdict == "healthy"
