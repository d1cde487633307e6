"""The warm model: bit-equal to Keras's own fit, and a trial never sees what came before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from augbench.bench.trial import input_pipeline as pipeline_module
from augbench.bench.trial.compiled_steps import CompiledSteps
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.training import Measured, TrainingFailed, WarmModel
from augbench.policies.base import Batch, Policy
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
    warm: WarmModel,
    images: np.ndarray,
    in_a_call: int,
    told: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_module, "steps_in_a_call", lambda steps: in_a_call)
    heard: list[int | str] = []
    warm.reset(SEED)
    warm.fit(pipeline_of(images), lambda *_: heard.append("epoch"), heard.append)
    assert heard == [*told, "epoch"] * EPOCHS


@pytest.mark.parametrize("chunk", [1, 6200, 2**20])
def test_neither_calls_nor_chunks_change_the_weights(
    warm: WarmModel, images: np.ndarray, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = trained(warm, images)
    monkeypatch.setattr(pipeline_module, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(pipeline_module, "steps_in_a_call", lambda steps: 7)
    for ours, theirs in zip(trained(warm, images), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_train_step_of_the_users_own_is_used_and_gives_the_same(
    warm: WarmModel, images: np.ndarray
) -> None:
    import keras

    sizes: list[int] = []

    class Own(keras.Sequential):
        def train_step(self, data: Any) -> Any:
            sizes.append(len(data[0]))
            return super().train_step(data)

    def eager() -> Any:
        model = Own(build().layers)
        model.compile(
            optimizer="adam",
            loss="categorical_crossentropy",
            metrics=["accuracy"],
            run_eagerly=True,
            steps_per_execution=4,
        )
        return model

    own = WarmModel(eager)
    told: list[int] = []
    own.reset(SEED)
    own.fit(pipeline_of(images), lambda *_: None, told.append)
    assert sizes == [*[8] * 9, 3] * EPOCHS
    assert told == [2] * 5 * EPOCHS
    for ours, theirs in zip(own.model.weights, trained(warm, images), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-6)


def test_what_a_policy_raises_reaches_the_one_who_trains_as_it_is(
    warm: WarmModel, images: np.ndarray
) -> None:
    class Exhausted(Policy):
        def change(self, batch: Batch) -> Batch:
            raise StopIteration("of the user's")

    feed = pipeline_of(images)
    feed.policy = Exhausted()
    warm.reset(SEED)
    with pytest.raises(StopIteration, match="of the user's"):
        warm.fit(feed, lambda *_: None)


def test_a_model_is_left_as_it_was_built() -> None:
    import keras

    def not_of_black() -> Any:
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Flatten(),
                keras.layers.Lambda(lambda x: x / keras.ops.mean(x)),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
        keras.utils.set_random_seed(SEED)
        return model

    for weight in WarmModel(not_of_black).model.weights:
        assert np.isfinite(weight.numpy()).all()


def test_rows_of_grey_images_are_a_sequence_to_those_who_want_one(images: np.ndarray) -> None:
    import keras

    def recurrent() -> Any:
        layers = [keras.Input((8, 8)), keras.layers.SimpleRNN(3, activation="softmax")]
        return keras.Sequential(layers)

    assert np.isfinite(trained(WarmModel(recurrent), images)[0]).all()


@pytest.mark.parametrize(
    "name", ["fit", "train_step", "compute_metrics", "get_metrics_result", "predict_step"]
)
def test_a_method_of_the_users_own_is_left_to_keras(name: str) -> None:
    import keras

    def compiled(kind: Any) -> Any:
        model = kind([keras.Input((8, 8, 1)), *build().layers])
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        model.optimizer.build(model.trainable_variables)
        return model

    own = type("Own", (keras.Sequential,), {name: lambda self, *given, **named: None})
    assert CompiledSteps.of(compiled(own)) is None
    assert CompiledSteps.of(compiled(keras.Sequential)) is not None


def test_an_optimisers_own_average_is_what_is_left(images: np.ndarray) -> None:
    import keras

    def averaging() -> Any:
        model = build()
        optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
        loss = "categorical_crossentropy"
        model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
        return model

    keras.utils.set_random_seed(SEED)
    plain = averaging()
    keras.utils.set_random_seed(SEED)
    labels = np.eye(3, dtype=np.float32)[np.arange(COUNT) % 3]
    plain.fit(standardize(images), labels, 8, EPOCHS, shuffle=False, verbose=0)
    for ours, theirs in zip(trained(WarmModel(averaging), images), plain.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs.numpy())


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
