"""A policy that hides a part of each image: random erasing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Len
from augbench.policies.base import Batch, Extreme, Policy
from augbench.policies.random import stream
from augbench.policies.validation import checked

from augbench.errors import InputError

#: how often a box is drawn until it fits into the image, as in torchvision
ATTEMPTS = 10
Share = Annotated[float, Ge(0), Le(1)]


class RandomErasing(Policy):
    """Covers a box of each image with noise (Zhong et al., arXiv 1708.04896, algorithm 1).

    As torchvision draws it: the share of the image evenly, height ÷ width evenly on a logarithmic
    scale, then the place; a box that does not fit is drawn again, ten times at most.
    """

    @checked
    def __init__(
        self,
        p: Share = 0.5,
        scale: Annotated[Sequence[Share], Len(2, 2)] = (0.02, 0.33),
        ratio: Annotated[Sequence[Annotated[float, Gt(0)]], Len(2, 2)] = (0.3, 3.3),
        fill: Literal["random"] | Annotated[float, Ge(0), Le(255)] = "random",
    ) -> None:
        """Erase a box drawn for each image.

        Args:
            p: probability that an image is changed.
            scale: smallest and largest share of the image that is covered.
            ratio: smallest and largest height of the box in units of its width.
            fill: what covers it: ``random`` (each value by itself, as in the paper) or a grey level
                from 0 to 255.
        """
        for option, (low, high) in (("scale", scale), ("ratio", ratio)):
            if low > high:
                raise InputError(f"{option}: the smaller end first, not [{low:g}, {high:g}]")
        self.p, self.fill = p, fill
        self.scale, self.ratio = (scale[0], scale[1]), (ratio[0], ratio[1])

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8; labels stay."""
        rng = batch.replace().rng
        boxes = self._boxes(rng, batch.images.shape)
        images = batch.images.copy()
        for number in np.flatnonzero(np.ptp(boxes[:, :2], axis=1)):
            self._cover(images[number], boxes[number], rng)
        return batch.replace(images=images)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the share that is covered."""
        _, height, width, _ = batch.images.shape
        boxes = self._boxes(batch.replace().rng, batch.images.shape)
        areas = np.ptp(boxes[:, :2], axis=1) * np.ptp(boxes[:, 2:], axis=1)
        return [f"{area / (height * width):.0%} erased" for area in areas]

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return images uint8 B×H×W×C whose middle is covered by the largest box."""
        _, height, width, _ = images.shape
        part = np.sqrt(self.scale[1])
        rows, columns = round(height * part), round(width * part)
        top, left = (height - rows) // 2, (width - columns) // 2
        covered, rng = images.copy(), stream(0, "extremes")
        for image in covered:
            self._cover(image, np.array([top, top + rows, left, left + columns]), rng)
        return [Extreme("erasing", covered, f"{self.scale[1]:.0%}")]

    def _cover(self, image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> None:
        top, bottom, left, right = box
        hidden = image[top:bottom, left:right]
        hidden[...] = (
            rng.integers(0, 256, hidden.shape, np.uint8)
            if self.fill == "random"
            else np.uint8(np.rint(self.fill))
        )

    def _boxes(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return top, bottom, left and right of each image's box; all 0 where there is none."""
        count, height, width = shape[:3]
        erased = rng.random(count) < self.p
        area = rng.uniform(*self.scale, size=(count, ATTEMPTS)) * (height * width)
        flattest, slimmest = np.log(self.ratio).tolist()
        slimness = np.exp(rng.uniform(flattest, slimmest, (count, ATTEMPTS)))
        places = rng.random((2, count))
        rows = np.rint(np.sqrt(area * slimness)).astype(int)
        columns = np.rint(np.sqrt(area / slimness)).astype(int)
        fits = (rows <= height) & (columns <= width) & (rows > 0) & (columns > 0)
        first = fits.argmax(axis=1)  # the first that fits
        index = np.arange(count), first
        there = erased & fits[index]
        rows, columns = np.where(there, rows[index], 0), np.where(there, columns[index], 0)
        top = np.where(there, places[0] * (height - rows + 1), 0).astype(int)
        left = np.where(there, places[1] * (width - columns + 1), 0).astype(int)
        return np.stack([top, top + rows, left, left + columns], axis=1)
