"""How an image is shown on a sheet: its size there, its pixels, and texts beside it."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: px of an image's width on a sheet, about
IMAGE = 128


def shown_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return width and height on the sheet: whole multiples of small sides, large ones shrunk."""
    height, width = shape[:2]
    if max(width, height) <= IMAGE:
        factor: float = max(1, round(IMAGE / max(width, height)))
    else:
        factor = min(1.0, 1.5 * IMAGE / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def resized(
    image: np.ndarray,
    size: tuple[int, int],
    shrinking: Image.Resampling = Image.Resampling.LANCZOS,
) -> Image.Image:
    """Return an image uint8 H×W×C (C is 1 or 3) in colour at (width, height) on the sheet."""
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).convert("RGB")
    sampling = Image.Resampling.NEAREST if size[0] >= picture.width else shrinking
    return picture.resize(size, sampling)


def printable(text: str) -> str:
    """Return the text on one line without control characters, which would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)
