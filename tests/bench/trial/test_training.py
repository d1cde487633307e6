"""The warm model: bit-equal to Keras's own fit, and a trial never sees what came before it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.training import Measured, TrainingFailed, WarmModel
from augbench.policies.base import Policy
from augbench.policies.training_set import ImageStack, TrainingSet

SEED = 5
EPOCHS = 2
COUNT = 75


def build() -> Any:
    import keras

    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def standardize(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / 255


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8, 1), np.uint8)


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmModel]:
    yield WarmModel(build)


def pipeline_of(images: np.ndarray) -> InputPipeline:
    train = TrainingSet(ImageStack([(images, None)]), np.arange(len(images)) % 3, ("a", "b", "c"))
    order = np.arange(len(images))
    return InputPipeline(train, Policy(), standardize, lambda epoch: order, 8, EPOCHS, SEED)


def trained(warm: WarmModel, images: np.ndarray, seed: int = SEED) -> list[np.ndarray]:
    warm.reset(seed)
    warm.fit(pipeline_of(images), lambda epoch, accuracy, loss: None)
    return [weight.numpy() for weight in warm.model.weights]


def test_training_gives_the_weights_of_keras_own_fit_bit_for_bit(
    warm: WarmModel, images: np.ndarray
) -> None:
    import keras

    keras.utils.set_random_seed(SEED)
    plain = build()
    plain.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    keras.utils.set_random_seed(SEED)
    labels = np.eye(3, dtype=np.float32)[np.arange(COUNT) % 3]
    history = plain.fit(
        standardize(images), labels, batch_size=8, epochs=EPOCHS, shuffle=False, verbose=0
    )
    curve: list[tuple[float, float]] = []
    warm.reset(SEED)
    warm.fit(pipeline_of(images), lambda epoch, accuracy, loss: curve.append((accuracy, loss)))
    for ours, theirs in zip(warm.model.weights, plain.weights, strict=True):
        assert (ours.numpy() == theirs.numpy()).all()
    assert curve == list(zip(history.history["accuracy"], history.history["loss"], strict=True))


@pytest.mark.parametrize(("in_a_call", "told"), [(3, [3, 3, 3, 1]), (16, [10]), (1, [2] * 5)])
def test_steps_are_told_every_few_and_before_the_epoch_ends(
    images: np.ndarray, in_a_call: int, told: list[int]
) -> None:
    model = WarmModel(build, steps_per_execution=in_a_call)
    model.reset(SEED)
    heard: list[int | str] = []
    model.fit(pipeline_of(images), lambda *_: heard.append("epoch"), heard.append)
    assert heard == [*told, "epoch"] * EPOCHS


def test_other_backends_are_fed_the_batches_of_tensorflow(
    warm: WarmModel, images: np.ndarray
) -> None:
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        dataset = warm._as_dataset(pipeline_of(images), one)
        expected = [batch for _ in range(EPOCHS) for batch in dataset.as_numpy_iterator()]
        found = list(warm._as_batches(pipeline_of(images), other))
    assert len(found) == len(expected) == EPOCHS * -(-COUNT // 8)
    for ours, theirs in zip(found, expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_second_trial_is_not_touched_by_the_first(warm: WarmModel, images: np.ndarray) -> None:
    first = trained(warm, images)
    other = trained(warm, images, seed=6)
    again = trained(warm, images)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_predictions_are_those_of_keras_for_any_number_of_rows(
    warm: WarmModel, images: np.ndarray
) -> None:
    warm.reset(SEED)
    expected = warm.model.predict(standardize(images), verbose=0)
    stack = ImageStack([(images, None)])
    for count in (1, 30, COUNT):
        found = warm.predict(stack, np.arange(count), standardize)
        np.testing.assert_allclose(found, expected[:count], atol=1e-6)


def test_a_loss_that_is_not_a_number_ends_the_trial_with_the_epoch(
    warm: WarmModel, images: np.ndarray
) -> None:
    feed = pipeline_of(images)
    feed.one_hot = np.full((3, 3), np.nan, np.float32)
    warm.reset(SEED)
    with pytest.raises(TrainingFailed, match="nan in epoch 1"):
        warm.fit(feed, lambda epoch, accuracy, loss: None)


def test_accuracy_and_loss_are_those_of_the_closed_formula() -> None:
    probabilities = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7], [0.25, 0.5, 0.25]], np.float32)
    found = Measured.of(probabilities, np.array([0, 2, 0]))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.loss == pytest.approx(-(np.log(0.5) + np.log(0.7) + np.log(0.25)) / 3, rel=1e-6)
