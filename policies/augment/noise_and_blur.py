"""Policies that make images less clear: Gaussian noise and Gaussian blur."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from annotated_types import Ge, Gt, Le
from augbench.policies.base import Batch, Extreme, Policy
from augbench.policies.random import stream
from augbench.policies.validation import checked

#: px of the weakest blur, as in SimCLR and torchvision
WEAKEST_BLUR = 0.1


class GaussianNoise(Policy):
    """Adds Gaussian noise of a strength drawn for each image, as sensors do in little light.

    Each value has noise of its own; values are rounded once and clipped to 0…255.
    """

    @checked
    def __init__(self, std: Annotated[float, Gt(0), Le(1)] = 0.05) -> None:
        """Add noise whose standard deviation is drawn evenly from 0 to ``std``.

        Args:
            std: largest standard deviation, as a part of the range 0…255.
        """
        self.std = std

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8; labels stay."""
        rng = batch.replace().rng
        return batch.replace(images=_noisy(batch.images, self._draw(rng, len(batch.images)), rng))

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the standard deviation in grey levels."""
        levels = 255 * self._draw(batch.replace().rng, len(batch.images))
        return [f"noise {level:.1f} levels" for level in levels]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C with the strongest noise."""
        strongest = np.full(len(images), self.std)
        noisy = _noisy(images, strongest, stream(0, "extremes"))
        return [Extreme("noise", noisy, f"{255 * self.std:.3g} levels")]

    def _draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.uniform(0.0, self.std, count)


class GaussianBlur(Policy):
    """Smooths some images by a Gaussian of a width drawn for each (Chen et al., arXiv 2002.05709).

    As in SimCLR's appendix A: a part of the images, the standard deviation drawn evenly from .1 px.
    """

    @checked
    def __init__(
        self,
        sigma: Annotated[float, Ge(WEAKEST_BLUR), Le(50)] = 1.0,
        p: Annotated[float, Ge(0), Le(1)] = 0.5,
    ) -> None:
        """Blur images drawn by chance.

        Args:
            sigma: largest standard deviation of the Gaussian, in px.
            p: probability that an image is changed.
        """
        self.sigma, self.p = float(sigma), p

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8; labels stay."""
        sigmas = self._draw(batch)
        images = batch.images.copy()
        for number in np.flatnonzero(sigmas):
            images[number] = _blurred(batch.images[number], sigmas[number])
        return batch.replace(images=images)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the standard deviation in px; 0 where it stays."""
        return [f"blur {sigma:.2g} px" for sigma in self._draw(batch)]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C with the strongest blur."""
        blurred = np.stack([_blurred(image, self.sigma) for image in images])
        return [Extreme("blur", blurred, f"{self.sigma:.3g} px")]

    def _draw(self, batch: Batch) -> np.ndarray:
        """Return the standard deviation of each image's blur, px; 0 where it stays."""
        rng, count = batch.replace().rng, len(batch.images)
        sigmas = rng.uniform(WEAKEST_BLUR, self.sigma, count)
        return np.where(rng.random(count) < self.p, sigmas, 0.0)


def _noisy(images: np.ndarray, stds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    levels = (255 * stds).astype(np.float32)[:, None, None, None]
    noise = rng.standard_normal(images.shape, np.float32) * levels
    noise += images
    return np.clip(np.rint(noise, out=noise), 0, 255, out=noise).astype(np.uint8)


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return uint8 H×W×C smoothed by a Gaussian that is cut at 3.5 σ, as Pillow does it."""
    side = 2 * int(3.5 * sigma) + 1
    smooth = cv2.GaussianBlur(image, (side, side), sigma, borderType=cv2.BORDER_REFLECT_101)
    return smooth.reshape(image.shape)
