"""Which engine applies a spec, where a run does not say? The fastest one where it computes."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.base import Engine, engine_class

#: what may be faster on a GPU
_ON_GPU = "keras-ops"
#: images of a batch, and batches, that tell how fast an engine is
_IMAGES, _TIMED = 32, 9


class Auto(AlbumentationsEngine):
    """Applies a spec with the fastest engine: `albumentations` on a CPU; on a GPU, timing decides.

    There `keras-ops` is timed against it once, before the first trial, and the run keeps to what
    was faster; draws are the same, and pixels within one level.
    """

    def engines(self, shape: tuple[int, int, int], device: str) -> tuple[str, ...]:
        """Return what there is to choose from for images H×W×C on ``cpu`` or ``gpu``."""
        on_gpu = device == "gpu" and not engine_class(_ON_GPU).refusal(self.spec, shape, self.draws)
        return (self.name, _ON_GPU) if on_gpu else (self.name,)

    def fastest(self, shape: tuple[int, int, int]) -> str:
        """Return the engine that takes the shortest time for a batch of images H×W×C, timed now."""
        took = {
            name: seconds_a_batch(engine_class(name)(self.spec, self.draws), shape)
            for name in self.engines(shape, "gpu")
        }
        return min(took, key=lambda name: took[name])


def seconds_a_batch(engine: Engine, shape: tuple[int, int, int]) -> float:
    """Return how long an engine takes for 32 images: the median of 9 batches, after two."""
    images = np.random.default_rng(0).integers(0, 256, (_IMAGES, *shape), dtype=np.uint8)
    batch = Batch(images, np.ones((_IMAGES, 1), np.float32), np.arange(_IMAGES), 0, 0, 0)
    took = []
    for _ in range(_TIMED + 2):
        began = time.perf_counter()
        engine.change(batch)
        took.append(time.perf_counter() - began)
    return median(took[2:])
