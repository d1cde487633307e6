"""Policies that mix two images and their labels: MixUp and CutMix."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le
from augbench.policies.base import Batch, Policy
from augbench.policies.validation import checked

#: what both parameters of a Beta distribution may be
Concentration = Annotated[float, Gt(0)]


class MixUp(Policy):
    """Blends each image with another of its batch (Zhang et al., arXiv 1710.09412, section 2).

    ``x = λ·x_i + (1 − λ)·x_j`` and ``y = λ·y_i + (1 − λ)·y_j`` with λ ~ Beta(α, α), drawn for
    each image; pixels are rounded once.
    """

    @checked
    def __init__(self, alpha: Concentration = 0.2) -> None:
        """Blend with weights drawn for each image.

        Args:
            alpha: λ is drawn from Beta(``alpha``, ``alpha``); small values mix little.
        """
        self.alpha = float(alpha)

    @property
    def code(self) -> str:
        """Keras's own layer, which is called with images and one-hot labels."""
        return f"keras.layers.MixUp(alpha={self.alpha!r})"

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8 and labels float32 whose rows sum to 1."""
        partner, weight = self._draw(batch)
        own = weight.astype(np.float32)[:, None, None, None]
        mixed = batch.images * own + batch.images[partner] * (1 - own)
        images = np.rint(mixed, out=mixed).astype(np.uint8)
        return batch.replace(images=images, labels=_mixed(batch.labels, partner, weight))

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with its λ and the row it is blended with."""
        partner, weight = self._draw(batch)
        return [
            f"{own:.0%} + {1 - own:.0%} of row {row}"
            for own, row in zip(weight, batch.rows[partner], strict=True)
        ]

    def _draw(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        rng = batch.replace().rng
        count = len(batch.images)
        return rng.permutation(count), rng.beta(self.alpha, self.alpha, count)


class CutMix(Policy):
    """Pastes a box of another image into each (Yun et al., arXiv 1905.04899, section 3).

    The box has sides ``W·√(1 − λ)`` and ``H·√(1 − λ)`` with λ ~ Beta(α, α) and a uniform centre;
    it is cut at the border, and the label is weighted by the area that is really left.
    """

    @checked
    def __init__(self, alpha: Concentration = 1.0, p: Annotated[float, Ge(0), Le(1)] = 1.0) -> None:
        """Paste boxes of sizes drawn for each image.

        Args:
            alpha: λ is drawn from Beta(``alpha``, ``alpha``); 1 makes all areas equally likely.
            p: probability that an image is changed.
        """
        self.alpha = float(alpha)
        self.p = p

    def change(self, batch: Batch) -> Batch:
        """Return the batch with images uint8 and labels float32 whose rows sum to 1."""
        partner, boxes, weight = self._draw(batch)
        images = batch.images.copy()
        for number, (top, bottom, left, right) in enumerate(boxes):
            box = batch.images[partner[number], top:bottom, left:right]
            images[number, top:bottom, left:right] = box
        return batch.replace(images=images, labels=_mixed(batch.labels, partner, weight))

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the part that stays and the row of the box."""
        partner, _, weight = self._draw(batch)
        return [
            f"{own:.0%}, box of row {row}"
            for own, row in zip(weight, batch.rows[partner], strict=True)
        ]

    def _draw(self, batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return partners, boxes (top, bottom, left, right) and the share of the own image."""
        rng = batch.replace().rng
        count, height, width = batch.images.shape[:3]
        partner = rng.permutation(count)
        cut = np.sqrt(1 - rng.beta(self.alpha, self.alpha, count))
        cut = np.where(rng.random(count) < self.p, cut, 0.0)
        rows, columns = (height * cut).astype(int), (width * cut).astype(int)
        middle_y, middle_x = rng.integers(0, height, count), rng.integers(0, width, count)
        top, left = middle_y - rows // 2, middle_x - columns // 2
        boxes = np.stack(
            [
                np.clip(top, 0, height),
                np.clip(top + rows, 0, height),
                np.clip(left, 0, width),
                np.clip(left + columns, 0, width),
            ],
            axis=1,
        )
        area = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
        return partner, boxes, 1 - area / (height * width)


def _mixed(labels: np.ndarray, partner: np.ndarray, weight: np.ndarray) -> np.ndarray:
    own = weight[:, None]
    return (labels * own + labels[partner] * (1 - own)).astype(np.float32)
