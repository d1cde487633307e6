"""Policies that choose operations by chance: RandAugment and TrivialAugment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from annotated_types import Ge, Le
from augbench.policies.base import Batch, Extreme, Policy
from augbench.policies.validation import checked
from PIL import Image, ImageOps

from augbench.errors import InputError

BINS = 30  # magnitudes run from 0 to 30, as in the reference implementations of both papers
Border = Literal["constant", "nearest", "reflect"]
BORDERS: dict[Border, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "nearest": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT,
}


@dataclass(frozen=True)
class Operation:
    """One operation of a space: what it does to an image at a level, and how levels run.

    Attributes:
        name: as in the papers.
        apply: ``(image uint8 H×W×C, level, border) -> uint8 H×W×C``.
        level: the level of a magnitude 0…1 for an image of H×W; None where there is none.
        signed: whether the level's sign is drawn.
        colour: whether it needs three channels.
    """

    name: str
    apply: Callable[[np.ndarray, float, int], np.ndarray]
    level: Callable[[float, tuple[int, int]], float] | None = None
    signed: bool = False
    colour: bool = False


class Automatic(Policy):
    """What both policies share: draw operations for each image, apply them one by one."""

    def __init__(self, wide: bool, fill_mode: Border, number: int, magnitude: float | None) -> None:
        self._border = BORDERS[fill_mode]
        self._space = space(wide)
        self._number, self._magnitude = number, magnitude

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` unless images have 1 or 3 channels."""
        if shape[2] not in (1, 3):
            raise InputError(f"images of {shape[2]} channels; 1 (grey) or 3 (RGB) are possible")

    def change(self, batch: Batch) -> Batch:
        """Return the batch with every image uint8 changed by operations of its own; labels stay."""
        images = np.empty_like(batch.images)
        for number, chosen in enumerate(self._plan(batch)):
            image = batch.images[number]
            for operation, level in chosen:
                image = operation.apply(image, level, self._border)
            images[number] = image.reshape(images.shape[1:])
        return batch.replace(images=images)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with its operations and their levels."""
        return [
            ", ".join(
                f"{operation.name} {level:.3g}" if operation.level else operation.name
                for operation, level in chosen
            )
            for chosen in self._plan(batch)
        ]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C with each operation at its largest levels."""
        _, height, width, channels = images.shape
        part = 1.0 if self._magnitude is None else self._magnitude / BINS
        extremes = []
        for operation in self._space:
            if operation.name == "identity" or (operation.colour and channels != 3):
                continue
            most = operation.level(part, (height, width)) if operation.level else None
            for sign in (-1, 1) if operation.signed else (1,):
                level = 0.0 if most is None else sign * most
                changed = [operation.apply(image, level, self._border) for image in images]
                stacked = np.stack(changed).reshape(images.shape)
                caption = "" if most is None else f"{level:.3g}"
                extremes.append(Extreme(operation.name, stacked, caption))
        return extremes

    def _plan(self, batch: Batch) -> list[list[tuple[Operation, float]]]:
        """Return the operations of each image, with the level and sign of each."""
        number, magnitude = self._number, self._magnitude
        rng = batch.replace().rng
        count, height, width, channels = batch.images.shape
        operations = [op for op in self._space if channels == 3 or not op.colour]
        chosen = rng.integers(0, len(operations), (count, number))
        bins = rng.integers(0, BINS + 1, (count, number))
        signs = np.where(rng.random((count, number)) < 0.5, -1.0, 1.0)
        plan = []
        for image in range(count):
            steps = []
            for place in range(number):
                operation = operations[chosen[image, place]]
                part = (bins[image, place] if magnitude is None else magnitude) / BINS
                level = operation.level(part, (height, width)) if operation.level else 0.0
                sign = signs[image, place] if operation.signed else 1.0
                steps.append((operation, float(level * sign)))
            plan.append(steps)
        return plan


class RandAugment(Automatic):
    """``n`` random operations an image, all at one magnitude (Cubuk et al., arXiv 1909.13719).

    The 14 operations and their ranges are those of the paper's algorithm 1; grey images leave
    out ``color``. Operations are drawn with replacement, signs with equal chance.
    """

    @checked
    def __init__(
        self,
        n: Annotated[int, Ge(1), Le(14)] = 2,
        magnitude: Annotated[float, Ge(0), Le(BINS)] = 9,
        fill_mode: Border = "constant",
    ) -> None:
        """Apply operations drawn for each image.

        Args:
            n: operations an image, 1 to 14.
            magnitude: how strong they are, 0 to 30.
            fill_mode: what comes in at the border: ``constant`` (black, as in the paper),
                ``nearest`` or ``reflect``.
        """
        super().__init__(False, fill_mode, n, float(magnitude))


class TrivialAugment(Automatic):
    """One random operation an image at a random magnitude (Müller & Hutter, arXiv 2103.10158).

    The operations and ranges are those of the paper's "wide" space; grey images leave out
    ``color``. Nothing is to be tuned.
    """

    @checked
    def __init__(self, fill_mode: Border = "constant") -> None:
        """Draw operation and magnitude for each image.

        Args:
            fill_mode: what comes in at the border: ``constant`` (black, as in the paper),
                ``nearest`` or ``reflect``.
        """
        super().__init__(True, fill_mode, 1, None)


