"""How Keras' preprocessing layers apply a spec: a layer a word, each resampling once more."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines.base import Engine
from augbench.policies.quiet_import import quiet_keras
from augbench.policies.spec.draws import Draws
from augbench.policies.spec.spec import AugmentationSpec

#: SciPy's fill modes under the layers' names, where the layers fill just as SciPy does
_EQUAL_FILL = {
    "nearest": "nearest",
    "reflect": "reflect",
    "grid-mirror": "reflect",
    "grid-constant": "constant",
}
#: what comes near enough where the library draws by itself
_NEAR_FILL = {**_EQUAL_FILL, "constant": "constant", "wrap": "wrap", "grid-wrap": "wrap"}
#: why the layers cannot express a word
_REASONS = {"brightness_range": "brightness_range (RandomBrightness adds, it does not multiply)"}


class KerasLayersEngine(Engine):
    """Applies a spec with the preprocessing layers of Keras, a layer a word.

    Matched draws hand each layer its parameters: turn, shift, zoom, flips, in the order that makes
    ImageDataGenerator's one map of them. Each layer resamples, so a spec with one geometric word
    gives ImageDataGenerator's pixels, and one with several the same movement, blurred more.

    Native draws are the layers' own, seeded from the batch's generator. Nearest, not equal: shears
    are about the top-left corner, lists and whole-number shifts become ranges, a channel shift is
    clipped to 0..255, ``constant`` fades over one pixel, and ``wrap`` has another period.
    """

    name: ClassVar[str] = "keras-layers"
    expresses: ClassVar[tuple[str, ...]] = (
        "rotation_range",
        "width_shift_range",
        "height_shift_range",
        "shear_range",
        "zoom_range",
        "channel_shift_range",
        "fill_mode",
        "cval",
        "interpolation_order",
        "horizontal_flip",
        "vertical_flip",
    )

    @classmethod
    def refusal(cls, spec: AugmentationSpec, shape: tuple[int, int, int], draws: str) -> str:
        """Return why the layers cannot apply ``spec`` to images H×W×C, or an empty string."""
        reasons = [_REASONS.get(word, word) for word in cls.inexpressible(spec)]
        if draws == "native":
            reasons += _beyond_native(spec, shape)
        else:
            reasons += _beyond_matched(spec, shape)
        return f"cannot express {', '.join(reasons)}" if reasons else ""

    @cached_property
    def _layers(self) -> dict[str, Any]:
        """The layers of matched draws; their own factors are never used."""
        layers = quiet_keras().layers
        fill = _EQUAL_FILL[self.spec.fill_mode]
        common = {"dtype": "float32", "data_format": "channels_last"}
        sampled = {**common, "fill_mode": fill, "fill_value": self.spec.cval}
        return {
            "turn": layers.RandomRotation(0.0, **sampled),
            "shift": layers.RandomTranslation(0.0, 0.0, **sampled),
            "zoom": layers.RandomZoom(0.0, 0.0, **sampled),
            "flip_horizontal": layers.RandomFlip("horizontal", **common),
            "flip_vertical": layers.RandomFlip("vertical", **common),
        }

    def apply(
        self, images: np.ndarray, rows: np.ndarray, drawn: Draws, prepared: None
    ) -> np.ndarray:
        """Return uint8 images B×H×W×C with ``rows`` of the table applied, rounded once."""
        keras = quiet_keras()
        transformations = _transformations(drawn.take(rows), images.shape)
        with keras.device("cpu"):
            pixels = keras.ops.convert_to_tensor(images, dtype="float32")
            for layer, given in transformations.items():
                pixels = self._layers[layer].transform_images(pixels, given, training=True)
            return _as_levels(keras.ops.convert_to_numpy(pixels))

    def apply_natively(self, batch: Batch) -> np.ndarray:
        """Return what the layers draw for each image; a batch has one seed a layer."""
        keras = quiet_keras()
        height, width = batch.images.shape[1:3]
        rng = batch.replace().rng  # a generator of its own, so that a call repeats
        with keras.device("cpu"):
            pixels = keras.ops.convert_to_tensor(batch.images, dtype="float32")
            for layer in self._native_layers((height, width)):
                seed = keras.random.SeedGenerator(int(rng.integers(2**31)))
                drawn = layer.get_random_transformation(pixels, training=True, seed=seed)
                pixels = layer.transform_images(pixels, drawn, training=True)
            return _as_levels(keras.ops.convert_to_numpy(pixels))

    def _native_layers(self, shape: tuple[int, int]) -> list[Any]:
        layers = quiet_keras().layers
        built = self._built.get(shape)
        if built is None:
            built = self._built[shape] = [
                getattr(layers, name)(**words, dtype="float32")
                for name, words in layer_words(self.spec, shape)
            ]
        return built

    @cached_property
    def _built(self) -> dict[tuple[int, int], list[Any]]:
        return {}


def layer_words(spec: AugmentationSpec, shape: tuple[int, int]) -> list[tuple[str, dict[str, Any]]]:
    """Return the layers nearest to ``spec`` as names with keyword arguments, for images H×W.

    The spec must be one that `KerasLayersEngine` does not refuse with native draws.
    """
    height, width = shape
    steps: list[tuple[str, dict[str, Any]]] = []
    sampled = {
        "fill_mode": _NEAR_FILL[spec.fill_mode],
        "interpolation": "bilinear" if spec.interpolation_order else "nearest",
        "fill_value": spec.cval,
    }
    if spec.rotation_range:
        part = spec.rotation_range / 360
        steps.append(("RandomRotation", {"factor": (-part, part), **sampled}))
    down, across = _share(spec.height_shift_range, height), _share(spec.width_shift_range, width)
    if down or across:
        words = {"height_factor": (-down, down), "width_factor": (-across, across)}
        steps.append(("RandomTranslation", {**words, **sampled}))
    if spec.shear_range:
        lean = (0.0, math.tan(math.radians(spec.shear_range)))  # its sign is a coin of the layer's
        steps.append(("RandomShear", {"x_factor": lean, "y_factor": 0.0, **sampled}))
    if spec.zoom != (1.0, 1.0):
        pair = (spec.zoom[0] - 1, spec.zoom[1] - 1)
        steps.append(("RandomZoom", {"height_factor": pair, "width_factor": pair, **sampled}))
    if spec.channel_shift_range:
        part = spec.channel_shift_range / 255
        steps.append(("RandomBrightness", {"factor": (-part, part), "value_range": (0, 255)}))
    # two layers: "horizontal_and_vertical" would throw one coin for both
    steps += [("RandomFlip", {"mode": "horizontal"})] if spec.horizontal_flip else []
    steps += [("RandomFlip", {"mode": "vertical"})] if spec.vertical_flip else []
    return steps


def _beyond_matched(spec: AugmentationSpec, shape: tuple[int, int, int]) -> list[str]:
    reasons = []
    if spec.shear_range:
        reasons.append(
            "shear_range (RandomShear leans about the top-left corner and keeps the rows' height)"
        )
    if spec.channel_shift_range:
        reasons.append(
            "channel_shift_range (RandomBrightness clips at 0 and 255, not at the image's range)"
        )
    if spec.affine and spec.fill_mode not in _EQUAL_FILL:
        reasons.append(f"fill_mode={spec.fill_mode!r} (they have {', '.join(_EQUAL_FILL)})")
    if spec.affine and spec.interpolation_order != 1:
        reasons.append(f"interpolation_order={spec.interpolation_order} (1 is equal)")
    turned = spec.rotation_range or spec.zoom != (1.0, 1.0)
    if spec.quirks == "keras" and turned and shape[0] != shape[1]:
        reasons.append("quirks='keras' in images that are not square (they turn about the centre)")
    return reasons


def _beyond_native(spec: AugmentationSpec, shape: tuple[int, int, int]) -> list[str]:
    reasons = []
    if spec.rotation_range > 360:
        reasons.append(f"rotation_range={spec.rotation_range:g} (up to 360)")
    if spec.shear_range > 45:
        reasons.append(f"shear_range={spec.shear_range:g} (up to 45)")
    low, high = spec.zoom
    if low <= 0 or high > 2:
        reasons.append(f"zoom_range={spec.to_dict()['zoom_range']} (factors above 0 and up to 2)")
    for word, side in (("width_shift_range", shape[1]), ("height_shift_range", shape[0])):
        if _share(getattr(spec, word), side) > 1:
            reasons.append(f"{word}={getattr(spec, word)} (up to the whole side)")
    if spec.affine and spec.fill_mode not in _NEAR_FILL:
        reasons.append(f"fill_mode={spec.fill_mode!r} (they have {', '.join(_NEAR_FILL)})")
    if spec.affine and spec.interpolation_order > 1:
        reasons.append(f"interpolation_order={spec.interpolation_order} (0 or 1)")
    return reasons


def _share(shift: int | float | tuple[int | float, ...], side: int) -> float:
    """Return the largest shift as a share of the side."""
    if isinstance(shift, tuple):
        reach = float(max(abs(value) for value in shift))
        return reach if max(shift) < 1 else reach / side
    if isinstance(shift, int):
        return max(shift - 1, 0) / side
    return shift if shift < 1 else shift / side


def _transformations(drawn: Draws, shape: tuple[int, ...]) -> dict[str, dict[str, Any]]:
    """Return what each layer's ``transform_images`` takes, for the layers that do anything."""
    count, height, width, _ = shape
    given: dict[str, dict[str, Any]] = {}
    if drawn.theta.any():
        given["turn"] = {"rotation_matrix": _turns(drawn.theta, height, width)}
    if drawn.shift_x.any() or drawn.shift_y.any():  # theirs is where the picture goes
        moves = -np.stack([drawn.shift_x, drawn.shift_y], axis=1)
        given["shift"] = {"translations": moves.astype(np.float32)}
    if (drawn.zx != 1).any() or (drawn.zy != 1).any():
        given["zoom"] = {
            "width_zoom": drawn.zx.astype(np.float32)[:, None],
            "height_zoom": drawn.zy.astype(np.float32)[:, None],
        }
    for word in ("flip_horizontal", "flip_vertical"):
        flips = getattr(drawn, word)
        if flips.any():
            given[word] = {"flips": flips.reshape(count, 1, 1, 1)}
    return given


def _turns(theta: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return backward turns about the centre as the layers' eight numbers, float32 N×8."""
    cos, sin = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
    x, y = (width - 1) / 2, (height - 1) / 2
    none = np.zeros_like(cos)
    rows = [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, none, none]
    return np.stack(rows, axis=1).astype(np.float32)


def _as_levels(images: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)
