"""The picture of `augbench parity` shows what differs, at full contrast."""

from __future__ import annotations

import numpy as np
from augbench.bench.sheets.parity_picture import picture
from augbench.policies.engines.parity import compare


def test_it_shows_differences_at_full_contrast() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(60, 200, (3, 12, 12, 1), dtype=np.uint8)
    found = compare({"rotation_range": 20, "zoom_range": 0.2}, images, ["keras", "keras-layers"])
    a, b = found.pictures["keras"].astype(int), found.pictures["keras-layers"].astype(int)
    apart = np.abs(a - b)[..., 0]
    assert found.pairs[0].largest >= apart.max() > 1
    pixels = np.asarray(picture(found))[..., 0]
    expected = np.kron(apart * (255 // apart.max()), np.ones((20, 20), int))  # 12 px on 240
    bottom = pixels.shape[0] - 12 - 240
    places = [
        top
        for top in range(bottom - 60, pixels.shape[0] - 239)
        if np.array_equal(pixels[top : top + 240, 12:252], expected)
    ]
    assert len(places) == 1
