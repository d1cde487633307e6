"""How should a parameter be distributed, by the documented words of a spec?

`ImageDataGenerator`'s documentation is the source; what is drawn is `augbench.policies.spec.draws`'
affair, and is held against this.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from augbench.bench.gate.rendering.measuring import NEUTRAL
from augbench.policies.spec.spec import AugmentationSpec
from scipy import stats

#: the word of each parameter
WORDS = {
    "theta": "rotation_range",
    "shift_x": "width_shift_range",
    "shift_y": "height_shift_range",
    "shear": "shear_range",
    "zx": "zoom_range",
    "zy": "zoom_range",
}


@dataclass(frozen=True)
class Distribution:
    """A uniform distribution from ``low`` to ``high``, or over ``choices`` where there are any.

    Attributes:
        low: the least value.
        high: the greatest.
        choices: values of equal probability, sorted, each as often as it counts.
    """

    low: float
    high: float
    choices: tuple[float, ...] = ()

    def up_to(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of values up to ``x``, x among them."""
        if self.choices:
            return np.searchsorted(self.choices, x, side="right") / len(self.choices)
        return np.clip((x - self.low) / (self.high - self.low), 0, 1)

    def below(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of values below ``x``."""
        if self.choices:
            return np.searchsorted(self.choices, x, side="left") / len(self.choices)
        return self.up_to(x)


def expected(spec: AugmentationSpec, shape: tuple[int, ...]) -> dict[str, Distribution]:
    """Return how each parameter of `WORDS` is distributed in images of ``shape`` (H, W, …).

    Degrees, pixels and factors. ``quirks="keras"`` means the two shifts the other way round.
    """
    height, width = shape[:2]
    across = _shift(spec.width_shift_range, width)
    down = _shift(spec.height_shift_range, height)
    if spec.quirks == "keras":
        across, down = (
            _shift(spec.height_shift_range, height),
            _shift(spec.width_shift_range, width),
        )
    zoom = _between(*spec.zoom)
    return {
        "theta": _between(-spec.rotation_range, spec.rotation_range),
        "shift_x": across,
        "shift_y": down,
        "shear": _between(-spec.shear_range, spec.shear_range),
        "zx": zoom,
        "zy": zoom,
    }


def neutral(parameter: str) -> Distribution:
    """Return that of a parameter that never does anything."""
    value = NEUTRAL.get(parameter, 0.0)
    return Distribution(value, value, (value,))


def distance(values: np.ndarray, of: Distribution, precision: float) -> float:
    """Return Kolmogorov's distance that values keep though each may be off by ``precision``."""
    x = np.sort(values)
    count = len(x)
    above = np.arange(1, count + 1) / count - of.up_to(x + precision)
    below = of.below(x - precision) - np.arange(count) / count
    return float(max(above.max(), below.max(), 0.0))


def chance(distance: float, count: int) -> float:
    """Return the probability that ``count`` values keep at least that distance by chance.

    Kolmogorov's distribution; for a distribution of few values the true one is smaller still.
    """
    return float(stats.kstwo.sf(distance, count)) if distance > 1 / (2 * isqrt(count)) else 1.0


def _between(low: float, high: float) -> Distribution:
    low, high = low + 0.0, high + 0.0  # no -0
    return Distribution(low, high, () if high > low else (low,))


def _shift(value: int | float | tuple[int | float, ...], side: int) -> Distribution:
    """Return the distribution of a shift along ``side`` pixels, in pixels."""
    if isinstance(value, float):
        reach = value * side if value < 1 else value
        return _between(-reach, reach)
    steps = value if isinstance(value, tuple) else tuple(range(value))
    unit = side if max(steps, default=0) < 1 else 1
    both = sorted(sign * step * unit for step in steps for sign in (-1, 1)) or [0.0]
    return Distribution(both[0], both[-1], tuple(map(float, both)))
