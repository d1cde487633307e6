"""Which images are nearly equal to a training image, within a part and across parts?

Copies that were saved anew or made lighter or darker are found; those that were cut, moved or
scaled are not. Images are compared by the correlation of their details: small grey versions from
which their own blurred version is taken. Of 600 letters or photos of clothing the nearest other one
is at .93 at most, of Fashion-MNIST at .98 in 99 of 100; the same images saved as JPEG of quality 60
are at .985 or more in 98 of 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from augbench.bench.data import Dataset

#: px a side of the small versions, and of the blur that is taken from them
SIDE = 24
BLUR = SIDE / 8
#: correlation from which on two images are nearly equal
NEARLY_EQUAL = 0.985
#: images of a part that are looked at, and training images that they are compared with, at most
LOOKED_AT = 500
COMPARED_WITH = 10_000
#: deviation of details below which an image shows nothing, in grey levels
NOTHING = 1.0


@dataclass(frozen=True)
class NearDuplicates:
    """What was found of one part.

    Attributes:
        part: ``train``, ``validation`` or ``test``.
        looked_at: images of it.
        found: how many of these are nearly equal to another training image, equal ones not counted.
        other_class: how many of these to one of another class.
        compared_with: training images.
        example: paths of two such images; empty for none.
    """

    part: str
    looked_at: int
    found: int
    other_class: int
    compared_with: int
    example: tuple[str, ...] = ()


def near_duplicates(
    dataset: Dataset, parts: Mapping[str, np.ndarray]
) -> tuple[NearDuplicates, ...]:
    """Return what is found of each part that has images; nothing of images under 24 px.

    On such small ones pictures of different things are as alike as copies are.

    Args:
        dataset: the data.
        parts: by ``train``, ``validation``, ``test``, int64, the rows of each; a sample of them is
            looked at, the same for equal arguments.
    """
    if min(dataset.shape[:2]) < SIDE:
        return ()
    compared = _spread(parts["train"], COMPARED_WITH)
    details = _details(dataset, compared)
    by_part = []
    for part, rows in parts.items():
        looked_at = _spread(rows, LOOKED_AT)
        if len(looked_at):
            of_part = _details(dataset, looked_at)
            by_part.append(_found(dataset, part, (looked_at, of_part), (compared, details)))
    return tuple(by_part)


def _found(
    dataset: Dataset,
    part: str,
    looked_at: tuple[np.ndarray, np.ndarray],
    compared: tuple[np.ndarray, np.ndarray],
) -> NearDuplicates:
    (rows, of_part), (others, of_others) = looked_at, compared
    alike = of_part @ of_others.T
    equal = dataset.duplicate_of
    alike[equal[rows][:, None] == equal[others][None]] = -1.0
    nearest = alike.argmax(1)
    near = np.flatnonzero(alike[np.arange(len(rows)), nearest] >= NEARLY_EQUAL)
    twins = others[nearest[near]]
    example: tuple[str, ...] = ()
    if len(near):
        first = int(alike[near, nearest[near]].argmax())
        example = (dataset.paths[rows[near[first]]], dataset.paths[twins[first]])
    other_class = int((dataset.labels[rows[near]] != dataset.labels[twins]).sum())
    return NearDuplicates(part, len(rows), len(near), other_class, len(others), example)


def _spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many rows, evenly spread."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def _details(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the details of images, float32 n×p of length 1; 0 where an image shows nothing."""
    return np.stack([_details_of(dataset.images[row]) for row in rows])


def _details_of(image: np.ndarray) -> np.ndarray:
    small = cv2.resize(image.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = small.reshape(SIDE, SIDE, -1).mean(2)
    details = (small - cv2.GaussianBlur(small, (0, 0), BLUR)).ravel()
    length = float(np.linalg.norm(details))
    shows = length > NOTHING * np.sqrt(details.size)
    return details / length if shows else np.zeros_like(details)
