"""Layers of Keras as a policy: what each of them does by itself, batch by batch."""

import keras
import numpy as np
import pytest
from augbench.policies.augment.layers import KerasLayers, layers_of
from augbench.policies.base import Batch
from augbench.policies.registry.building import finished_policy
from keras import layers

from augbench.errors import InputError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 10, 12, 3), dtype=np.uint8)
LABELS = np.eye(6, dtype=np.float32)


def batch(**more):
    moment = {"seed": 0, "epoch": 0, "step": 0, **more}
    return Batch(IMAGES.copy(), LABELS.copy(), np.arange(6), **moment)


def test_a_flip_flips_some_images_as_numpy_does() -> None:
    changed = KerasLayers([layers.RandomFlip("horizontal")]).change(batch()).images
    flipped = [(new == old[:, ::-1]).all() for new, old in zip(changed, IMAGES, strict=True)]
    same = [(new == old).all() for new, old in zip(changed, IMAGES, strict=True)]
    assert all(a != b for a, b in zip(flipped, same, strict=True)) and any(flipped) and any(same)


def test_a_batch_depends_on_its_moment_alone() -> None:
    policy = KerasLayers([layers.RandomFlip(), layers.RandomRotation(0.2)])
    first = policy.change(batch()).images
    others = [policy.change(batch(**{name: 1})).images for name in ("seed", "epoch", "step")]
    assert all((other != first).any() for other in others)
    assert (policy.change(batch()).images == first).all()


def test_labels_are_mixed_with_their_images() -> None:
    changed = KerasLayers([layers.MixUp()]).change(batch())
    assert changed.labels.sum(axis=1) == pytest.approx(1) and (changed.labels != LABELS).any()
    # each image is the mean of two by the weights of its label
    mixed = np.tensordot(changed.labels, IMAGES.astype(np.float64), axes=1)
    assert np.abs(mixed - changed.images).max() <= 1


def test_layers_do_nothing_outside_of_training() -> None:
    images, labels = KerasLayers([layers.RandomFlip()]).called(batch(), training=False)
    assert (images == IMAGES).all() and (labels == LABELS).all()


def test_a_stack_comes_as_a_list_a_sequential_or_a_pipeline() -> None:
    parts = [layers.RandomFlip(), layers.RandomZoom(0.1)]
    for stack in (parts, keras.Sequential(parts), layers.Pipeline(parts)):
        assert layers_of(stack) == parts
        policy = finished_policy(stack)
        assert isinstance(policy, KerasLayers) and policy.layers == parts


def test_its_definition_has_the_options_and_no_seed() -> None:
    (told,) = KerasLayers([layers.RandomFlip("vertical", seed=7)]).definition["layers"]
    assert told["RandomFlip"]["mode"] == "vertical" and "seed" not in told["RandomFlip"]


def test_a_layer_that_fails_is_named() -> None:
    with pytest.raises(InputError, match=r"Fails fails: ValueError: .*not to my taste"):
        KerasLayers([Fails()]).change(batch())


class Fails(layers.Layer):
    def call(self, images):
        raise ValueError("not to my taste")
