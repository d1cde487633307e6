"""How one matrix, one channel shift and one brightness an image become pixels, as in IDG.

Equal to ``ImageDataGenerator.apply_transform`` with one rounding at the end, by OpenCV where it
agrees with SciPy, by explicit coordinates for the fill modes that it lacks, and by SciPy itself
for spline orders other than 1.
"""

from __future__ import annotations

import math
import threading

import cv2
import numpy as np
from augbench.policies.engines.rows import Rows, Sampling

#: SciPy's fill modes that OpenCV has under another name
BORDERS = {
    "nearest": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT,
    "grid-mirror": cv2.BORDER_REFLECT,
    "mirror": cv2.BORDER_REFLECT_101,
    "grid-constant": cv2.BORDER_CONSTANT,
    "grid-wrap": cv2.BORDER_WRAP,
}

_LINEAR = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
#: values that stay in a processor's cache while levels are changed
_CACHED = 2**16
_FLOAT32 = np.dtype(np.float32)
_LEVELS = np.arange(256, dtype=np.float32)


def warp(
    image: np.ndarray, backward: np.ndarray, sampling: Sampling, out: np.ndarray | None = None
) -> np.ndarray:
    """Return ``image`` (H×W×C, uint8 or float32) read through one backward map.

    Args:
        image: the picture.
        backward: float64, 2×3, output (x, y, 1) to input (x, y).
        sampling: fill mode, grey level beyond the border, spline order.
        out: an array to write to, of the image's shape and type.
    """
    height, width = image.shape[:2]
    if out is None:
        out = np.empty_like(image)
    if sampling.order != 1:
        _warp_scipy(image, backward, sampling, out)
    elif sampling.fill_mode == "wrap":
        _warp_wrapped(image, backward, out, cv2.INTER_LINEAR)
    elif sampling.fill_mode == "constant":
        size = (width, height)
        cv2.warpAffine(image, backward, size, out, _LINEAR, cv2.BORDER_REPLICATE)
        out[_outside(backward, height, width)] = _as_level(sampling.cval, out.dtype)
    else:
        border = BORDERS[sampling.fill_mode]
        level = (sampling.cval,) * 4
        cv2.warpAffine(image, backward, (width, height), out, _LINEAR, border, level)
    return out


def _as_level(cval: float, dtype: np.dtype) -> float:
    return float(np.rint(cval)) if dtype == np.uint8 else cval


