"""How Albumentations applies a spec: all of it in one explicit warp an image."""

from __future__ import annotations

import random
import threading
from typing import Any, ClassVar

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines.base import Drawing, Engine, Quirks
from augbench.policies.engines.pixels import apply_rows
from augbench.policies.engines.rows import Rows, rows_of, sampling_of
from augbench.policies.engines.stock import changes_of, check_distribution, stock_pipeline
from augbench.policies.random import begin, stream, stream_key
from augbench.policies.spec.draws import Draws


class AlbumentationsEngine(Engine):
    """Applies a spec with Albumentations, all of it in one warp an image.

    Matched draws are applied as the transform `SpecTransform` does; native ones are those of a
    stock ``A.Compose`` of the library's nearest transforms. A pipeline of the
    user's own is ``albumentations(pipeline='file.json')``.
    """

    name: ClassVar[str] = "albumentations"
    expresses: ClassVar[tuple[str, ...]] = (
        "rotation_range",
        "width_shift_range",
        "height_shift_range",
        "shear_range",
        "zoom_range",
        "channel_shift_range",
        "brightness_range",
        "fill_mode",
        "cval",
        "interpolation_order",
        "horizontal_flip",
        "vertical_flip",
    )

    def __init__(
        self, spec: Any = None, draws: Drawing = "matched", quirks: Quirks | None = None
    ) -> None:
        super().__init__(spec, draws, quirks)
        self._sampling = sampling_of(self.spec)
        self._native: dict[tuple[int, int], Any] = {}
        self._lock = threading.Lock()

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `Refusal` where the library cannot be used or cannot apply the spec."""
        check_distribution()
        super().check(shape, classes)

    def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Rows:
        """Return all matrices of an epoch."""
        return rows_of(drawn, self.spec, shape)

    def apply(
        self, images: np.ndarray, rows: np.ndarray, drawn: Draws, prepared: Rows
    ) -> np.ndarray:
        """Return uint8 images B×H×W×C with ``rows`` of the table applied."""
        return apply_rows(images, prepared.take(rows), self._sampling)

    def apply_natively(self, batch: Batch) -> np.ndarray:
        """Return what the stock pipeline makes of each image, seeded by (seed, epoch, row)."""
        shape = (batch.images.shape[1], batch.images.shape[2])
        pipeline = self._native.get(shape)
        if pipeline is None:
            pipeline = self._native[shape] = stock_pipeline(self.spec, shape)
        changed = changes_of(pipeline)
        out = np.empty_like(batch.images)
        name = (batch.seed, "pipeline", batch.stage, batch.epoch)
        # all made first, which takes half the time that it takes between the images
        keys = [stream_key(*name, row) for row in batch.rows.tolist()]
        rng, other = stream(*name), random.Random()
        with self._lock:  # a Compose keeps its generators to itself, one image at a time
            # not by seed=, which would give every child of a Compose the same numbers
            pipeline.set_random_state(rng, other)
            for number, (image, key) in enumerate(zip(batch.images, keys, strict=True)):
                begin(rng, key)
                other.seed(rng.bit_generator.random_raw() >> 1)  # integers(2**63), sooner
                out[number] = changed(image)
        return out


class Auto(AlbumentationsEngine):
    """Applies a spec with the fastest engine: `albumentations` on a CPU; on a GPU, timing decides.

    There `keras-ops` is timed against it once, before the first trial, and the run keeps to what
    was faster; draws are the same, and pixels within one level.
    """
