"""Do the networks make images of any size, and are their normalisations what they say?"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from augbench.policies.gan.networks import dcgan as networks
from augbench.policies.gan.networks import layers
from augbench.policies.gan.training import diffaugment
from augbench.policies.gan.training.class_conditional import build, noise_length, sample, to_pixels
from augbench.policies.gan.training.options import TrainingOptions


def options(**given: object) -> TrainingOptions:
    return TrainingOptions(**{"width": 4, "steps": 1, "batch": 4, "latent": 8, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ["dcgan", "stylegan"])
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (13, 40, 3), (64, 9, 3)])
def test_any_height_and_width_is_generated_exactly(
    architecture: str, shape: tuple[int, int, int]
) -> None:
    step = build(options(architecture=architecture).complete(shape), shape, 3, 100, 0)
    labels = np.array([0, 1, 2, 2, 1], np.int32)
    noise = np.random.default_rng(0).standard_normal((5, noise_length(step.generator)), np.float32)
    images = sample(step.generator, noise, labels)
    assert images.shape == (5, *shape) and images.dtype == np.uint8
    assert images.std() > 0
    scores = step.discriminator([images / 127.5 - 1.0, labels])
    assert scores.shape == (5,)


def test_sides_are_halved_until_a_grid_of_four_to_seven_is_left() -> None:
    assert [networks.halvings(n) for n in (8, 12, 15, 16, 28, 64, 128)] == [1, 1, 2, 2, 3, 4, 5]
    height, across, strides = networks.grid((128, 8, 3))
    assert (height, across) == (4, 4) and len(strides) == 5
    assert height * np.prod([s[0] for s in strides]) == 128
    assert across * np.prod([s[1] for s in strides]) == 8


def test_a_spectrally_normal_kernel_has_the_largest_singular_value_one() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 4, 6)).astype(np.float32)
    u = np.ones((6, 1), np.float32)
    for _ in range(200):
        weight, u = layers.spectrally_normal(keras.ops.convert_to_tensor(kernel), u)
    values = np.linalg.svd(np.asarray(weight).reshape(-1, 6), compute_uv=False)
    assert values[0] == pytest.approx(1.0, abs=1e-4)
    expected = np.linalg.svd(kernel.reshape(-1, 6), compute_uv=False)[0]
    assert np.asarray(kernel / weight).mean() == pytest.approx(expected, rel=1e-4)


def test_the_estimate_moves_in_training_calls_only_and_the_kernel_never() -> None:
    layer = layers.Convolution(5, 3, seed=1)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype(np.float32)
    layer(x)
    kernel, u = np.array(layer.kernel.numpy()), np.array(layer.u.numpy())
    layer(x)
    assert np.array_equal(layer.u.numpy(), u)
    layer(x, training=True)
    assert not np.array_equal(layer.u.numpy(), u) and np.array_equal(layer.kernel.numpy(), kernel)


def test_conditional_normalisation_is_batch_normalisation_with_the_classes_own_scale() -> None:
    layer = layers.ConditionalBatchNormalization(2)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(3, 2, (6, 4, 4, 3)).astype(np.float32), np.array([0, 1, 0, 1, 1, 1])
    layer([x, labels])
    layer.scale.assign([[1, 1, 1], [2, 2, 2]])
    layer.offset.assign([[0, 0, 0], [5, 5, 5]])
    normal = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5)
    expected = np.where(labels[:, None, None, None] == 0, normal, 2 * normal + 5)
    assert np.asarray(layer([x, labels], training=True)) == pytest.approx(expected, abs=1e-3)
    assert layer.mean.numpy() == pytest.approx(0.1 * x.mean((0, 1, 2)), rel=1e-4)


def draws(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, diffaugment.DRAWS), np.float32)


def test_translation_is_a_shift_of_whole_pixels_filled_with_grey() -> None:
    images = np.random.default_rng(1).normal(size=(40, 16, 24, 2)).astype(np.float32)
    moved = np.asarray(diffaugment.translation(images, draws(40)))
    seen = set()
    for before, after in zip(images, moved, strict=True):
        padded = np.pad(before, ((2, 2), (3, 3), (0, 0)))
        found = [
            (i, j)
            for i in range(5)
            for j in range(7)
            if np.allclose(padded[i : i + 16, j : j + 24], after, atol=1e-6)
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert {i for i, _ in seen} == set(range(5)) and {j for _, j in seen} == set(range(7))


def test_colour_changes_brightness_saturation_and_contrast_within_their_ranges() -> None:
    grey = np.full((200, 4, 4, 3), 0.2, np.float32)
    changed = np.asarray(diffaugment.colour(grey, draws(200)))
    assert -0.3 <= changed.min() < -0.25 and 0.65 < changed.max() <= 0.7 + 1e-6
    picture = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype(np.float32)
    middle = np.full((1, diffaugment.DRAWS), 0.5, np.float32)  # the draw that changes nothing
    assert np.asarray(diffaugment.colour(picture, middle)) == pytest.approx(picture, abs=1e-6)


def test_cutout_greys_a_rectangle_of_half_the_sides() -> None:
    images = np.ones((800, 16, 16, 1), np.float32)
    cut = np.asarray(diffaugment.cutout(images, draws(800)))
    hidden = (cut == 0).mean((1, 2, 3))
    assert hidden.max() <= 0.25 and hidden.min() >= 0.05


@pytest.mark.parametrize(
    ("kind", "share"), [("colour", 0.5), ("translation", 0.5), ("cutout", 0.25)]
)
def test_each_kind_changes_a_share_of_the_images_and_leaves_the_others(
    kind: str, share: float
) -> None:
    images = np.random.default_rng(2).normal(size=(800, 16, 16, 3)).astype(np.float32)
    one = np.asarray(diffaugment.vary(images, draws(800), (kind,)))
    changed = (one != images).any((1, 2, 3))
    possible = share * (24 / 25 if kind == "translation" else 1)  # a shift by nothing is one of 25
    assert changed.mean() == pytest.approx(possible, abs=0.05)
    whole = np.asarray(getattr(diffaugment, kind)(images, draws(800)))
    assert one[changed] == pytest.approx(whole[changed], abs=1e-6)
    assert np.array_equal(np.asarray(diffaugment.vary(images, draws(800), ())), images)


def test_pixels_are_rounded_and_what_is_no_number_is_no_disaster() -> None:
    assert to_pixels(np.array([-1.0, 0.0, 1.0, 2.0])).tolist() == [0, 128, 255, 255]
    assert to_pixels(np.array([np.nan])).dtype == np.uint8
