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
        channel_shift: float64, N, grey levels, or None where the spec has none.
        brightness: float64, N, factors, or None where the spec has none.
    """

    maps: np.ndarray
    moved: np.ndarray
    channel_shift: np.ndarray | None = None
    brightness: np.ndarray | None = None

    def take(self, which: np.ndarray | slice) -> Rows:
        """Return the given rows."""
        return Rows(
            self.maps[which],
            self.moved[which],
            None if self.channel_shift is None else self.channel_shift[which],
            None if self.brightness is None else self.brightness[which],
        )


def sampling_of(spec: AugmentationSpec) -> Sampling:
    """Return how ``spec`` has pixels read."""
    return Sampling(spec.fill_mode, spec.cval, spec.interpolation_order)


def rows_of(drawn: Draws, spec: AugmentationSpec, shape: tuple[int, int]) -> Rows:
    """Return what a table of draws does to images of height and width ``shape``."""
    maps = backward_matrices(drawn, shape, quirks=spec.quirks, flips=True)
    return Rows(
        np.ascontiguousarray(maps[:, :2]),
        drawn.affine | drawn.flip_horizontal | drawn.flip_vertical,
        drawn.channel_shift if spec.channel_shift_range else None,
        drawn.brightness if spec.brightness_range else None,
    )
