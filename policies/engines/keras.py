"""How ImageDataGenerator applies a spec: its own ``apply_transform``, an image at a time."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines.base import Engine
from augbench.policies.quiet_import import silent_import
from augbench.policies.spec.draws import Draws
from augbench.policies.spec.geometry import corrected_shifts
from augbench.policies.spec.spec import AugmentationSpec

from augbench.backend import TENSORFLOW, backend

_GLOBAL_GENERATOR = threading.Lock()
#: the words of a spec that ``ImageDataGenerator`` applies to pixels
_WORDS = (
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


def image_data_generator(spec: AugmentationSpec) -> Any:
    """Return an ``ImageDataGenerator`` with the augmenting words of ``spec``, no standardizing."""
    with silent_import():
        if backend() == TENSORFLOW:
            from tensorflow.keras.preprocessing.image import ImageDataGenerator
        else:  # the same class, where Keras has it for TensorFlow
            from keras._tf_keras.keras.preprocessing.image import ImageDataGenerator

    _quieten()
    words = {word: value for word, value in spec.to_idg_kwargs().items() if word in _WORDS}
    return ImageDataGenerator(**words, data_format="channels_last", dtype="float32")


def _quieten() -> None:
    """Put the name that ImageDataGenerator still calls SciPy by where SciPy warns of it.

    ``warnings.catch_warnings`` would not do: it is not safe where several threads run.
    """
    from scipy import ndimage

    old: Any = ndimage.interpolation
    old.affine_transform = ndimage.affine_transform


def parameters(
    drawn: Draws, spec: AugmentationSpec, shape: tuple[int, int]
) -> list[dict[str, Any]]:
    """Return each row as the dictionary that ``apply_transform`` takes.

    Unless the spec asks for Keras's quirks, shifts are corrected for the centre that it misplaces
    in images that are not square.
    """
    if spec.quirks == "keras":
        tx, ty = drawn.shift_x, drawn.shift_y
    else:
        tx, ty = corrected_shifts(drawn, shape)
    rows: list[dict[str, Any]] = [
        {
            "theta": drawn.theta[row],
            "tx": tx[row],
            "ty": ty[row],
            "shear": drawn.shear[row],
            "zx": drawn.zx[row],
            "zy": drawn.zy[row],
            "flip_horizontal": drawn.flip_horizontal[row],
            "flip_vertical": drawn.flip_vertical[row],
        }
        for row in range(len(drawn))
    ]
    for row, given in enumerate(rows):
        if spec.channel_shift_range:
            given["channel_shift_intensity"] = drawn.channel_shift[row]
        if spec.brightness_range:
            given["brightness"] = drawn.brightness[row]
    return rows


class KerasEngine(Engine):
    """Applies a spec with Keras's ``ImageDataGenerator`` itself.

    Native draws are ``random_transform``'s, quirks and all.
    """

    name: ClassVar[str] = "keras"
    expresses: ClassVar[tuple[str, ...]] = _WORDS

    @classmethod
    def refusal(cls, spec: AugmentationSpec, shape: tuple[int, int, int], draws: str) -> str:
        """Return why ImageDataGenerator cannot apply ``spec``, or an empty string."""
        if spec.brightness_range and shape[2] not in (1, 3, 4):
            return f"cannot change the brightness of {shape[2]} channels, which Pillow lacks"
        return super().refusal(spec, shape, draws)

    @cached_property
    def _generator(self) -> Any:
        return image_data_generator(self.spec)

    def apply(
        self, images: np.ndarray, rows: np.ndarray, drawn: Draws, prepared: None
    ) -> np.ndarray:
        """Return uint8 images B×H×W×C with ``rows`` of the table applied, rounded once."""
        shape = (images.shape[1], images.shape[2])
        return self._transformed(images, parameters(drawn.take(rows), self.spec, shape))

    def apply_natively(self, batch: Batch) -> np.ndarray:
        """Return what ``random_transform`` makes of each image; a batch has one seed.

        It draws from NumPy's global generator, whose state is put back.
        """
        rng = batch.replace().rng  # a generator of its own, so that a call repeats
        with _GLOBAL_GENERATOR:
            before = np.random.get_state()
            try:
                np.random.seed(int(rng.integers(2**32)))
                rows = [self._generator.get_random_transform(x.shape) for x in batch.images]
            finally:
                np.random.set_state(before)
        return self._transformed(batch.images, rows)

    def _transformed(self, images: np.ndarray, rows: list[dict[str, Any]]) -> np.ndarray:
        out = np.empty_like(images)
        for number, given in enumerate(rows):
            changed = self._generator.apply_transform(images[number].astype(np.float32), given)
            out[number] = np.clip(np.rint(changed), 0, 255)
        return out
