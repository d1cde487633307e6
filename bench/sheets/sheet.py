"""What a sheet of labelled images holds, before it is drawn as PNG, as HTML or in a terminal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Panel:
    """An image uint8 H×W×C (C is 1 or 3), or None for an empty place, and what is said of it."""

    image: np.ndarray | None
    caption: str


@dataclass(frozen=True)
class Row:
    """A line of images, as many as the sheet has columns."""

    label: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Band:
    """What belongs to one policy."""

    title: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """Bands of images over the same columns.

    Attributes:
        title: what it is.
        subtitle: of which images.
        columns: a class name a column.
        names: an image's name a column.
        bands: from top to bottom.
    """

    title: str
    subtitle: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    bands: tuple[Band, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """H×W×C of the images, all alike."""
        images = (panel.image for band in self.bands for row in band.rows for panel in row.panels)
        return next(image.shape for image in images if image is not None)
