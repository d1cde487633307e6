"""How drawn parameters become one backward matrix an image: small named 3×3 matrices, composed.

All maps are backward, ``p_in = B · p_out``, in homogeneous coordinates (x = column, y = row, 1)
with pixel centres at whole numbers, as ImageDataGenerator composes them:
``B = C · R(theta) · T(shift) · S(shear) · Z(zx, zy) · C⁻¹``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from augbench.policies.spec.draws import Draws


def _matrix(rows: Sequence[Sequence[np.ndarray | float]]) -> np.ndarray:
    """Return N×3×3 from two rows of three scalars or arrays of length N, and the row (0, 0, 1)."""
    parts = np.broadcast_arrays(*(np.asarray(x, np.float64) for row in rows for x in row))
    out = np.zeros((*parts[0].shape, 3, 3))
    for place, part in enumerate(parts):
        out[..., place // 3, place % 3] = part
    out[..., 2, 2] = 1
    return out


def translate2d(tx: np.ndarray | float, ty: np.ndarray | float) -> np.ndarray:
    """Return the move by (tx, ty) pixels, ...×3×3."""
    return _matrix([[1, 0, tx], [0, 1, ty]])


def rotate2d(theta: np.ndarray | float) -> np.ndarray:
    """Return the turn by ``theta`` radians, ...×3×3."""
    cos, sin = np.cos(theta), np.sin(theta)
    return _matrix([[cos, -sin, 0], [sin, cos, 0]])


def shear2d(phi: np.ndarray | float) -> np.ndarray:
    """Return ImageDataGenerator's shear by ``phi`` radians, which shortens rows too, ...×3×3."""
    return _matrix([[1, -np.sin(phi), 0], [0, np.cos(phi), 0]])


def scale2d(zx: np.ndarray | float, zy: np.ndarray | float) -> np.ndarray:
    """Return the scaling by (zx, zy), ...×3×3."""
    return _matrix([[zx, 0, 0], [0, zy, 0]])


def flip2d(
    horizontal: np.ndarray | bool, vertical: np.ndarray | bool, shape: tuple[int, int]
) -> np.ndarray:
    """Return the flips of an image of height and width ``shape``, ...×3×3."""
    height, width = shape
    across, down = np.where(horizontal, -1.0, 1.0), np.where(vertical, -1.0, 1.0)
    x0, y0 = np.where(horizontal, width - 1.0, 0.0), np.where(vertical, height - 1.0, 0.0)
    return _matrix([[across, 0, x0], [0, down, y0]])


def centre(shape: tuple[int, int], *, swapped: bool = False) -> np.ndarray:
    """Return the point (x, y) that pictures turn about; ``swapped`` is where Keras has it."""
    height, width = shape
    point = np.array([width / 2 - 0.5, height / 2 - 0.5])
    return point[::-1] if swapped else point


def _about_origin(draws: Draws) -> np.ndarray:
    """Return ``R · T · S · Z``, N×3×3."""
    turned = rotate2d(np.deg2rad(draws.theta)) @ translate2d(draws.shift_x, draws.shift_y)
    return turned @ shear2d(np.deg2rad(draws.shear)) @ scale2d(draws.zx, draws.zy)


def backward_matrices(
    draws: Draws, shape: tuple[int, int], *, quirks: str = "none", flips: bool = False
) -> np.ndarray:
    """Return the backward map of each row, float64 N×3×3.

    Args:
        draws: N rows of parameters.
        shape: height and width of the images in pixels.
        quirks: ``keras`` turns about Keras's centre, which is off where height is not width
            (the shifts are swapped in the draws already).
        flips: whether the flips, which come after the warp, are part of the map.
    """
    x, y = centre(shape, swapped=quirks == "keras")
    matrices = translate2d(x, y) @ _about_origin(draws) @ translate2d(-x, -y)
    if flips:
        matrices = matrices @ flip2d(draws.flip_horizontal, draws.flip_vertical, shape)
    return matrices


def corrected_shifts(draws: Draws, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return shifts (x, y) with which ImageDataGenerator's wrong centre gives the right picture.

    ``t' = R⁻¹ [R·t + (c - c') - L (c - c')]`` with ``L = R·S·Z``, c the image's centre and c' the
    one that Keras turns about; nothing changes for square images.
    """
    offset = centre(shape) - centre(shape, swapped=True)
    if not offset.any():
        return draws.shift_x, draws.shift_y
    linear = _about_origin(draws)[:, :2, :2]
    back = rotate2d(-np.deg2rad(draws.theta))[:, :2, :2]
    extra = np.einsum("nij,nj->ni", back, offset - linear @ offset)
    return draws.shift_x + extra[:, 0], draws.shift_y + extra[:, 1]
