"""What would a model be whose weights are averaged over the last part of training?

An exponential average of a model's variables, kept beside the training, which it does not touch:
Polyak and Juditsky 1992; the same as ``use_ema`` of Keras' optimisers, with batch normalisation's
statistics and with Adam's correction of the start (Kingma and Ba 2015, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.linalg.blas import saxpy


def _value(variable: Any) -> np.ndarray:
    """Return the value of a Keras variable; with TensorFlow in a third of the time of its own."""
    if (handle := getattr(variable.value, "handle", None)) is None:
        return variable.numpy()  # type: ignore[no-any-return]
    import tensorflow as tf

    return tf.raw_ops.ReadVariableOp(resource=handle, dtype=variable.value.dtype).numpy()  # type: ignore[no-any-return]


class AveragedWeights:
    """The average of variables whose past counts 1/e as much after each epoch.

    After updates at steps s₁ < s₂ < … the average is Σ wₖ vₖ / Σ wₖ, where an update's weight is
    the time constant's share of the steps since the one before, wₖ = 1 − exp(−(sₖ − sₖ₋₁)/τ), and
    all earlier ones fade by exp(−(sₖ − sₖ₋₁)/τ).
    """

    def __init__(self, variables: Sequence[Any], steps: int) -> None:
        """Begin before the first step.

        Args:
            variables: Keras variables; those that hold no floats, such as the state of a random
                generator, are left alone.
            steps: the time constant τ in optimiser steps, those of an epoch.
        """
        self._variables = [v for v in variables if "float" in str(v.dtype)]
        self._sums = [np.zeros(int(np.prod(v.shape)), np.float32) for v in self._variables]
        self._steps = steps
        self._weight = 0.0

    def update(self, steps: int) -> None:
        """Take up the variables as they are, ``steps`` optimiser steps after the last update."""
        decay = math.exp(-steps / self._steps)
        for total, variable in zip(self._sums, self._variables, strict=True):
            total *= np.float32(decay)
            values = _value(variable).astype(np.float32, copy=False)
            saxpy(values.ravel(), total, a=1 - decay)  # in place, where NumPy copies: twice as fast
        self._weight = self._weight * decay + (1 - decay)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Give the variables their averages for a while, and then what they had."""
        before = [variable.numpy() for variable in self._variables]
        try:
            for total, variable in zip(self._sums, self._variables, strict=True):
                average = total.reshape(variable.shape) / np.float32(self._weight)
                variable.assign(average.astype(variable.numpy().dtype))
            yield
        finally:
            for value, variable in zip(before, self._variables, strict=True):
                variable.assign(value)
