"""How far new images are from the training images they might be copies of."""

from __future__ import annotations

import numpy as np
from augbench.policies.training_set import ImageStack

SIDE = 32  # px; larger images are compared by the means of whole blocks
_CHUNK = 2048


class Nearest:
    """Finds the closest training image, by the root of the mean squared difference of pixels."""

    def __init__(self, images: ImageStack) -> None:
        """Compare with ``images``, uint8 N×H×W×C."""
        self._known = np.concatenate(
            [_flat(images[start : start + _CHUNK]) for start in range(0, len(images), _CHUNK)]
        )

    def distances(self, images: np.ndarray) -> np.ndarray:
        """Return float64, M: grey levels (0…255) to the closest of all; 0 is a copy of it.

        Args:
            images: uint8, M×H×W×C.
        """
        flat = _flat(images)
        asked = _centred(flat)
        best = np.full(len(asked), np.inf, np.float32)
        which = np.zeros(len(asked), np.int64)
        for start in range(0, len(self._known), _CHUNK):
            known = _centred(self._known[start : start + _CHUNK])
            apart = np.einsum("nd,nd->n", known, known) - 2 * (asked @ known.T)
            closest = apart.argmin(1)
            values = apart[np.arange(len(asked)), closest]
            better = values < best
            best[better], which[better] = values[better], closest[better] + start
        difference = flat.astype(np.float64) - self._known[which]
        return np.sqrt(np.mean(difference**2, axis=1))


def _flat(images: np.ndarray) -> np.ndarray:
    """Return uint8 M×D, of images shrunk to at most ``SIDE`` a side."""
    count, height, width, channels = images.shape
    down, across = -(-height // SIDE), -(-width // SIDE)
    if down > 1 or across > 1:
        edge = ((0, 0), (0, -height % down), (0, -width % across), (0, 0))
        pixels = np.pad(images, edge, mode="edge").astype(np.float32)
        rows, columns = pixels.shape[1] // down, pixels.shape[2] // across
        blocks = pixels.reshape(count, rows, down, columns, across, channels)
        images = np.rint(blocks.mean((2, 4))).astype(np.uint8)
    return images.reshape(count, -1)


def _centred(flat: np.ndarray) -> np.ndarray:
    """Return float32 about 0, where sums of squares keep the most digits."""
    return flat.astype(np.float32) - 128
