"""What is done to each image of a batch, as arrays, by engines that warp once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from augbench.policies.spec.draws import Draws
from augbench.policies.spec.geometry import backward_matrices
from augbench.policies.spec.spec import AugmentationSpec


@dataclass(frozen=True)
class Sampling:
    """How pixels are read between and beyond the grid: fill mode, grey level, spline order."""

    fill_mode: str = "nearest"
    cval: float = 0.0
    order: int = 1


@dataclass(frozen=True)
class Rows:
    """What is done to N images, flips included in the maps.

    Attributes:
        maps: float64, N×2×3, backward maps in (x, y).
        moved: bool, N, whether the map is not the identity.
        margins: int64, N×4, the px that the map reads beyond the top, bottom, left and right.
        channel_shift: float64, N, grey levels, or None where the spec has none.
        brightness: float64, N, factors, or None where the spec has none.
    """

    maps: np.ndarray
    moved: np.ndarray
    margins: np.ndarray
    channel_shift: np.ndarray | None = None
    brightness: np.ndarray | None = None

    def take(self, which: np.ndarray | slice) -> Rows:
        """Return the given rows."""
        return Rows(
            self.maps[which],
            self.moved[which],
            self.margins[which],
            None if self.channel_shift is None else self.channel_shift[which],
            None if self.brightness is None else self.brightness[which],
        )


def sampling_of(spec: AugmentationSpec) -> Sampling:
    """Return how ``spec`` has pixels read."""
    return Sampling(spec.fill_mode, spec.cval, spec.interpolation_order)


def rows_of(drawn: Draws, spec: AugmentationSpec, shape: tuple[int, int]) -> Rows:
    """Return what a table of draws does to images of height and width ``shape``."""
    maps = backward_matrices(drawn, shape, quirks=spec.quirks, flips=True)[:, :2]
    moved = drawn.affine | drawn.flip_horizontal | drawn.flip_vertical
    return Rows(
        np.ascontiguousarray(maps),
        moved,
        np.where(moved[:, None], _margins(maps, *shape), 0),
        drawn.channel_shift if spec.channel_shift_range else None,
        drawn.brightness if spec.brightness_range else None,
    )


def _margins(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the px that each map (N×2×3) reads beyond the top, bottom, left and right, int64 N×4.

    All are 0 where a map reads unreasonably far.
    """
    # an end of a line through the picture is its beginning and what each side adds or takes away
    along = maps[:, :, :2] * (width - 1, height - 1)
    first = maps[:, :, 2] + np.minimum(along, 0).sum(axis=2)
    last = maps[:, :, 2] + np.maximum(along, 0).sum(axis=2)
    beyond = np.stack([-first, last - (width - 1, height - 1)], axis=2)[:, ::-1].reshape(-1, 4)
    margins = np.where(beyond > 0, np.ceil(beyond) + 1, 0)
    far = margins.max(axis=1, keepdims=True) > max(height, width)
    return np.where(far, 0, margins).astype(np.int64)
