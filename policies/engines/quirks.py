"""Which peculiarities of the libraries matter for a spec, on images of a given shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from augbench.policies.spec.geometry import centre
from augbench.policies.spec.spec import AugmentationSpec

_SHIFTS = ("width_shift_range", "height_shift_range")


def quirks_of(
    spec: AugmentationSpec, shape: tuple[int, int, int], engines: Sequence[str]
) -> list[str]:
    """Return a sentence for each peculiarity that changes what ``spec`` does to images H×W×C.

    Args:
        spec: the spec.
        shape: height, width and channels of the images.
        engines: the names of the engines that are compared.
    """
    sentences = (
        _of_place(spec, shape) + _of_words(spec, shape) + _of_sampling(spec) + _of_levels(spec)
    )
    geometric = [
        bool(spec.rotation_range),
        _shifts(spec),
        spec.zoom != (1.0, 1.0),
    ]
    if "keras-layers" in engines and sum(geometric) > 1:
        sentences.append(
            f"Keras' layers resample once for each of the {sum(geometric)} kinds of movement, the "
            "other engines once in all: their pictures are blurrier, and what one layer moves out "
            "of the frame does not come back with the next"
        )
    return sentences


def _shifts(spec: AugmentationSpec) -> bool:
    return any(not _still(getattr(spec, word)) for word in _SHIFTS)


def _still(value: Any) -> bool:
    """Return whether a shift moves nothing; 1 stands for 0 steps to either side."""
    if isinstance(value, tuple):
        return not any(value)
    return value == 0 or (isinstance(value, int) and value == 1)


def _of_place(spec: AugmentationSpec, shape: tuple[int, int, int]) -> list[str]:
    """Return what Keras puts elsewhere than its documentation says."""
    sentences = []
    height, width = shape[:2]
    keeps = spec.quirks == "keras"
    turned = spec.rotation_range or spec.shear_range or spec.zoom != (1.0, 1.0)
    if height != width and turned:
        off = abs(centre((height, width))[0] - centre((height, width), swapped=True)[0])
        what = "as the spec asks with quirks='keras'" if keeps else "corrected here in all engines"
        sentences.append(
            f"ImageDataGenerator turns images of {height}×{width} about a point {off:g} px off "
            f"their centre both ways, since it swaps height and width: {what}"
        )
    if _shifts(spec) and (spec.width_shift_range != spec.height_shift_range or height != width):
        what = (
            "repeated here, as the spec asks with quirks='keras'"
            if keeps
            else "here each word moves what its name says, with quirks='keras' what Keras moves"
        )
        sentences.append(
            "ImageDataGenerator swaps the two shifts: width_shift_range moves rows and "
            f"height_shift_range columns (keras #17398): {what}"
        )
    return sentences


def _of_words(spec: AugmentationSpec, shape: tuple[int, int, int]) -> list[str]:
    """Return what a word means that its name does not say."""
    sentences = []
    if spec.shear_range:
        angle = math.radians(min(spec.shear_range, 90.0))
        reach = math.sin(angle) * (shape[0] - 1) / 2
        sentences.append(
            f"shear_range={spec.shear_range:g} is in degrees: it moves the outermost rows of this "
            f"size by at most {reach:.2g} px, and brings rows closer by up to "
            f"{1 - math.cos(angle):.2g} of the height"
        )
    for word in _SHIFTS:
        value = getattr(spec, word)
        if _still(value):
            continue
        if isinstance(value, tuple):
            sentences.append(f"{word}={list(value)} is a choice of these values with a random sign")
        elif isinstance(value, int):
            sentences.append(
                f"{word}={value} is a choice of whole pixels within ±{value - 1}, 0 with "
                f"probability 1/{value} and the others 1/{2 * value}; {value}.0 is a range"
            )
    if spec.zoom != (1.0, 1.0):
        sentences.append(
            "zoom_range draws columns and rows apart, so that shapes become wider or slimmer too; "
            "factors above 1 zoom out"
        )
    return sentences


def _of_sampling(spec: AugmentationSpec) -> list[str]:
    sentences: list[str] = []
    if not spec.affine:
        return sentences
    if spec.fill_mode == "wrap":
        sentences.append(
            "fill_mode='wrap' is SciPy's, which repeats every n-1 pixels and loses one; OpenCV has "
            "no such border, so coordinates are folded one by one; 'grid-wrap' repeats every n"
        )
    if spec.fill_mode == "constant":
        sentences.append(
            "fill_mode='constant' is SciPy's, which cuts hard at the outermost pixel centres where "
            "OpenCV and Keras' layers fade over one pixel; they have 'grid-constant'"
        )
    if spec.interpolation_order != 1:
        sentences.append(
            f"interpolation_order={spec.interpolation_order} is SciPy's spline in the keras, "
            "albumentations and keras-ops engines, since OpenCV's differ: the first two are slow, "
            "and orders above 1 overshoot at edges"
        )
    return sentences


def _of_levels(spec: AugmentationSpec) -> list[str]:
    sentences = []
    if spec.channel_shift_range:
        sentences.append(
            "channel_shift_range adds one number to all channels, clipped to the image's own "
            "darkest and brightest value: it changes brightness, not colour"
        )
    if spec.brightness_range:
        most = math.ceil(spec.brightness_range[1])
        sentences.append(
            "brightness_range cuts fractions off before and after it multiplies, so the last bit "
            f"of a warp may become {most} grey level{'s' if most > 1 else ''} in a rare pixel"
        )
    return sentences
