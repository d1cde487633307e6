"""Which layers does a GAN need that Keras does not have? Spectral and conditional normalisation."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any


def spectrally_normal(kernel: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """Return W/σ(W) and the next estimate of W's first right-singular vector.

    One step of power iteration. Miyato et al. 2018 (SNGAN), algorithm 1. The gradient flows
    through σ, not through the singular vectors.

    Args:
        kernel: float32, (…, out); read as a matrix of ``out`` columns.
        u: float32, (out, 1), of length 1, an estimate from earlier calls.
    """
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    left = _unit(ops.stop_gradient(matrix) @ u)
    right = _unit(ops.transpose(ops.stop_gradient(matrix)) @ left)
    sigma = ops.transpose(left) @ matrix @ right
    return kernel / (ops.reshape(sigma, ()) + 1e-12), right


def _unit(vector: Tensor) -> Tensor:
    return vector / (ops.sqrt(ops.sum(ops.square(vector))) + 1e-12)


class _Spectral(keras.layers.Layer):
    """A layer with a kernel that is, on request, divided by its largest singular value.

    The vector ``u`` moves only in calls with ``training=True``: of the calls that make up one
    step of two networks, exactly one.
    """

    def __init__(self, spectral: bool, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.spectral, self.seed = spectral, seed

    def _make(self, shape: tuple[int, ...], bias: bool = True) -> None:
        starts = keras.initializers.GlorotUniform(seed=self.seed)
        self.kernel = self.add_weight(shape=shape, initializer=starts, name="kernel")
        self.bias = (
            self.add_weight(shape=shape[-1:], initializer="zeros", name="bias") if bias else 0.0
        )
        if self.spectral:
            first = keras.initializers.RandomNormal(stddev=shape[-1] ** -0.5, seed=self.seed + 1)
            self.u = self.add_weight(
                shape=(shape[-1], 1), initializer=first, trainable=False, name="u"
            )

    def _weight(self, training: bool) -> Tensor:
        if not self.spectral:
            return self.kernel
        weight, u = spectrally_normal(ops.convert_to_tensor(self.kernel), self.u)
        if training:
            self.u.assign(u)
        return weight


class Convolution(_Spectral):
    """A 2-D convolution, padding ``same``, optionally spectrally normalised."""

    def __init__(
        self, filters: int, size: Any, strides: Any = 1, spectral: bool = True, seed: int = 0
    ) -> None:
        super().__init__(spectral, seed)
        self.filters = filters
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.strides = strides

    def build(self, shape: tuple[int, ...]) -> None:
        self._make((*self.size, int(shape[-1]), self.filters))

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        weight = self._weight(training)
        return ops.conv(x, weight, strides=self.strides, padding="same") + self.bias


class Linear(_Spectral):
    """A dense layer, optionally spectrally normalised."""

    def __init__(self, units: int, spectral: bool = True, bias: bool = True, seed: int = 0) -> None:
        super().__init__(spectral, seed)
        self.units, self.with_bias = units, bias

    def build(self, shape: tuple[int, ...]) -> None:
        self._make((int(shape[-1]), self.units), self.with_bias)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        return x @ self._weight(training) + self.bias


class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalisation whose scale and offset are learnt a class. de Vries et al. 2017.

    Called with ``[x, labels]``: float32 B×…×C and int B.
    """

    def __init__(self, classes: int, momentum: float = 0.9) -> None:
        super().__init__()
        self.classes, self.momentum = classes, momentum

    def build(self, shapes: Any) -> None:
        channels = int(shapes[0][-1])
        self.scale = self.add_weight(
            shape=(self.classes, channels), initializer="ones", name="scale"
        )
        self.offset = self.add_weight(
            shape=(self.classes, channels), initializer="zeros", name="offset"
        )
        self.mean = self.add_weight(
            shape=(channels,), initializer="zeros", trainable=False, name="mean"
        )
        self.variance = self.add_weight(
            shape=(channels,), initializer="ones", trainable=False, name="variance"
        )

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        x, labels = inputs
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = ops.moments(x, axes=tuple(range(len(x.shape) - 1)))
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * mean)
            self.variance.assign(self.momentum * self.variance + (1 - self.momentum) * variance)
        chosen = ops.one_hot(labels, self.classes, dtype="float32")
        between = (-1,) + (1,) * (len(x.shape) - 2) + (x.shape[-1],)
        scale = ops.reshape(chosen @ self.scale, between)
        offset = ops.reshape(chosen @ self.offset, between)
        factor = scale * ops.rsqrt(variance + 1e-5)
        return x * factor + (offset - mean * factor)


class Crop(keras.layers.Layer):
    """The first H rows and W columns of a B×H′×W′×C image."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def call(self, x: Tensor) -> Tensor:
        return x[:, : self.height, : self.width, :]


class Seeds:
    """Hands out a different initial seed to every layer of a network, in order of asking."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __call__(self) -> int:
        return int(self._rng.integers(2**31 - 2))
