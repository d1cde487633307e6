"""What does 0…255 mean for arrays of numbers: which range is theirs, and what lies beyond it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from augbench.bench.data.sources.pixels import from_16_bit, over_white

from augbench.errors import InputError

#: how far floats may reach beyond their range, as filters overshoot, to be clipped; as a part of it
OVERSHOOT = 0.1
#: so far, rounding alone brings them
_ROUNDING = 1e-3
#: the white of 10, 12, 14 and 16 bits
_DEEP_WHITES = (1023, 4095, 16383, 65535)
#: grey levels of 255 that all pixels of a part should span, or it is told
GOOD_SPAN = 128


@dataclass(frozen=True)
class _Scale:
    """How numbers become 0…255: their full white, what is said of it, and how far they reach."""

    white: float
    words: str
    low: float
    high: float


def as_uint8(
    images: Mapping[str, np.ndarray], where: str
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return all splits as uint8 N×H×W×C, each judged by itself, with a sentence for each scaling.

    Floats up to 1 (and `OVERSHOOT`, which is clipped) are 0…1, others 0…255; uint16 above 255 is
    0…65535.

    Raises:
        InputError: shapes and ranges cannot be those of pixels.
    """
    converted, scales = {}, {}
    for name, x in images.items():
        scale = _scale(x, where if len(images) == 1 else f"{where}: x_{name}")
        scales[name] = scale
        pixels = _converted(x, scale)
        pixels = pixels[..., None] if pixels.ndim == 3 else pixels
        converted[name] = over_white(pixels) if pixels.shape[3] == 4 else pixels
    return converted, _told(images, scales, where)


def _scale(x: np.ndarray, where: str) -> _Scale:
    low, high = _extreme(np.min, x, where), _extreme(np.max, x, where)
    if x.dtype == np.bool_:
        return _Scale(1.0, "pixels in 0…1 were multiplied by 255", low, high)
    if x.dtype.kind == "f":
        if _within(low, high, 1.0):
            return _Scale(1.0, "pixels in 0…1 were multiplied by 255", low, high)
        if high > 2 and _within(low, high, 255.0):
            return _Scale(255.0, "", low, high)
    if low < 0:
        hint = (
            "; (x + 1) / 2 brings -1…1 to 0…1" if _within((low + 1) / 2, (high + 1) / 2, 1) else ""
        )
        raise InputError(f"{where}: pixels reach down to {low:g}; give 0…255 or 0…1{hint}")
    if x.dtype.kind != "f" and high <= 255:
        return _Scale(255.0, "", low, high)
    if x.dtype == np.uint16:
        return _Scale(65535.0, "16-bit pixels were divided by 257", low, high)
    full = next((full for full in _DEEP_WHITES if 300 < high <= full), None)
    hint = f"; x / {full} brings 0…{full} to 0…1" if full else ""
    raise InputError(f"{where}: pixels reach {high:g}; give 0…255, 0…1, or 16 bit as uint16{hint}")


def _within(low: float, high: float, white: float) -> bool:
    """Return whether numbers from ``low`` to ``high`` can be 0…``white``, some beyond it."""
    below = low >= -_ROUNDING * white or high >= white / 2
    return below and low >= -OVERSHOOT * white and high <= (1 + OVERSHOOT) * white


def _converted(x: np.ndarray, scale: _Scale) -> np.ndarray:
    if x.dtype == np.uint8:
        return x
    if scale.white == 65535:
        return from_16_bit(x)
    if scale.low < 0 or scale.high > scale.white:
        x = np.clip(x, 0, scale.white)
    return np.rint(x * np.float32(255 / scale.white)).astype(np.uint8)


def _told(images: Mapping[str, np.ndarray], scales: Mapping[str, _Scale], where: str) -> list[str]:
    """Return what was assumed of the splits, and what of them was clipped."""
    remarks = []
    if len({scale.white for scale in scales.values()}) > 1:
        ranges = ", ".join(f"{name} as 0…{scale.white:g}" for name, scale in scales.items())
        remarks.append(
            f"{where}: the splits come in different ranges, each read by its own: {ranges}"
        )
    else:
        remarks += dict.fromkeys(f"{where}: {s.words}" for s in scales.values() if s.words)
    for name, scale in scales.items():
        if scale.low < 0 or scale.high > scale.white:
            x = images[name]
            beyond = int(np.count_nonzero((x < 0) | (x > scale.white)))
            remarks.append(
                f"{where}: {beyond:,} of {x.size:,} values of x_{name} beyond 0…{scale.white:g} "
                f"(from {scale.low:.9g} to {scale.high:.9g}) were clipped"
            )
    return remarks


def span_notes(spans: Mapping[str, tuple[int, int]], name: str) -> list[str]:
    """Return a sentence where no pixel of a split uses a good part of 0…255.

    Args:
        spans: the least and the greatest pixel of each split, as decoded.
        name: the data set's.
    """
    poor: dict[tuple[int, int], list[str]] = {}
    for split, (low, high) in spans.items():
        if high - low < GOOD_SPAN:
            poor.setdefault((low, high), []).append(split)
    notes = []
    for (low, high), splits in poor.items():
        which = "" if len(splits) == len(spans) else f"{' and '.join(splits)} "
        notes.append(f"{name}: {which}{_span(low, high)}")
    return notes


def _span(low: int, high: int) -> str:
    if low == high:
        return f"pixels are all {low} of 255: there is nothing to see"
    if low > high / 4:
        return (
            f"pixels lie within {low}…{high} of 0…255; if that is not how the pictures look, "
            f"stretch them first: (x - {low}) * {255 / (high - low):.3g}"
        )
    often = " (12-bit values in 16-bit files: times 16)" if 12 < high < 17 else ""
    return (
        f"pixels: none passes {high} of 255; if the pictures are not that dark, stretch them "
        f"first, times {255 / high:.3g}{often}"
    )


def _extreme(function: np.ufunc | object, x: np.ndarray, where: str) -> float:
    if x.dtype.kind not in "buif":
        raise InputError(f"{where}: images have dtype {x.dtype}; give uint8, or floats in 0…1")
    value = float(function(x))  # type: ignore[operator]
    if not np.isfinite(value):
        raise InputError(f"{where}: some pixels are not finite numbers (NaN or infinite)")
    return value
