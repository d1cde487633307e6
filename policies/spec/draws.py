"""Which transform each image gets: a table drawn from (spec, seed, epoch), a row an image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from augbench.policies.random import uniforms
from augbench.policies.spec.spec import AugmentationSpec


@dataclass(frozen=True)
class Draws:
    """Transform parameters of N images, a column a parameter, all of length N.

    Attributes:
        theta: float64, degrees; above 0 turns the picture counter-clockwise.
        shift_x: float64, pixels; the columns' part of the backward map's translation.
        shift_y: float64, pixels; the rows' part of it.
        shear: float64, degrees.
        zx: float64, factor of the columns; above 1 zooms out.
        zy: float64, factor of the rows.
        flip_horizontal: bool.
        flip_vertical: bool.
        channel_shift: float64, grey levels; 0 where the spec has none.
        brightness: float64, factor; NaN where the spec has none.
    """

    theta: np.ndarray
    shift_x: np.ndarray
    shift_y: np.ndarray
    shear: np.ndarray
    zx: np.ndarray
    zy: np.ndarray
    flip_horizontal: np.ndarray
    flip_vertical: np.ndarray
    channel_shift: np.ndarray
    brightness: np.ndarray

    def __len__(self) -> int:
        return len(self.theta)

    def take(self, rows: np.ndarray) -> Draws:
        """Return the given rows (int64 or bool) as a table of their own."""
        return Draws(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def affine(self) -> np.ndarray:
        """bool, N: whether a row resamples pixels (a flip alone does not)."""
        moved = (self.theta != 0) | (self.shift_x != 0) | (self.shift_y != 0)
        return moved | (self.shear != 0) | (self.zx != 1) | (self.zy != 1)

    @property
    def identity(self) -> np.ndarray:
        """bool, N: whether a row moves no pixel and changes no level."""
        flipped = self.flip_horizontal | self.flip_vertical
        return ~(self.affine | flipped | (self.channel_shift != 0) | ~np.isnan(self.brightness))

    def captions(self) -> list[str]:
        """Return a line a row that names what is done to the image; ``unchanged`` for nothing."""
        return [_caption(self, row) for row in range(len(self))]


def _caption(draws: Draws, row: int) -> str:
    changes = []
    if draws.theta[row]:
        changes.append(f"turn {draws.theta[row]:+.1f}°")
    if draws.shift_x[row] or draws.shift_y[row]:
        changes.append(f"shift x {draws.shift_x[row]:+.1f} y {draws.shift_y[row]:+.1f} px")
    if draws.shear[row]:
        changes.append(f"shear {draws.shear[row]:+.1f}°")
    if draws.zx[row] != 1 or draws.zy[row] != 1:
        changes.append(f"zoom x {draws.zx[row]:.2f} y {draws.zy[row]:.2f}")
    if draws.flip_horizontal[row]:
        changes.append("flip ↔")
    if draws.flip_vertical[row]:
        changes.append("flip ↕")
    if draws.channel_shift[row]:
        changes.append(f"levels {draws.channel_shift[row]:+.1f}")
    if not np.isnan(draws.brightness[row]):
        changes.append(f"brightness {draws.brightness[row]:.2f}")
    return ", ".join(changes) or "unchanged"


def draw(
    spec: AugmentationSpec,
    seed: int,
    epoch: int,
    count: int,
    shape: tuple[int, int],
    stage: int = 0,
) -> Draws:
    """Draw the first ``count`` rows of the table of ``(seed, epoch, stage)``.

    A row depends on nothing but these and its own number: the first n rows are the same for every
    ``count``, and each word of the spec has a stream of its own, so another word changes no other
    column. Distributions are those of ``ImageDataGenerator.get_random_transform``.

    Args:
        spec: what may happen.
        seed: the block's seed.
        epoch: counted from 0.
        count: rows to draw.
        shape: height and width of the images in pixels.
        stage: the place in a chain of policies, so that two stages draw apart.
    """

    def uniform(word: str) -> np.ndarray:
        return uniforms(count, seed, "draws", stage, epoch, word)

    return draw_from(uniform, spec, count, shape)


def draw_from(
    uniform: Callable[[str], np.ndarray],
    spec: AugmentationSpec,
    count: int,
    shape: tuple[int, int],
) -> Draws:
    """Draw ``count`` rows, where ``uniform(word)`` gives that many float64 in [0, 1) for a word."""

    def symmetric(word: str, reach: float) -> np.ndarray:
        return reach * (2 * uniform(word) - 1) if reach else np.zeros(count)

    def shift(word: str, side: int) -> np.ndarray:
        value = getattr(spec, word)
        if isinstance(value, float):
            pixels = symmetric(word, value)
        else:
            choices = np.asarray(value if isinstance(value, tuple) else range(value), np.float64)
            if not choices.any():  # a lone 0, or n = 1
                return np.zeros(count)
            sign = np.where(uniform(f"{word}/sign") < 0.5, -1.0, 1.0)
            pixels = sign * choices[(uniform(word) * len(choices)).astype(np.int64)]
        # the largest value decides for all whether they are shares of the side
        return pixels * side if np.max(value) < 1 else pixels

    def coin(word: str) -> np.ndarray:
        return uniform(word) < 0.5 if getattr(spec, word) else np.zeros(count, bool)

    def between(word: str, low: float, high: float) -> np.ndarray:
        return low + (high - low) * uniform(word)

    height, width = shape
    columns, rows = shift("width_shift_range", width), shift("height_shift_range", height)
    if spec.quirks == "keras":  # Keras moves rows by the width's word and columns by the height's
        columns, rows = rows, columns
    if spec.zoom == (1.0, 1.0):
        zx = zy = np.ones(count)
    else:
        zx, zy = (between(f"zoom_range/{axis}", *spec.zoom) for axis in "xy")
    bright = spec.brightness_range
    return Draws(
        theta=symmetric("rotation_range", spec.rotation_range),
        shift_x=columns,
        shift_y=rows,
        shear=symmetric("shear_range", spec.shear_range),
        zx=zx,
        zy=zy,
        flip_horizontal=coin("horizontal_flip"),
        flip_vertical=coin("vertical_flip"),
        channel_shift=symmetric("channel_shift_range", spec.channel_shift_range),
        brightness=between("brightness_range", *bright) if bright else np.full(count, np.nan),
    )
