"""A policy that changes the colours of images: hue and saturation."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from annotated_types import Ge, Le
from augbench.policies.base import Batch, Extreme, Policy
from augbench.policies.validation import checked

from augbench.errors import InputError


class ColorJitter(Policy):
    """Turns hues and strengthens or fades colours, by amounts drawn for each image.

    Both as torchvision and Pillow have them: saturation blends with the grey image, hue moves
    along the circle of HSV; brightness is a word of specs. Values are rounded once.
    """

    @checked
    def __init__(
        self,
        hue: Annotated[float, Ge(0), Le(0.5)] = 0.05,
        saturation: Annotated[float, Ge(0), Le(1)] = 0.3,
    ) -> None:
        """Change the colours of each image.

        Args:
            hue: largest turn of hues either way, as a part of the circle; 0.5 is any hue.
            saturation: colours are multiplied by up to 1 ± ``saturation``; 0 is grey.
        """
        self.hue, self.saturation = hue, saturation

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` unless images have 3 channels."""
        if shape[2] != 3:
            raise InputError(f"images of {shape[2]} channels have no colour; 3 (RGB) are needed")

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8; labels stay."""
        return batch.replace(images=_coloured(batch.images, *self._draw(batch)))

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with its turn of hues in degrees and the factor of colours."""
        return [
            f"hue {360 * turn:+.0f}°, saturation ×{factor:.2f}"
            for turn, factor in zip(*self._draw(batch), strict=True)
        ]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C with each end of both ranges."""
        same, none = np.ones(len(images)), np.zeros(len(images))
        turns = [
            Extreme("hue", _coloured(images, none + turn, same), f"{360 * turn:+.3g}°")
            for turn in (-self.hue, self.hue)
            if turn
        ]
        factors = [
            Extreme("saturation", _coloured(images, none, none + factor), f"×{factor:.3g}")
            for factor in (1 - self.saturation, 1 + self.saturation)
            if self.saturation
        ]
        return turns + factors

    def _draw(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Return each image's turn of hues, a part of the circle, and factor of colours."""
        rng, count = batch.replace().rng, len(batch.images)
        turns = rng.uniform(-self.hue, self.hue, count)
        return turns, rng.uniform(1 - self.saturation, 1 + self.saturation, count)


def _coloured(images: np.ndarray, turns: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return uint8 B×H×W×3 with colours multiplied, then hues turned; all images in one pass."""
    count, height, width, _ = images.shape
    pixels = (images.astype(np.float32) / 255).reshape(count * height, width, 3)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[:, :, None]
    of_row = np.repeat(factors, height).astype(np.float32)[:, None, None]
    pixels = np.clip(grey + of_row * (pixels - grey), 0, 1)
    if np.any(turns):
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)  # degrees, 0…1, 0…1
        hsv[:, :, 0] += np.repeat(360 * turns, height).astype(np.float32)[:, None]
        hsv[:, :, 0] %= 360
        pixels = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8).reshape(images.shape)