def _coordinates(backward: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the input's x and y of every output pixel, float64 H×W, summed in SciPy's order."""
    x, y = np.arange(width), np.arange(height)[:, None]
    (a, b, c), (d, e, f) = backward
    return (c + b * y) + a * x, (f + e * y) + d * x


def _outside(backward: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return where SciPy's ``constant`` cuts: input coordinates outside [0, n - 1], bool H×W."""
    x, y = _coordinates(backward, height, width)
    return (x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)


def _wrapped(at: np.ndarray, size: int) -> np.ndarray:
    """Return coordinates folded into [0, n - 1] with SciPy's period n - 1."""
    period = size - 1
    if period < 1:
        return np.zeros_like(at)
    # truncation as in SciPy's map_coordinate, so that both ends stay themselves
    low = at + period * (np.trunc(-at / period) + 1)
    high = at - period * np.trunc(at / period)
    return np.where(at < 0, low, np.where(at > period, high, at))


def warp_labels(mask: np.ndarray, backward: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Return a mask (H×W or H×W×C, any integer type) moved as `warp` moves the picture.

    Labels are those of the nearest pixel; where the picture is cut off, the label is 0.
    """
    height, width = mask.shape[:2]
    kind = {"b": np.uint8, "i": np.int32, "u": np.int32}.get(mask.dtype.kind)
    labels = mask if mask.dtype == np.uint8 or kind is None else mask.astype(kind)
    if sampling.fill_mode == "wrap":
        moved = _warp_wrapped(labels, backward, None, cv2.INTER_NEAREST)
    else:
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        border = BORDERS.get(sampling.fill_mode, cv2.BORDER_REPLICATE)
        moved = cv2.warpAffine(labels, backward, (width, height), None, flags, border)
        if sampling.fill_mode == "constant":
            moved[_outside(backward, height, width)] = 0
    return moved.reshape(mask.shape).astype(mask.dtype)


def _warp_wrapped(
    image: np.ndarray, backward: np.ndarray, out: np.ndarray | None, interpolation: int
) -> np.ndarray:
    height, width = image.shape[:2]
    x, y = _coordinates(backward, height, width)
    maps = (_wrapped(x, width).astype(np.float32), _wrapped(y, height).astype(np.float32))
    return cv2.remap(image, *maps, interpolation, out, cv2.BORDER_REPLICATE)


def _warp_scipy(
    image: np.ndarray, backward: np.ndarray, sampling: Sampling, out: np.ndarray
) -> None:
    from scipy import ndimage

    matrix = backward[::-1, 1::-1]  # SciPy's axes are (row, column)
    for channel in range(image.shape[2]):
        read = ndimage.affine_transform(
            image[..., channel].astype(np.float32),
            matrix,
            backward[::-1, 2],
            order=sampling.order,
            mode=sampling.fill_mode,
            cval=sampling.cval,
        )
        out[..., channel] = read if out.dtype != np.uint8 else np.clip(np.rint(read), 0, 255)


class _Scratch(threading.local):
    """Arrays that each thread keeps: for new ones the system takes longer than a warp does."""

    def __init__(self) -> None:
        self._kept: dict[str, np.ndarray] = {}

    def get(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Return an uninitialised array, valid until the same name is asked for again."""
        size = math.prod(shape) * dtype.itemsize
        if name not in self._kept or len(self._kept[name]) < size:
            self._kept[name] = np.empty(size, np.uint8)
        return self._kept[name][:size].view(dtype).reshape(shape)


_SCRATCH = _Scratch()


def apply_rows(images: np.ndarray, rows: Rows, sampling: Sampling) -> np.ndarray:
    """Return uint8 images B×H×W×C with a row each applied; the input is left alone.

    Purely geometric rows stay in uint8, where one rounding is all there is; with levels to change,
    the warp is in float32, rounded once at the end, or cut where IDG's brightness cuts.
    """
    out = np.empty(images.shape, np.uint8)
    if rows.channel_shift is None and rows.brightness is None:
        _warp_all(np.ascontiguousarray(images), rows, sampling, out)
        return out
    few = max(1, _CACHED // images[:1].size)
    for start in range(0, len(images), few):
        part = slice(start, start + few)
        of_part = rows.take(part)
        source, levels = _SCRATCH.get("levels", (2, *images[part].shape), _FLOAT32)
        source[...] = images[part]
        _warp_all(source, of_part, sampling, levels)
        _change_levels(levels, of_part, out[part], spline=sampling.order > 1)
    return out


def _warp_all(images: np.ndarray, rows: Rows, sampling: Sampling, out: np.ndarray) -> None:
    """Write images B×H×W×C (uint8 or float32, contiguous) read through their maps to ``out``."""
    if images.shape[3] not in (1, 3, 4):  # OpenCV reads others at 1/32 of a pixel
        for channel in range(images.shape[3]):
            plane = np.ascontiguousarray(images[..., channel : channel + 1])
            warped = np.empty_like(plane)
            _warp_all(plane, rows, sampling, warped)
            out[..., channel : channel + 1] = warped
        return
    if sampling.order == 1 and sampling.fill_mode in BORDERS:
        _warp_padded(images, rows, sampling, out)
        return
    for image, backward, moves, target in zip(images, rows.maps, rows.moved, out, strict=True):
        if moves:
            warp(image, backward, sampling, target)
        else:
            target[...] = image


def _warp_padded(images: np.ndarray, rows: Rows, sampling: Sampling, out: np.ndarray) -> None:
    """Write what `warp` makes of each image to ``out``, in two thirds of the time.

    OpenCV is fast inside a picture, so borders are laid out first, as wide as a map reaches; and it
    is faster with four channels than with three.
    """
    _, height, width, channels = images.shape
    size, border, level = (width, height), BORDERS[sampling.fill_mode], (sampling.cval,) * 4
    colour = channels == 3
    shape = (height, width, 4 if colour else channels)
    maps = rows.maps.copy()
    maps[:, :, 2] += rows.margins[:, 2::-2]  # (left, top) in (x, y)
    sizes = rows.margins[:, ::2] + rows.margins[:, 1::2] + (height, width)
    areas = shape[2] * sizes.prod(axis=1)
    padded = _SCRATCH.get("padded", (int(areas.max()),), images.dtype)
    four_channels = _SCRATCH.get("four channels", shape, images.dtype)
    columns = (rows.moved, rows.margins, sizes, areas)
    each = zip(images, maps, *(column.tolist() for column in columns), out, strict=True)
    for image, backward, moves, sides, (high, wide), area, target in each:
        if not moves:
            target[...] = image
            continue
        source, around = image, padded[:area].reshape(high, wide, shape[2])
        if colour:
            top, _, left, _ = sides
            source = around[top : top + height, left : left + width]
            cv2.cvtColor(image, cv2.COLOR_RGB2RGBA, source)
        if high > height or wide > width:
            # what lies in place already is not copied
            source = cv2.copyMakeBorder(source, *sides, border, around, level)
        result = four_channels if colour else target
        cv2.warpAffine(source, backward, size, result, _LINEAR, border, level)
        if colour:
            cv2.cvtColor(four_channels, cv2.COLOR_RGBA2RGB, target)


def _change_levels(images: np.ndarray, rows: Rows, out: np.ndarray, *, spline: bool) -> None:
    """Write float32 images B×H×W×C with channel shift and brightness applied to ``out``, uint8."""
    if rows.channel_shift is not None:
        flat = images.reshape(len(images), -1)
        low, high = flat.min(axis=1, keepdims=True), flat.max(axis=1, keepdims=True)
        flat += rows.channel_shift.astype(np.float32)[:, None]
        np.clip(flat, low, high, out=flat)
    if rows.brightness is None:
        out[...] = np.clip(np.rint(images, out=images), 0, 255, out=images)
        return
    floor = _SCRATCH.get("floor", images.shape[1:], np.dtype(np.uint8))
    for image, factor, target in zip(images, rows.brightness, out, strict=True):
        # Pillow blends with black in single precision and cuts the fraction off
        table = np.clip(_LEVELS * np.float32(factor), 0, 255).astype(np.uint8)
        if spline:
            target[...] = _stretched(image, table)
        else:
            floor[...] = image
            cv2.LUT(floor, table, target)


def _stretched(image: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return IDG's brightness of an image that a spline may have taken beyond 0..255.

    IDG stretches such an image to 0..255, and back again when its levels are changed.
    """
    low, high = image.min(), image.max()
    if low >= 0 and high <= 255:
        return table[image.astype(np.uint8)]
    shifted = image - low
    stretched = shifted / np.max(shifted) * 255 if np.max(shifted) else shifted
    bright = table[stretched.astype(np.uint8)].astype(np.float32)
    return np.clip(np.rint(bright / 255 * (high - low) + low), 0, 255).astype(np.uint8)
