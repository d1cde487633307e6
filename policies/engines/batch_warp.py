"""One warp of a whole batch in `keras.ops`, and its levels: pixels as SciPy and Pillow make them.

``scipy.ndimage.affine_transform`` in steps that any backend can compile: where a pixel is read
(`coordinates`), which neighbours of the grid that takes, B-spline weights, and gathers.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from augbench.policies.engines.rows import Sampling
from augbench.policies.spec.coordinates import ONE
from keras import ops

Tensor = Any

#: fill modes that show the outermost pixels on and on; of ``grid-constant``, those of a frame
_ENDLESS = ("nearest", "grid-constant")


class BatchProgram(keras.Model):
    """Warps batches and changes their levels; a model without weights, so that Keras compiles it.

    Args:
        sampling: fill mode, grey level beyond the border, spline order.
        margin: how far ``source`` goes beyond the image on each side.
    """

    def __init__(self, sampling: Sampling, margin: int) -> None:
        super().__init__(name="augment", dtype="float32")
        self._sampling, self._margin = sampling, margin

    def call(self, given: dict[str, Tensor]) -> Tensor:
        """Return uint8 images B×H×W×C.

        Args:
            given: ``source``, ``by_row`` and ``by_column`` as `warp` takes them; where levels are
                changed, ``channel_shift`` and ``brightness`` as `change_levels` does.
        """
        places = (given["by_row"], given["by_column"])
        levels = warp(given["source"], *places, self._sampling, self._margin)
        return change_levels(levels, given.get("channel_shift"), given.get("brightness"))


def warp(
    source: Tensor, by_row: Tensor, by_column: Tensor, sampling: Sampling, margin: int
) -> Tensor:
    """Return a batch read through a backward map an image, float32 B×H×W×C.

    Args:
        source: B×(H + 2·margin)×(W + 2·margin)×C, grey levels, or spline coefficients where the
            order is above 1.
        by_row: int32, B×2×H×2, as `coordinates` returns it.
        by_column: int32, B×2×W×2.
        sampling: fill mode, grey level beyond the border, spline order.
        margin: how far ``source`` goes beyond the image on each side.
    """
    count, height, width, channels = source.shape
    size = (height - 2 * margin, width - 2 * margin)
    if sampling.fill_mode == "grid-constant":
        frame = ((0, 0), (1, 1), (1, 1), (0, 0))
        source = ops.pad(ops.cast(source, "float32"), frame, constant_values=sampling.cval)
        margin, height, width = margin + 1, height + 2, width + 2
    x, y = (_sum(by_row, by_column, axis) for axis in (0, 1))
    columns, across = _taps(*x, size[1], margin, sampling)
    rows, down = _taps(*y, size[0], margin, sampling)
    pixels = ops.reshape(source, (count * height * width, channels))
    first = np.arange(count, dtype=np.int32)[:, None, None] * (height * width)

    def line(row: Tensor) -> Tensor:
        at = [ops.take(pixels, row * width + column + first, axis=0) for column in columns]
        return _weighted([ops.cast(read, "float32") for read in at], across)

    read = _weighted([line(row) for row in rows], down)
    if sampling.fill_mode != "constant":
        return read
    inside = ops.logical_and(_inside(*x, size[1]), _inside(*y, size[0]))
    return ops.where(inside[..., None], read, np.float32(sampling.cval))


def change_levels(levels: Tensor, shift: Tensor | None, factor: Tensor | None) -> Tensor:
    """Return float32 levels B×H×W×C in 0..255 as uint8, rounded once, or cut as Pillow does.

    Args:
        levels: a batch.
        shift: float32, B×1×1×1, levels to add within each image's own range.
        factor: float32, B×1×1×1, brightness.
    """
    if shift is not None:
        low, high = (
            extreme(levels, axis=(1, 2, 3), keepdims=True) for extreme in (ops.min, ops.max)
        )
        levels = ops.minimum(ops.maximum(levels + shift, low), high)
    cut = ops.round(levels) if factor is None else ops.floor(ops.floor(levels) * factor)
    return ops.cast(ops.clip(cut, 0, 255), "uint8")


def _sum(by_row: Tensor, by_column: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return whole pixels and fractions of an axis' coordinates, int32 B×H×W each."""
    whole, part = (
        by_row[:, axis, :, None, place] + by_column[:, axis, None, :, place] for place in (0, 1)
    )
    return _carried(whole, part)


