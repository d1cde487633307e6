"""Is the nearest training image found, and how far it is?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.expand.nearest import Nearest
from augbench.policies.training_set import ImageStack


@pytest.mark.parametrize("shape", [(9, 7, 1), (32, 32, 3), (70, 41, 3)])
def test_the_nearest_image_of_a_copy_is_at_distance_zero(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    known = rng.integers(0, 256, (50, *shape), np.uint8)
    near = np.clip(known[7].astype(int) + 3, 0, 255).astype(np.uint8)
    distances = Nearest(ImageStack([(known, None)])).distances(np.stack([known[31], near]))
    assert distances[0] == 0
    assert 2.5 < distances[1] <= 3.5
