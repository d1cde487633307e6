"""What can be told of a data set at a glance, before anything is trained?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from augbench.bench.data import Block, Dataset
from augbench.bench.search.data_look.near_duplicates import NearDuplicates, near_duplicates
from augbench.bench.search.data_look.orientation import told_mirrored, told_upside_down

#: images that are looked at
LOOKED_AT = 512
#: the part of the images whose border has one grey level, from which on the level fills borders
PLAIN_SHARE = 0.8
#: two grey levels that far apart at most are one
LEVELS_APART = 12


@dataclass(frozen=True)
class DataSummary:
    """Facts of the training images that decide what is worth trying.

    Attributes:
        images: how many a block trains on.
        validation: how many it is judged by.
        test: how many are kept for the end.
        classes: how many classes there are.
        fewest: images of the smallest class.
        most: images of the largest class.
        height: of an image, px.
        width: of an image, px.
        grey: one channel, or three equal ones.
        border: the grey level around most images, where they stand on a plain ground; None where
            they do not.
        mirrored: how far the mean image is from its own mirror image, as a part of its contrast;
            near 0 where left and right are alike.
        upright: the same for upside down; near 0 where there is no up.
        duplicates: images equal to an earlier one.
        told_mirrored: the share of images that a linear model tells from their mirror images, .5 by
            chance; None where there are too few.
        told_upside_down: the same of images upside down.
        light: standard deviation of the images' mean levels, of 255.
        off_centre: where images stand on a plain ground, standard deviation of the middle of what
            they show, as a part of the side; None elsewhere.
        near_duplicates: images of each part that are nearly equal to a training image.
    """

    images: int
    validation: int
    test: int
    classes: int
    fewest: int
    most: int
    height: int
    width: int
    grey: bool
    border: int | None
    mirrored: float
    upright: float
    duplicates: int
    told_mirrored: float | None = None
    told_upside_down: float | None = None
    light: float | None = None
    off_centre: float | None = None
    near_duplicates: tuple[NearDuplicates, ...] = ()

    @classmethod
    def of(cls, dataset: Dataset, rows: Block) -> DataSummary:
        """Look at the training images of a block."""
        counts = np.bincount(dataset.labels[rows.train], minlength=len(dataset.classes))
        step = max(1, len(rows.train) // LOOKED_AT)
        images = dataset.images[rows.train[::step][:LOOKED_AT]]
        height, width, channels = dataset.shape
        mean = images.astype(np.float64).mean((0, 3))
        border = _border(images)
        parts = {"train": rows.train, "validation": rows.validation, "test": rows.test}
        return cls(
            images=len(rows.train),
            validation=len(rows.validation),
            test=len(rows.test),
            classes=len(dataset.classes),
            fewest=int(counts.min()),
            most=int(counts.max()),
            height=height,
            width=width,
            grey=channels == 1 or bool((np.ptp(images, axis=3) <= 2).all()),
            border=border,
            mirrored=_asymmetry(mean, mean[:, ::-1]),
            upright=_asymmetry(mean, mean[::-1]),
            duplicates=int((dataset.duplicate_of != np.arange(len(dataset))).sum()),
            told_mirrored=told_mirrored(images),
            told_upside_down=told_upside_down(images),
            light=float(images.mean((1, 2, 3)).std()),
            off_centre=None if border is None else _off_centre(images, border),
            near_duplicates=near_duplicates(dataset, parts),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain values."""
        return asdict(self)


def _border(images: np.ndarray) -> int | None:
    """Return the grey level of most images' borders; None where borders show something."""
    grey = images.mean(3)
    sides = [grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]]
    around = np.concatenate(sides, 1)
    level = float(np.median(around))
    plain = (np.abs(around - level) <= LEVELS_APART).mean(1) >= PLAIN_SHARE
    return round(level) if plain.mean() >= PLAIN_SHARE else None


def _off_centre(images: np.ndarray, ground: int) -> float:
    """Return how far the middle of what stands on the ground lies apart, a part of the side."""
    ink = np.abs(images.mean(3) - ground)
    ink[ink <= LEVELS_APART] = 0.0
    ink = ink[ink.any((1, 2))]
    if not len(ink):
        return 0.0
    _, height, width = ink.shape
    mass = ink.sum((1, 2))
    y = (ink.sum(2) @ np.arange(height)) / mass / height
    x = (ink.sum(1) @ np.arange(width)) / mass / width
    return float(np.sqrt((x.var() + y.var()) / 2))


def _asymmetry(mean: np.ndarray, mirrored: np.ndarray) -> float:
    spread = float(mean.std())
    return float(np.abs(mean - mirrored).mean() / spread) if spread else 0.0