def space(wide: bool) -> tuple[Operation, ...]:
    """Return the 14 operations with RandAugment's ranges, or TrivialAugment's ``wide`` ones.

    Shears are slopes, turns degrees, translations pixels (a share of the side in RandAugment, up
    to 32 px in the wide space), enhancements 1 + level, posterize bits, solarize a grey level.
    """
    slope, degrees, change = (0.99, 135.0, 0.99) if wide else (0.3, 30.0, 0.9)
    bits = 6 if wide else 4

    def rows(part: float, size: tuple[int, int]) -> float:
        return part * (min(32, size[0]) if wide else 150 / 331 * size[0])

    def columns(part: float, size: tuple[int, int]) -> float:
        return part * (min(32, size[1]) if wide else 150 / 331 * size[1])

    def up_to(most: float) -> Callable[[float, tuple[int, int]], float]:
        return lambda part, size: part * most

    return (
        Operation("identity", lambda image, level, border: image),
        Operation("autocontrast", lambda image, level, border: autocontrast(image)),
        Operation("equalize", lambda image, level, border: equalize(image)),
        Operation("shear-x", lambda i, v, b: warp(i, [[1, v], [0, 1]], b), up_to(slope), True),
        Operation("shear-y", lambda i, v, b: warp(i, [[1, 0], [v, 1]], b), up_to(slope), True),
        Operation("translate-x", lambda i, v, b: warp(i, np.eye(2), b, (v, 0)), columns, True),
        Operation("translate-y", lambda i, v, b: warp(i, np.eye(2), b, (0, v)), rows, True),
        Operation("rotate", lambda i, v, b: warp(i, turn(v), b), up_to(degrees), True),
        Operation("brightness", lambda i, v, b: blend(i, 0.0, 1 + v), up_to(change), True),
        Operation("contrast", lambda i, v, b: contrast(i, 1 + v), up_to(change), True),
        Operation("color", lambda i, v, b: saturation(i, 1 + v), up_to(change), True, True),
        Operation("sharpness", lambda i, v, b: sharpness(i, 1 + v), up_to(change), True),
        Operation("posterize", lambda i, v, b: posterize(i, v), lambda p, _: 8 - round(p * bits)),
        Operation("solarize", lambda i, v, b: solarize(i, v), lambda p, _: 255 * (1 - p)),
    )


def turn(degrees: float) -> np.ndarray:
    """Return the 2×2 backward map of a counter-clockwise turn by ``degrees``."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])


def warp(image: np.ndarray, backward: Any, border: int, shift: Any = (0, 0)) -> np.ndarray:
    """Return uint8 H×W×C seen through ``p_in = M·(p_out − c) + c + shift``, bilinear."""
    height, width = image.shape[:2]
    centre = np.array([width / 2 - 0.5, height / 2 - 0.5])
    linear = np.asarray(backward, np.float64)
    offset = centre - linear @ centre + np.asarray(shift, np.float64)
    matrix = np.column_stack([linear, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=border)
    return warped.reshape(image.shape)


def blend(image: np.ndarray, other: Any, factor: float) -> np.ndarray:
    """Return ``other + factor·(image − other)``, clipped and cut to whole levels as Pillow does.

    Not by Pillow itself: what its own enhancements blend with, grey or smoothed versions, it rounds
    otherwise than OpenCV.
    """
    mixed = np.asarray(other, np.float32) + np.float32(factor) * (
        image.astype(np.float32) - np.asarray(other, np.float32)
    )
    return np.clip(mixed, 0, 255, out=mixed).astype(np.uint8)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Return the image blended with its mean grey level."""
    return blend(image, float(int(grey(image).mean() + 0.5)), factor)


def saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Return an RGB image blended with its grey version."""
    return blend(image, grey(image)[:, :, None], factor)


def grey(image: np.ndarray) -> np.ndarray:
    """Return the luma uint8 H×W of an image, by ITU-R 601 as Pillow and OpenCV have it."""
    return image[:, :, 0] if image.shape[2] == 1 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def sharpness(image: np.ndarray, factor: float) -> np.ndarray:
    """Return the image blended with its smoothed version; the outermost pixels stay."""
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13
    smooth = cv2.filter2D(image, -1, kernel).reshape(image.shape)
    out = image.copy()
    out[1:-1, 1:-1] = blend(image[1:-1, 1:-1], smooth[1:-1, 1:-1], factor)
    return out


def posterize(image: np.ndarray, bits: float) -> np.ndarray:
    """Return the image with the ``bits`` (1…8) highest bits of each value."""
    return image & np.uint8(256 - 2 ** (8 - int(bits)))


def solarize(image: np.ndarray, threshold: float) -> np.ndarray:
    """Return the image with all values from ``threshold`` (a grey level) on inverted."""
    return np.where(image < threshold, image, 255 - image)


def autocontrast(image: np.ndarray) -> np.ndarray:
    """Return each channel stretched to 0…255."""
    return np.asarray(ImageOps.autocontrast(_picture(image))).reshape(image.shape)


def equalize(image: np.ndarray) -> np.ndarray:
    """Return each channel with an even histogram."""
    return np.asarray(ImageOps.equalize(_picture(image))).reshape(image.shape)


def _picture(image: np.ndarray) -> Image.Image:
    """Return a grey or RGB image uint8 H×W×C as Pillow has it."""
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
