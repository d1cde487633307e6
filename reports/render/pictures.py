"""How does a page hold pictures, and how many bytes may they take?

Pictures become PNG data URIs with all their pixels, reduced only when larger than the page shows
them. A budget keeps the page small: what does not fit is left out and counted.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augbench.errors import ReportError

LONGEST = 64
# Bytes of all data URIs of a page together; tables and charts need about 1 MB more.
PAGE_BYTES = 3_000_000


@dataclass(frozen=True)
class EmbeddedPicture:
    """One picture for a page.

    Attributes:
        uri: `data:image/png;base64,…`.
        width: in pixels of the stored picture.
        height: in pixels of the stored picture.
        alt: what it shows, for those who do not see it.
        caption: what was drawn for it, or what a network took it for.
    """

    uri: str
    width: int
    height: int
    alt: str
    caption: str = ""


@dataclass
class Budget:
    """Bytes that may still be spent on pictures, and how many pictures found no room."""

    left: int = PAGE_BYTES
    refused: int = 0

    def picture(
        self, pixels: NDArray[np.uint8], alt: str, caption: str = "", longest: int = LONGEST
    ) -> EmbeddedPicture | None:
        """A picture while there is room, else None; pixels are uint8 H×W or H×W×C."""
        data = png(pixels, longest)
        uri = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        if len(uri) > self.left:
            self.refused += 1
            return None
        self.left -= len(uri)
        height, width = pixels.shape[:2]
        return EmbeddedPicture(uri, width, height, alt, caption)


def png(pixels: NDArray[np.uint8], longest: int) -> bytes:
    """Encodes uint8 pixels (H×W, or H×W×C with 1, 3 or 4 channels) as PNG, lossless.

    A side longer than `longest` is reduced to it, by averaging.

    Raises:
        ReportError: the array is no picture.
    """
    array = np.asarray(pixels)
    if array.ndim == 3 and array.shape[2] in (1, 2):
        array = array[:, :, 0]
    if array.dtype != np.uint8 or array.size == 0 or array.ndim not in (2, 3):
        raise ReportError(f"no picture: an array of {array.dtype} with shape {array.shape}")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ReportError(f"no picture: {array.shape[2]} channels")
    picture = Image.fromarray(np.ascontiguousarray(array))
    scale = longest / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
