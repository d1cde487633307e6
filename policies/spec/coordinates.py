"""Where each pixel of a batch is read, in whole numbers, which every device adds alike.

Accelerators compute in float32, whose last bit is a thousandth of a pixel in a large image. A
coordinate of a backward map is a sum of one number a row and one a column; both are exact here, as
whole pixels and a fraction in fixed point, and a device is left with a sum of integers.
"""

from __future__ import annotations

import numpy as np

#: a whole pixel in units of the fraction; two fractions fit into an int32
ONE = 2**30
#: beyond any image, and four of them fit into an int32
_FAR = 2**28


def fixed_point(values: np.ndarray) -> np.ndarray:
    """Return float64 numbers as whole pixels and fractions of ``ONE``, int32 with two at the end.

    No number is rounded onto a whole or a half one, where SciPy's edges are: a fraction is 0 only
    where the number is whole, and ``ONE / 2`` only where it is half-way.
    """
    whole = np.floor(values)
    exact = (values - whole) * ONE
    near = np.rint(exact)
    near += np.where(near % (ONE // 2) == 0, np.sign(exact - near), 0)
    parts = [np.clip(whole, -_FAR, _FAR), np.clip(near, 0, ONE - 1)]
    return np.stack(parts, axis=-1).astype(np.int32)


def coordinates(maps: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the parts of the input's (x, y) of every output pixel that its row and column decide.

    Where a map mixes no axes, sums are SciPy's, to the last bit; elsewhere within 1e-9 pixels.

    Args:
        maps: float64, N×2×3, backward maps in (x, y).
        shape: height and width of the output.

    Returns:
        Of the rows, int32 N×2×H×2, and of the columns, int32 N×2×W×2: axis (x, y), place, and
        (whole, fraction) as of `fixed_point`.
    """
    along_x, along_y, start = (maps[:, :, place, None] for place in range(3))
    by_row = start + along_y * np.arange(shape[0])  # SciPy's order of summation
    by_column = along_x * np.arange(shape[1])
    alone = along_y == 0
    by_column = np.where(alone, start + by_column, by_column)
    return fixed_point(np.where(alone, 0.0, by_row)), fixed_point(by_column)
