"""What does a style-based generator look like? Mapping network, modulated convolutions, noise.

Karras et al. 2019 and 2020 (StyleGAN2), small, with a class embedding joined to the latent. Needs
a GPU or patience. All noise is part of the input, so that a sample is a function of it.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from augbench.policies.gan.networks.dcgan import Shape, channels, grid
from augbench.policies.gan.networks.layers import Convolution, Crop, Linear, Seeds
from keras import ops

Tensor = Any


class Constant(keras.layers.Layer):
    """The learnt input 1×h×w×C of the synthesis network, repeated for each row of its input."""

    def __init__(self, shape: Shape, seed: int) -> None:
        super().__init__()
        self.start, self.seed = shape, seed

    def build(self, shape: Any) -> None:
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.value = self.add_weight(shape=(1, *self.start), initializer=normal, name="value")

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], *self.start)

    def call(self, x: Tensor) -> Tensor:
        return ops.ones((ops.shape(x)[0], 1, 1, 1)) * self.value


class ModulatedConvolution(keras.layers.Layer):
    """A convolution whose kernel is scaled by a style, then made of unit length again.

    Called with ``[x B×h×w×C, style B×S, noise B×h×w×1]``. Karras et al. 2020, eqs. 1, 3: to scale
    the kernel's input channels a sample is to scale the sample's channels, and the kernel's new
    length is a product of squares, so that one ordinary convolution does for the whole batch.
    """

    def __init__(self, filters: int, seeds: Seeds) -> None:
        super().__init__()
        self.filters, self.seed = filters, seeds()
        self.style = Linear(0, spectral=False, seed=seeds())

    def build(self, shapes: Any) -> None:
        depth = int(shapes[0][-1])
        self.style.units = depth
        self.style.build(shapes[1])
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.kernel = self.add_weight(
            shape=(3, 3, depth, self.filters), initializer=normal, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")

    def compute_output_shape(self, shapes: Any) -> Any:
        return (*shapes[0][:-1], self.filters)

    def call(self, inputs: Any) -> Tensor:
        x, style, noise = inputs
        scale = 1.0 + self.style(style)
        kernel = self.kernel / float(np.sqrt(9 * int(x.shape[-1])))
        lengths = ops.square(scale) @ ops.sum(ops.square(kernel), axis=(0, 1))
        y = ops.conv(x * scale[:, None, None, :], kernel, padding="same")
        y = y * ops.rsqrt(lengths + 1e-8)[:, None, None, :]
        return ops.leaky_relu(y + self.strength * noise + self.bias, 0.2) * 2**0.5


def stylegan_generator(
    shape: Shape, classes: int, width: int, latent: int, rng: np.random.Generator
) -> keras.Model:
    """Return ``[noise B×(latent + pixels of all maps), labels int B] -> images in [−1, 1]``.

    A mapping network of three layers, two modulated convolutions a resolution, each with its own
    noise map, and images as a sum of what each resolution says (skip connections).
    """
    seeds = Seeds(rng)
    height, across, strides = grid(shape)
    sizes = channels(width, len(strides))[::-1]
    maps = _resolutions(height, across, strides)
    noise = keras.Input((latent + 2 * sum(h * w for h, w in maps),))
    labels = keras.Input((), dtype="int32")
    z = noise[:, :latent]
    z = z * ops.rsqrt(ops.mean(ops.square(z), axis=1, keepdims=True) + 1e-8)
    one_hot = ops.one_hot(labels, classes, dtype="float32")
    style = ops.concatenate([z, Linear(latent, False, seed=seeds())(one_hot) * 4.0], axis=1)
    for _ in range(3):
        style = ops.leaky_relu(Linear(2 * latent, False, seed=seeds())(style), 0.2) * 2**0.5

    x = Constant((height, across, sizes[0]), seeds())(noise)
    image, used = None, latent
    for stage, (filters, (h, w)) in enumerate(zip(sizes, maps, strict=True)):
        if stage:
            x = keras.layers.UpSampling2D(strides[stage - 1], interpolation="bilinear")(x)
            image = keras.layers.UpSampling2D(strides[stage - 1], interpolation="bilinear")(image)
        for _ in range(2):
            grain = ops.reshape(noise[:, used : used + h * w], (-1, h, w, 1))
            x = ModulatedConvolution(filters, seeds)([x, style, grain])
            used += h * w
        drawn = Convolution(shape[2], 1, spectral=False, seed=seeds())(x)
        image = drawn if image is None else image + drawn
    return keras.Model([noise, labels], Crop(shape[0], shape[1])(ops.tanh(image)))


def _resolutions(height: int, across: int, strides: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return height and width of the feature maps, from the base grid up."""
    maps = [(height, across)]
    for down, right in strides:
        maps.append((maps[-1][0] * down, maps[-1][1] * right))
    return maps
