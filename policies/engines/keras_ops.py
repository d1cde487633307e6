"""How Keras' own operations apply a spec: whole batches, in one warp, on the device of the run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from augbench.policies.engines.base import Engine
from augbench.policies.engines.rows import Rows, Sampling, rows_of, sampling_of
from augbench.policies.quiet_import import silent_import
from augbench.policies.spec.coordinates import coordinates
from augbench.policies.spec.draws import Draws
from augbench.policies.spec.spec import AugmentationSpec

#: shapes of batches of which the compiled program is kept
_KEPT = 32


class KerasOpsEngine(Engine):
    """Applies a spec to whole batches in `keras.ops`, all of it in one warp.

    It computes where the run's model does, on a GPU with ``--device gpu``, and is compiled once for
    each shape of batch. Coefficients of splines (``interpolation_order`` above 1) are computed by
    the processor.
    """

    name: ClassVar[str] = "keras-ops"
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

    @classmethod
    def refusal(cls, spec: AugmentationSpec, shape: tuple[int, int, int], draws: str) -> str:
        """Return why the engine cannot apply ``spec`` to images H×W×C, or an empty string."""
        if spec.affine and spec.interpolation_order > 1 and spec.brightness_range:
            return (
                f"cannot express brightness_range with interpolation_order="
                f"{spec.interpolation_order} (which cuts fractions of a level that float32 lacks)"
            )
        return super().refusal(spec, shape, draws)

    @property
    def _sampling(self) -> Sampling:
        """How pixels are read; flips alone land on pixels."""
        return sampling_of(self.spec) if self.spec.affine else Sampling(order=0)

    def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Rows:
        """Return all matrices of an epoch."""
        return rows_of(drawn, self.spec, shape)

    def apply(
        self, images: np.ndarray, rows: np.ndarray, drawn: Draws, prepared: Rows
    ) -> np.ndarray:
        """Return uint8 images B×H×W×C with ``rows`` of the table applied, rounded once."""
        taken, sampling = prepared.take(rows), self._sampling
        by_row, by_column = coordinates(taken.maps, (images.shape[1], images.shape[2]))
        source = coefficients(images, sampling) if sampling.order > 1 else images
        given = {"source": source, "by_row": by_row, "by_column": by_column}
        for word in ("channel_shift", "brightness"):
            if (column := getattr(taken, word)) is not None:
                given[word] = column.astype(np.float32).reshape(-1, 1, 1, 1)
        shapes = tuple((name, array.shape) for name, array in given.items())
        made: np.ndarray = _program(shapes, sampling).predict_on_batch(given)
        return made


@lru_cache(_KEPT)
def _program(shapes: tuple[tuple[str, tuple[int, ...]], ...], sampling: Sampling) -> Any:
    """Return a `BatchProgram` for inputs of these names and shapes, and no others.

    Compiled for one shape each, so that no bit depends on which shapes came before.
    """
    with silent_import():
        from augbench.policies.engines.batch_warp import BatchProgram
    return BatchProgram(sampling, _padding(sampling))


def _padding(sampling: Sampling) -> int:
    """Return by how many px SciPy goes on at an edge before it takes spline coefficients."""
    padded = sampling.order > 1 and sampling.fill_mode in ("nearest", "grid-constant")
    return 12 if padded else 0


def coefficients(images: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Return SciPy's spline coefficients of images B×H×W×C, float32, padded where it pads.

    They are computed here, in float64: matrices would do it on any device, but GPUs multiply them
    in fewer bits than a grey level takes.
    """
    from scipy import ndimage

    margin, mode = _padding(sampling), sampling.fill_mode
    sides = ((0, 0), (margin, margin), (margin, margin), (0, 0))
    how: dict[str, Any] = {"mode": "edge"}
    if mode == "grid-constant":
        how = {"constant_values": sampling.cval}
    values = np.pad(images.astype(np.float64), sides, **how)
    for axis in (1, 2):
        values = ndimage.spline_filter1d(values, sampling.order, axis, mode=mode)
    return values.astype(np.float32)
