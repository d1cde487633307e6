"""Which real images does a generator learn from, and which is it judged by?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.random import stream

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Split:
    """A block's real images as a generator uses them: nine tenths to learn from, one to judge by.

    Attributes:
        fit: uint8, N×H×W×C, an array or an `ImageStack`.
        fit_labels: int64, N.
        held: uint8, M×H×W×C, never shown to the generator.
        held_labels: int64, M.
        classes: the class names.
    """

    fit: Any
    fit_labels: np.ndarray
    held: np.ndarray
    held_labels: np.ndarray
    classes: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """H×W×C."""
        height, width, depth = self.fit.shape[1:]
        return height, width, depth


def hold_out(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return which rows are held out, bool N: a stratified tenth, at least 1 of 5 or more images.

    Args:
        labels: int, N; rows of a class below 0 are never held out.
        seed: the block's.
    """
    held = np.zeros(len(labels), bool)
    for k in np.unique(labels[labels >= 0]):
        rows = stream(seed, "hold out", int(k)).permutation(np.flatnonzero(labels == k))
        held[rows[: max(round(len(rows) / 10), int(len(rows) >= 5))]] = True
    return held


def split_of(images: Any, labels: np.ndarray, classes: tuple[str, ...], seed: int) -> Split:
    """Return real ``images`` (uint8 N×H×W×C, an array or an `ImageStack`) as a `Split`."""
    labels = np.asarray(labels, np.int64)
    held = hold_out(labels, seed)
    rows = np.flatnonzero(~held)
    fit = images.repeated(rows) if hasattr(images, "repeated") else images[rows]
    return Split(fit, labels[rows], np.asarray(images[np.flatnonzero(held)]), labels[held], classes)
