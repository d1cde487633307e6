"""Is told what has a left or an up, and nothing of what has none?"""

from __future__ import annotations

import cv2
import numpy as np
from augbench.bench.search.data_look.orientation import TOLD, told_mirrored, told_upside_down
from sklearn.datasets import load_digits


def textures(count: int = 400) -> np.ndarray:
    """Smooth noise, as likely as its mirror image."""
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(count, 32, 32)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(image, (0, 0), 2) for image in rough])
    return np.clip(128 + 200 * smooth, 0, 255).astype(np.uint8)[..., None]


def test_textures_have_no_left_and_no_up() -> None:
    assert abs((told_mirrored(textures()) or 0) - 0.5) < TOLD - 0.5
    assert abs((told_upside_down(textures()) or 0) - 0.5) < TOLD - 0.5


def test_light_from_above_makes_an_up_and_no_left() -> None:
    images = textures().astype(int) + np.linspace(60, -60, 32, dtype=int)[None, :, None, None]
    lit = np.clip(images, 0, 255).astype(np.uint8)
    assert (told_upside_down(lit) or 0) > 0.95
    assert (told_mirrored(lit) or 1) < TOLD


def test_digits_have_both() -> None:
    digits = (load_digits().images * 15).astype(np.uint8)[:500, :, :, None]
    assert (told_mirrored(digits) or 0) > 0.7 and (told_upside_down(digits) or 0) > 0.7


def test_symmetrical_images_and_few_images_tell_nothing() -> None:
    images = textures()
    both = np.maximum(images, images[:, :, ::-1])
    assert told_mirrored(both) == 0.5
    assert told_mirrored(images[:20]) is None
