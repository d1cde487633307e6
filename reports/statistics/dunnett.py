"""Critical values for several comparisons with one baseline (Dunnett 1955)."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

#: correlation of two differences to one baseline whose spreads are alike
CORRELATION = 0.5
#: errors under it are Bonferroni's, from which Dunnett's hardly differ there
SMALLEST = 1e-4
#: quantiles of smaller errors are this one's
SMALLEST_ASKED = 1e-150
#: of which the square is still a number
LARGEST = 1e150
_VALUES = 64
#: points that averages over the common part and over the spread are taken at
_NORMAL_POINTS, _SPREAD_POINTS = 40, 64
#: the part of the distribution of the spread that is left out at each end
_LEFT_OUT = 1e-13
Floats = NDArray[np.float64]


def critical_value(error: Any, comparisons: int, df: float) -> Any:
    """Return c with P(max |T| > c) = ``error`` for the T of ``comparisons`` with one baseline.

    The T are Student's with ``df`` degrees of freedom, a common variance and correlations of 1/2:
    Dunnett, Journal of the American Statistical Association 50 (1955), 1096-1121, two-sided. For 4
    comparisons, 6 degrees of freedom and an error of .05 it is 3.26.

    Args:
        error: two-sided, of the family, above 0 and below 1; a number or an array.
        comparisons: at least 1.
        df: degrees of freedom, `math.inf` for the normal distribution.
    """
    if np.ndim(error) == 0:
        return _of_one(float(error), comparisons, df)
    return _critical_value(np.asarray(error, np.float64), comparisons, df)


@lru_cache(maxsize=4096)
def _of_one(error: float, comparisons: int, df: float) -> float:
    """Return that of a number; looks at a growing run ask for the same ones again and again."""
    return float(_critical_value(np.float64(error), comparisons, df))


def _critical_value(error: Any, comparisons: int, df: float) -> Any:
    single = _single(error / comparisons, df)
    if comparisons == 1:
        return single
    curve = _curve(comparisons, df)
    joint = curve(-np.log(np.maximum(error, SMALLEST)))
    return np.where(error < SMALLEST, single, np.minimum(joint, single))


def _single(error: Any, df: float) -> Any:
    """Return the two-sided quantile of one T, finite for the smallest errors too."""
    # for smaller ones SciPy's stdtrit answers +inf
    error = np.maximum(error, SMALLEST_ASKED)
    lower = special.ndtri(error / 2) if math.isinf(df) else special.stdtrit(df, error / 2)
    return np.minimum(-lower, LARGEST)


@cache
def _curve(comparisons: int, df: float) -> interpolate.PchipInterpolator:
    """Return the critical value by -log(error), for errors of 1 down to below `SMALLEST`."""
    highest = float(_single(SMALLEST / 4 / comparisons, df))
    values = np.linspace(0.0, 1.0, _VALUES) ** 1.5 * highest
    errors = 1.0 - _coverage(values, comparisons, df)
    errors = np.minimum.accumulate(np.clip(errors, 1e-300, 1.0))
    falling = np.concatenate([[True], np.diff(errors) < 0])
    return interpolate.PchipInterpolator(-np.log(errors[falling]), values[falling])


def _coverage(values: Floats, comparisons: int, df: float) -> Floats:
    """Return P(max |T| <= value) of values (N,), (N,): the T are independent, given z and s.

    T_i = (sqrt(r) z + sqrt(1 - r) e_i) / s with z, e_i standard normal and s² chi² by its degrees.
    """
    z, weights = _normal_points()
    s, parts = _spread_points(df)
    common = math.sqrt(CORRELATION) * z[:, None]
    rest = math.sqrt(1 - CORRELATION)
    reach = values[:, None, None] * s
    inside = special.ndtr((common + reach) / rest) - special.ndtr((common - reach) / rest)
    return np.asarray(weights @ inside**comparisons @ parts)


@cache
def _normal_points() -> tuple[Floats, Floats]:
    """Return points and weights by which an even function of a standard normal is averaged."""
    points, weights = np.polynomial.hermite_e.hermegauss(_NORMAL_POINTS)
    half = points > 0
    return points[half], 2 * weights[half] / math.sqrt(2 * math.pi)


@cache
def _spread_points(df: float) -> tuple[Floats, Floats]:
    """Return points and weights by which a function of sqrt(chi²/df) is averaged."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    low, high = np.sqrt(special.chdtri(df, [1 - _LEFT_OUT, _LEFT_OUT]) / df)
    x, weights = _legendre_points()
    u = (x + 1) / 2
    # u² is denser near 0, where a small spread makes a large T
    s = low + (high - low) * u**2
    # the density of s but for a factor: s^(df - 1) exp(-df s² / 2)
    logarithm = (df - 1) * np.log(s) - df * s**2 / 2
    parts = weights * u * np.exp(logarithm - logarithm.max())
    return s, parts / parts.sum()


@cache
def _legendre_points() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(_SPREAD_POINTS)