def _carried(whole: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
    carry = ops.cast(part >= ONE, "int32")
    return whole + carry, part - carry * ONE


def _inside(whole: Tensor, part: Tensor, size: int) -> Tensor:
    """Return which coordinates are in [0, n - 1], bool."""
    last = ops.logical_and(ops.equal(whole, size - 1), ops.equal(part, 0))
    within = ops.logical_and(whole >= 0, whole < size - 1)
    return ops.logical_or(within, last)


def _taps(
    whole: Tensor, part: Tensor, size: int, margin: int, sampling: Sampling
) -> tuple[list[Tensor], list[Tensor]]:
    """Return the grid's neighbours of each coordinate on an axis, and their weights.

    Returns:
        ``order + 1`` indices, int32 B×H×W, and as many weights, float32 B×H×W×1.
    """
    order = sampling.order
    if sampling.fill_mode == "wrap":
        whole, part = _wrapped(whole, part, size)
    if order % 2 == 0:  # the nearest pixel is the middle one
        part = part + ONE // 2
        if not order:  # half-way between two, SciPy takes the upper one of the picture itself
            part = part - ops.cast(_reversed(whole, size, sampling.fill_mode), "int32")
        whole, part = _carried(whole, part)
    first = whole + (margin - order // 2)
    indices = [
        _extended(first + tap, size + 2 * margin, sampling.fill_mode) for tap in range(order + 1)
    ]
    return indices, _weights(ops.cast(part, "float32")[..., None] * np.float32(1 / ONE), order)


def _wrapped(whole: Tensor, part: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return coordinates folded into [0, n - 1] with SciPy's period n - 1; both ends stay."""
    period = size - 1
    if not period:
        return whole * 0, part * 0
    folded = ops.mod(whole, period)
    start = ops.logical_and(ops.equal(folded, 0), ops.equal(part, 0))
    folded = ops.where(ops.logical_and(start, whole < 0), period, folded)
    return ops.where(_inside(whole, part, size), whole, folded), part


def _reversed(whole: Tensor, size: int, fill_mode: str) -> Tensor:
    """Return where the endless grid shows the picture backwards, bool."""
    if fill_mode in ("reflect", "grid-mirror"):
        return ops.mod(whole, 2 * size) >= size
    if fill_mode == "mirror":
        place = ops.mod(whole, max(2 * size - 2, 1))
        return place >= ops.where(whole < 0, size - 1, size)
    return ops.zeros_like(whole, dtype="bool")


def _extended(index: Tensor, size: int, fill_mode: str) -> Tensor:
    """Return which pixel of n a place of the endless grid shows."""
    if fill_mode in _ENDLESS:
        return ops.clip(index, 0, size - 1)
    if fill_mode == "grid-wrap":
        return ops.mod(index, size)
    if fill_mode in ("reflect", "grid-mirror"):
        folded = ops.mod(index, 2 * size)
        return ops.minimum(folded, 2 * size - 1 - folded)
    period = max(2 * size - 2, 1)  # mirror, and the grid of constant and wrap
    folded = ops.mod(index, period)
    return ops.minimum(folded, period - folded)


def _weights(t: Tensor, order: int) -> list[Tensor]:
    """Return the weights of neighbours for a fraction ``t`` of the way from the middle one.

    Those of cardinal B-splines, by Cox and de Boor's recursion over orders:
    ``N_d(x) = (x · N_{d-1}(x) + (d + 1 - x) · N_{d-1}(x - 1)) / d``.
    """
    weights = [ops.ones_like(t)]
    for degree in range(1, order + 1):
        left = [(t + (degree - tap)) * weights[tap - 1] for tap in range(1, degree + 1)]
        right = [(tap + 1 - t) * weights[tap] for tap in range(degree)]
        both = zip(left[:-1], right[1:], strict=True)
        sums = [right[0], *(a + b for a, b in both), left[-1]]
        weights = [each * np.float32(1 / degree) for each in sums]
    return weights


def _weighted(values: list[Tensor], weights: list[Tensor]) -> Tensor:
    """Return the mean of values by weights whose sum is 1; of equal values exactly theirs."""
    first, *others = values
    mean = first
    for value, weight in zip(others, weights[1:], strict=True):
        mean = mean + weight * (value - first)
    return mean
