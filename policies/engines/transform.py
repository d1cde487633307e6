"""The spec as an Albumentations transform, for pipelines of your own."""

from __future__ import annotations

import os
from typing import Annotated, Any, ClassVar

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # or the import looks at the network

import numpy as np
from albumentations.core.transforms_interface import DualTransform, Targets
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.pixels import apply_rows, warp, warp_labels
from augbench.policies.engines.rows import Rows, rows_of, sampling_of
from augbench.policies.spec.draws import draw_from
from augbench.policies.spec.loading import load_spec
from pydantic import BaseModel, Field

from augbench.errors import Refusal


class SpecTransform(DualTransform):
    """All that a spec does to an image, in one warp; masks follow by nearest neighbour.

    Args:
        spec: a spec, a preset's name, a file, or a table of words.
        p: the probability with which anything is done at all.

    Images are uint8 in 0..255 or float32 in 0..1, H×W×C or H×W.

    Raises:
        Refusal: for a word of the spec that it does not know.

    >>> import albumentations as A
    >>> pipeline = A.Compose([SpecTransform({"rotation_range": 20}), A.CoarseDropout()])
    >>> A.from_dict(A.to_dict(pipeline)).transforms[0].spec["rotation_range"]
    20.0
    """

    _targets: ClassVar[tuple[Targets, ...]] = (Targets.IMAGE, Targets.MASK)

    class InitSchema(BaseModel):  # the library's own wants ``always_apply`` before 2.0
        """What Albumentations checks when a transform is made."""

        spec: Any
        p: Annotated[float, Field(ge=0, le=1)]

    def __init__(self, spec: Any = None, p: float = 1.0) -> None:
        super().__init__(p=p)
        self._spec = load_spec(spec)
        self._sampling = sampling_of(self._spec)
        if unknown := AlbumentationsEngine.inexpressible(self._spec):
            raise Refusal(f"SpecTransform cannot express {', '.join(unknown)}")
        applied = (*AlbumentationsEngine.expresses, "quirks")
        self.spec = {word: value for word, value in self._spec.to_dict().items() if word in applied}

    def get_transform_init_args(self) -> dict[str, Any]:
        """Return what ``to_dict`` writes: the spec's words as plain values."""
        return {"spec": self.spec}

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        """Return one row of draws from the transform's own generator, as ``{"row": Rows}``."""
        shape = (params["shape"][0], params["shape"][1])
        drawn = draw_from(lambda word: self.random_generator.random(1), self._spec, 1, shape)
        return {"row": rows_of(drawn, self._spec, shape)}

    def apply(self, img: np.ndarray, row: Rows, **params: Any) -> np.ndarray:
        """Return the image with the given row applied, in its own type and shape."""
        image = img if img.ndim == 3 else img[..., None]
        if image.dtype == np.uint8:
            changed = apply_rows(image[None], row, self._sampling)[0]
        elif row.channel_shift is None and row.brightness is None:
            levels = image.astype(np.float32) * 255
            changed = warp(levels, row.maps[0], self._sampling) / 255 if row.moved[0] else image
        else:  # levels are whole numbers where IDG changes them
            levels = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
            changed = apply_rows(levels[None], row, self._sampling)[0] / np.float32(255)
        return changed.reshape(img.shape).astype(img.dtype, copy=False)

    def apply_to_mask(self, mask: np.ndarray, *args: Any, **params: Any) -> np.ndarray:
        """Return the mask with the same movement, border included; 0 where the image is cut off."""
        row: Rows = params["row"]
        return warp_labels(mask, row.maps[0], self._sampling) if row.moved[0] else mask
