"""What do generator and discriminator of the class-conditional DCGAN look like?"""

from __future__ import annotations

from math import ceil

import keras
import numpy as np
from augbench.policies.gan.networks.layers import (
    ConditionalBatchNormalization,
    Convolution,
    Crop,
    Linear,
    Seeds,
)
from keras import ops

Shape = tuple[int, int, int]
SMALLEST_GRID = 4


def halvings(length: int) -> int:
    """Return how often ``length`` pixels can be halved until a grid of 4 to 7 is left."""
    count = 0
    while ceil(length / 2 ** (count + 1)) >= SMALLEST_GRID:
        count += 1
    return count


def grid(shape: Shape) -> tuple[int, int, list[tuple[int, int]]]:
    """Return height and width of the base grid and the strides of each stage up from it.

    Sides that differ much get different numbers of doublings; what is too much is cropped.
    """
    down, across = halvings(shape[0]), halvings(shape[1])
    stages = max(down, across)
    strides = [
        (2 if stage >= stages - down else 1, 2 if stage >= stages - across else 1)
        for stage in range(stages)
    ]
    return ceil(shape[0] / 2**down), ceil(shape[1] / 2**across), strides


def channels(width: int, stages: int) -> list[int]:
    """Return the channels of each resolution, finest first: doubling, at most 8 × width."""
    return [width * 2 ** min(stage, 3) for stage in range(stages + 1)]


def dcgan_generator(
    shape: Shape, classes: int, width: int, latent: int, rng: np.random.Generator
) -> keras.Model:
    """Return ``[noise B×latent, labels int B] -> images B×H×W×C in [−1, 1]``.

    Radford et al. 2016 with the conditional batch normalisation of Miyato & Koyama 2018: dense to
    the base grid, transposed convolutions 4×4 of stride 2, tanh, cropped to H×W.
    """
    seeds = Seeds(rng)
    height, across, strides = grid(shape)
    sizes = channels(width, len(strides))[::-1]
    noise = keras.Input((latent,))
    labels = keras.Input((), dtype="int32")
    x = Linear(height * across * sizes[0], spectral=False, seed=seeds())(noise)
    x = keras.layers.Reshape((height, across, sizes[0]))(x)
    x = ops.relu(ConditionalBatchNormalization(classes)([x, labels]))
    for stride, filters in zip(strides, sizes[1:], strict=True):
        x = keras.layers.Conv2DTranspose(
            filters,
            tuple(4 if s == 2 else 3 for s in stride),
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seeds()),
        )(x)
        x = ops.relu(ConditionalBatchNormalization(classes)([x, labels]))
    x = Convolution(shape[2], 3, spectral=False, seed=seeds())(x)
    return keras.Model([noise, labels], Crop(shape[0], shape[1])(ops.tanh(x)))


def dcgan_discriminator(
    shape: Shape, classes: int, width: int, spectral: bool, rng: np.random.Generator
) -> keras.Model:
    """Return ``[images B×H×W×C in [−1, 1], labels int B] -> scores B``.

    Strided convolutions without batch normalisation, features summed over the grid, and the
    projection head of Miyato & Koyama 2018, eq. 5: wᵀφ(x) + v_yᵀφ(x). Spectral normalisation is
    everywhere, the label embedding included, or nowhere.
    """
    seeds = Seeds(rng)
    strides = grid(shape)[2][::-1]
    sizes = channels(width, len(strides))
    images = keras.Input(shape)
    labels = keras.Input((), dtype="int32")
    x = Convolution(sizes[0], 3, spectral=spectral, seed=seeds())(images)
    x = ops.leaky_relu(x, 0.2)
    for stride, filters in zip(strides, sizes[1:], strict=True):
        kernel = tuple(4 if s == 2 else 3 for s in stride)
        x = Convolution(filters, kernel, stride, spectral=spectral, seed=seeds())(x)
        x = ops.leaky_relu(x, 0.2)
    return keras.Model([images, labels], projection(x, labels, classes, spectral, seeds))


def projection(
    x: keras.KerasTensor,
    labels: keras.KerasTensor,
    classes: int,
    spectral: bool,
    seeds: Seeds,
) -> keras.KerasTensor:
    """Return the scores B of feature maps B×h×w×C for their labels."""
    features = ops.sum(x, axis=(1, 2))
    score = Linear(1, spectral=spectral, seed=seeds())(features)
    one_hot = ops.one_hot(labels, classes, dtype="float32")
    wanted = Linear(x.shape[-1], spectral=spectral, bias=False, seed=seeds())(one_hot)
    return ops.squeeze(score, -1) + ops.sum(wanted * features, axis=1)
