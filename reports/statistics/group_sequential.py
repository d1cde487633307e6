"""How much error may each look spend when blocks are added until all is settled?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import optimize, special

_POINTS = 401
_WIDTH = 8.0


@cache
def equal_levels(blocks: tuple[int, ...], error: float) -> float:
    """Return the two-sided level of every look that makes ``error`` over all of them together.

    Pocock's design (Biometrika 64, 1977, 191–199): each look at the growing mean of independent
    blocks is tested at one level. For two looks at equal distances and an error of .05 it is .0294,
    for five .0158.

    Args:
        blocks: how many blocks there are at each look, rising.
        error: two-sided, over all looks.
    """
    if len(blocks) == 1:
        return error

    def excess(log_level: float) -> float:
        return crossing([math.exp(log_level)] * len(blocks), blocks) - error

    return math.exp(optimize.brentq(excess, math.log(error / len(blocks)), math.log(error)))


def crossing(levels: Sequence[float], blocks: Sequence[int]) -> float:
    """Return the chance that a mean of pure noise is significant at any of the looks.

    By integration over the sum at each look on its way inside the bounds (Armitage, McPherson and
    Rowe, Journal of the Royal Statistical Society A 132, 1969, 235–244).

    Args:
        levels: two-sided, one a look.
        blocks: how many blocks there are at each look, rising.
    """
    inside = 1.0
    grid, density = np.zeros(1), np.ones(1)
    seen = 0
    for level, count in zip(levels, blocks, strict=True):
        bound = min(-float(special.ndtri(level / 2)), _WIDTH) * math.sqrt(count)
        after = np.linspace(-bound, bound, _POINTS)
        step = math.sqrt(count - seen)
        moves = np.exp(-0.5 * ((after[:, None] - grid) / step) ** 2)
        density = moves @ density / (step * math.sqrt(2 * math.pi))
        weights = np.full(_POINTS, after[1] - after[0])
        weights[1:-1:2] *= 4 / 3
        weights[2:-1:2] *= 2 / 3
        weights[[0, -1]] /= 3
        inside = float(weights @ density)
        grid, density, seen = after, density * weights, count
    return 1.0 - inside
