"""Equal images laid side by side as one image, as on a contact sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLUMNS = 8
_PAPER = 255


def tiled(images: NDArray[np.uint8], columns: int = COLUMNS, line: int = 0) -> NDArray[np.uint8]:
    """Return images uint8 N×H×W×C as one of rows of ``columns``, the last filled up with white.

    Args:
        images: at least one; fewer than ``columns`` make a single, shorter row.
        columns: how many stand side by side, from 1.
        line: px of white between neighbours.
    """
    count, height, width, channels = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.full((rows, height + line, columns, width + line, channels), _PAPER, np.uint8)
    for number, image in enumerate(images):
        sheet[number // columns, :height, number % columns, :width] = image
    laid = sheet.reshape(rows * (height + line), columns * (width + line), channels)
    return laid[: laid.shape[0] - line, : laid.shape[1] - line]
