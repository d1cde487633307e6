"""Images to augment: pictures to look at, and cards from which draws are read back.

All are made of whole numbers by closed formulas, so they are the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: height and width of the drawn pictures as they are drawn
SIZE = (24, 32)
CLASSES = 4
PICTURES = 8
#: the class of each; no turn of classes or pictures gives the same again
_CLASSES = (0, 1, 2, 3, 3, 1, 0, 2)
#: grey levels of the even cards: dark, middle, light
LEVELS = (40, 105, 170)
#: the levels that ramps run through, far enough from 0 and 255 to be moved
RAMP = (45, 169)


@dataclass(frozen=True)
class Cards:
    """What is augmented, all of one shape H×W×C, uint8.

    Attributes:
        pictures: N×H×W×C, of no symmetry.
        labels: int64, N, the class of each picture.
        classes: K, how many there are.
        ramps: 2×H×W×C, levels that rise with the column, and with the row.
        even: 3×H×W×C, one level each of `LEVELS`.

    Ramps and even cards have a black and a white dot, since some transforms keep to the range of
    an image.
    """

    pictures: np.ndarray
    labels: np.ndarray
    classes: int
    ramps: np.ndarray
    even: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """H×W×C."""
        height, width, channels = self.pictures.shape[1:]
        return height, width, channels


def cards(
    pictures: np.ndarray | None = None, labels: np.ndarray | None = None, classes: int = CLASSES
) -> Cards:
    """Return the cards of a shape: that of ``pictures``, by default those of `drawn_pictures`.

    Args:
        pictures: uint8, N×H×W×C.
        labels: int64, N; by default four classes in no order.
        classes: how many there are.
    """
    shown = drawn_pictures() if pictures is None else pictures
    of_class = np.resize(_CLASSES, len(shown)) % classes if labels is None else np.asarray(labels)
    height, width, channels = shown.shape[1:]
    across = np.broadcast_to(_ramp(width), (height, width))
    down = np.broadcast_to(_ramp(height)[:, None], (height, width))
    flat = [np.full((height, width), level) for level in LEVELS]
    grey = np.stack([across, down, *flat]).astype(np.uint8)
    top, left = height // 3, width // 3
    grey[:, top : top + 2, left : left + 2] = 0
    grey[:, 2 * top : 2 * top + 2, 2 * left : 2 * left + 2] = 255
    measuring = np.repeat(grey[..., None], channels, axis=3)
    return Cards(shown, of_class, classes, measuring[:2], measuring[2:])


def drawn_pictures(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return pictures uint8 N×H×W×3: gradients with a disc, a bar and a corner, all in colour.

    Args:
        size: height and width; where they are others than those of `SIZE`, rows and columns are
            repeated or left out.
    """
    height, width = SIZE
    y, x = np.mgrid[:height, :width]
    pictures = np.empty((PICTURES, height, width, 3), np.uint8)
    for number in range(PICTURES):
        red = 30 + 7 * x + 3 * number
        green = 200 - 6 * y - 5 * (x * number % 7)
        blue = 60 + 2 * (x + 2 * y) + 11 * (number % 5)
        picture = np.stack([red, green, blue], axis=-1)
        middle, radius = (height // 3 + number % 3, width // 3 + 2 * (number % 4)), 4 + number % 3
        disc = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 <= radius**2
        picture[disc] = (250 - 20 * number, 30 + 25 * number, 20 + 10 * number)
        picture[height - 6 : height - 3, width // 2 : width - 2 - number] = (15, 240, 235)
        picture[:4, : 3 + number] = (255, 255, 0)
        picture[(x * 3 + y * 5 + number) % 23 == 0] //= 2
        pictures[number] = np.clip(picture, 0, 255)
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, SIZE, strict=True))
    return pictures[:, rows[:, None], columns]


def ramp_slope(side: int) -> float:
    """Return the levels per pixel of a ramp over ``side`` pixels."""
    return (RAMP[1] - RAMP[0]) / max(side - 1, 1)


def _ramp(side: int) -> np.ndarray:
    return np.rint(RAMP[0] + ramp_slope(side) * np.arange(side))
