"""How do tests of policies get batches of real photographs and drawings?"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from augbench.policies.base import Batch
from PIL import Image

#: before 5, OpenCV reads between pixels at steps of 1/32 (docs/versions.md)
EXACT = int(cv2.__version__.split(".")[0]) >= 5
#: how far engines may be apart: in grey levels, and in the share of values
LARGEST, SHARE = (1, 1e-3) if EXACT else (5, 0.6)


def pictures(folder: Path, count: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Return ``count`` images of all classes of ``folder/train``, uint8 N×H×W×C."""
    height, width, channels = shape
    files = sorted((folder / "train").glob("*/*"))
    chosen = [files[n * len(files) // count] for n in range(count)]
    found = []
    for file in chosen:
        with Image.open(file) as image:
            decoded = image.convert("RGB" if channels == 3 else "L").resize((width, height))
        found.append(np.asarray(decoded, np.uint8).reshape(shape))
    return np.stack(found)


def batch_of(images: np.ndarray, seed: int = 0, epoch: int = 0, first: int = 0) -> Batch:
    """Return a batch of ``images`` as rows ``first``, ``first + 1``, …, all of one class."""
    count = len(images)
    rows = np.arange(first, first + count)
    return Batch(images, np.ones((count, 1), np.float32), rows, seed, epoch, 0)


def difference(a: np.ndarray, b: np.ndarray) -> tuple[int, float]:
    """Return the largest difference in grey levels, and the share of values that differ."""
    apart = np.abs(a.astype(np.int16) - b.astype(np.int16))
    return int(apart.max()), float((apart > 0).mean())
