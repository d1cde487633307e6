"""Image files and folders made for tests, with pixels that are known."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def picture(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Return uint8 H×W×3, or H×W where ``channels`` is 1: smooth, with no symmetry."""
    y, x = np.mgrid[0:height, 0:width]
    rng = np.random.default_rng(seed)
    slopes = rng.uniform(0.3, 1.0, (channels, 2))
    planes = [255 * (a * y / height + b * x / width) / (a + b) for a, b in slopes]
    noisy = np.stack(planes, -1) + rng.uniform(-8, 8, (height, width, channels))
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    return pixels[:, :, 0] if channels == 1 else pixels


def encoded(image: Image.Image | np.ndarray, file_format: str, **options: Any) -> bytes:
    """Return an image as the bytes of a file."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def write(path: Path, pixels: np.ndarray | bytes) -> Path:
    """Write pixels, or the bytes of a file, to ``path``, whose suffix says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(pixels, bytes):
        path.write_bytes(pixels)
    else:
        Image.fromarray(pixels).save(path)
    return path


def class_folders(
    root: Path, counts: Mapping[str, int], size: tuple[int, int] = (12, 12), channels: int = 3
) -> Path:
    """Write ``counts`` different PNG images a class (``cat`` or ``train/cat``) under ``root``."""
    for place, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = picture(*size, channels, seed=1000 * place + number)
            write(root / name / f"{number}.png", pixels)
    return root
