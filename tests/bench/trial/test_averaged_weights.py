"""Averaged weights are the weighted mean of what the variables were, and leave training alone."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.trial.averaged_weights import AveragedWeights


class Variable:
    """What is used of a Keras variable."""

    def __init__(self, value: list[float], dtype: str = "float32") -> None:
        self.value = np.array(value, dtype)
        self.dtype, self.shape = dtype, self.value.shape

    def numpy(self) -> np.ndarray:
        return self.value

    def assign(self, value: np.ndarray) -> None:
        assert value.dtype == self.value.dtype
        self.value = value


def average_of(average: AveragedWeights, variable: Variable) -> np.ndarray:
    with average.in_use():
        return variable.numpy()


def test_the_first_update_is_the_average_itself() -> None:
    variable = Variable([3.0, -2.0])
    average = AveragedWeights([variable], steps=100)
    average.update(1)
    np.testing.assert_allclose(average_of(average, variable), [3.0, -2.0], rtol=1e-5)


def test_the_average_is_the_sum_of_the_docstring_whatever_the_steps_between() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=12)
    between = rng.integers(1, 17, 12)
    variable = Variable([0.0])
    average = AveragedWeights([variable], steps=36)
    for value, steps in zip(values, between, strict=True):
        variable.value = np.array([value], np.float32)
        average.update(int(steps))
    at = np.cumsum(between)
    weights = (1 - np.exp(-between / 36)) * np.exp(-(at[-1] - at) / 36)
    expected = (weights * values).sum() / weights.sum()
    assert average_of(average, variable) == pytest.approx(expected, rel=1e-4)


def test_after_many_epochs_it_is_the_average_that_keras_own_optimisers_keep() -> None:
    import keras

    steps, epochs = 20, 15
    momentum = float(np.exp(-1 / steps))
    theirs = keras.Variable(np.zeros(3, np.float32))
    ours = keras.Variable(np.zeros(3, np.float32))
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=momentum)
    optimizer.build([theirs])
    average = AveragedWeights([ours], steps)
    rng = np.random.default_rng(1)
    for _ in range(steps * epochs):
        gradient = rng.normal(size=3).astype(np.float32)
        optimizer.apply([gradient], [theirs])
        ours.assign(theirs.numpy())
        average.update(1)
    optimizer.finalize_variable_values([theirs])
    with average.in_use():
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-4)


def test_afterwards_every_variable_has_what_it_had_also_when_something_fails() -> None:
    variable = Variable([1.0])
    average = AveragedWeights([variable], 4)
    average.update(4)
    variable.value = np.array([5.0], np.float32)
    average.update(4)
    with pytest.raises(RuntimeError), average.in_use():
        assert 1 < variable.numpy()[0] < 5
        raise RuntimeError
    assert variable.numpy()[0] == 5


def test_numbers_that_are_no_weights_are_left_alone() -> None:
    state = Variable([7], "uint32")
    average = AveragedWeights([state, Variable([1.0])], 4)
    average.update(4)
    state.value = np.array([9], "uint32")
    with average.in_use():
        assert state.numpy()[0] == 9


def test_statistics_of_batch_normalisation_are_averaged_too_and_random_states_are_not() -> None:
    import keras

    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(2),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
        ]
    )
    floats = [v for v in model.variables if "float" in v.dtype]
    (state,) = [v for v in model.variables if "float" not in v.dtype]
    average = AveragedWeights(model.variables, 10)
    for value in (1.0, 4.0):
        for variable in floats:
            variable.assign(np.full(variable.shape, value))
        state.assign(np.full(state.shape, int(value)))
        average.update(10)
    old = float(np.exp(-1))
    with average.in_use():
        for variable in floats:
            np.testing.assert_allclose(variable.numpy(), (old + 4) / (old + 1), rtol=1e-5)
        assert (state.numpy() == 4).all()
    assert len(floats) == 6 and all((v.numpy() == 4).all() for v in floats)
