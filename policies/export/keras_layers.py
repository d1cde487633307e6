"""What a policy looks like as a script with Keras' preprocessing layers."""

from __future__ import annotations

from typing import Any

from augbench.policies.engines.base import engine_class
from augbench.policies.engines.keras_layers import layer_words
from augbench.policies.export import operations, script, standardizing
from augbench.policies.export.plan import Augment, Operation, Plan, Step, documented
from augbench.policies.export.writing import Call, Code, assigned
from augbench.policies.spec.spec import AugmentationSpec

#: fill modes that the layers lack -> the nearest that they have
_NEAREST_FILL = {"mirror": "reflect"}
#: words that have a layer, if not an equal one
_SAID = ("brightness_range",)
_DATA = """\
training, validation = keras.utils.image_dataset_from_directory(
    DATA,
    label_mode="categorical",
    image_size=IMAGE_SIZE,
    batch_size=BATCH_SIZE,
    validation_split=VALIDATION_SHARE,
    subset="both",
    seed=SEED,
)
classes = training.class_names"""
_PLAIN_IMAGES = "np.concatenate([images for images, _ in training])"


def code(plan: Plan) -> str:
    """Return the script."""
    mixing = operations.named_layers(plan.mixing)
    augmenting: list[Call | Code] = [layer for step in plan.steps for layer in _layers(step, plan)]
    fits = standardizing.fits(plan.standardizing)
    imports = ["import keras", *(["import numpy as np"] if fits else [])]
    imports += ["import tensorflow as tf", "from keras import layers"]
    sections = [
        script.header(plan, "Keras' preprocessing layers", "keras tensorflow"),
        "\n".join(imports),
        script.constants(plan, "of the split, the order of images and what Keras draws"),
        "keras.utils.set_random_seed(SEED)",
        script.comments(_notes(plan)),
        _augmentation(augmenting),
        "\n".join(layer for _, layer in mixing),
        _DATA,
        standardizing.fitting(plan.standardizing, _PLAIN_IMAGES),
        _mapped(bool(augmenting), [name for name, _ in mixing]),
        script.model(plan, "len(classes)"),
    ]
    return script.joined(*sections)


def _augmentation(augmenting: list[Call | Code]) -> str:
    return assigned("augmentation", "keras.Sequential", augmenting, 'name="augmentation"')


def _mapped(augments: bool, mixing: list[str]) -> str:
    """Return how batches of the training set are changed, and those of validation are not."""
    lines = ["def augmented(images, labels):"]
    lines += ["    images = augmentation(images, training=True)"] if augments else []
    for name in mixing:
        lines += [
            f'    mixed = {name}({{"images": images, "labels": labels}})',
            '    images, labels = mixed["images"], mixed["labels"]',
        ]
    lines += ["    return images, labels"]
    mapped = [
        "# in order, one batch at a time: parallel calls would draw in another order each time",
        "training = training.map(augmented).prefetch(tf.data.AUTOTUNE)",
        "validation = validation.prefetch(tf.data.AUTOTUNE)",
    ]
    return "\n" + "\n".join(lines) + "\n\n\n" + "\n".join(mapped)


def _layers(step: Step, plan: Plan) -> list[Call | Code]:
    if isinstance(step, Augment):
        spec, _ = documented(step.spec)
        possible = _possible(spec, plan.image_size)
        drawn = [
            _layer(name, words, possible) for name, words in layer_words(possible, plan.image_size)
        ]
        return [*drawn, *_brightness(spec)]
    if isinstance(step, Operation) and step not in plan.mixing:
        return [*operations.layers_of(step)]
    return []


def _possible(spec: AugmentationSpec, size: tuple[int, int]) -> AugmentationSpec:
    """Return the nearest spec that the layers can have."""
    low, high = spec.zoom
    nearest: dict[str, Any] = {
        "rotation_range": min(spec.rotation_range, 360.0),
        "shear_range": min(spec.shear_range, 45.0),
        "zoom_range": (max(low, 0.01), min(max(high, 0.01), 2.0)),
        "fill_mode": _NEAREST_FILL.get(spec.fill_mode, spec.fill_mode),
        "interpolation_order": min(spec.interpolation_order, 1),
    }
    for word, side in zip(script.SHIFTS, reversed(size), strict=True):
        value = getattr(spec, word)
        if not isinstance(value, tuple) and value > side:
            nearest[word] = float(side)
    return spec.model_copy(update=nearest)


def _layer(name: str, words: dict[str, Any], spec: AugmentationSpec) -> Call:
    """Return a layer without what is at Keras' default, its factor as it is read."""
    given = {word: value for word, value in words.items() if _DEFAULTS.get(word) != value}
    if spec.fill_mode not in ("constant", "grid-constant"):
        given.pop("fill_value", None)
    if name == "RandomFlip":
        return Call("layers.RandomFlip", {"": words["mode"]})
    beside = {}
    if name == "RandomRotation":
        turn = f"{spec.rotation_range:g} / 360"
        given["factor"] = (Code(f"-{turn}"), Code(turn))
        beside["factor"] = "parts of a full turn"
    if name == "RandomZoom":
        beside["height_factor"] = "above 0 zooms out"
    if name == "RandomShear":
        beside["x_factor"] = f"the tangent of {spec.shear_range:g} degrees, to either side"
    if name == "RandomBrightness":
        part = f"{spec.channel_shift_range:g} / 255"
        given["factor"] = (Code(f"-{part}"), Code(part))
    return Call(f"layers.{name}", given, beside)


_DEFAULTS = {"fill_mode": "reflect", "interpolation": "bilinear", "fill_value": 0.0}


def _brightness(spec: AugmentationSpec) -> list[Call]:
    if spec.brightness_range is None:
        return []
    low, high = (max(-1.0, min((factor - 1) / 2, 1.0)) for factor in spec.brightness_range)
    note = (
        "the nearest to brightness_range, which multiplies: RandomBrightness adds, here as much "
        "as that makes of a middle grey"
    )
    words = {"factor": (low, high), "value_range": (0, 255)}
    return [Call("layers.RandomBrightness", words, above=(note,))]


def _notes(plan: Plan) -> list[str]:
    engine = engine_class("keras-layers")
    notes = script.unsaid(plan) + script.unsaid_pipelines(plan)
    for given in plan.specs:
        spec, differences = documented(given)
        unsaid = [word for word in engine.inexpressible(spec) if word not in _SAID]
        notes += differences + [f"not said here: {word}" for word in unsaid]
        notes += _differences(spec, plan.image_size)
    notes += script.cautions(plan) + standardizing.notes(plan.standardizing)
    if plan.standardizing.preprocessing_function is not None:
        notes.append(
            "not said here: preprocessing_function, which takes no batches of TensorFlow's"
        )
    return notes


def _differences(spec: AugmentationSpec, size: tuple[int, int]) -> list[str]:
    """Return what the layers do otherwise than the words say."""
    notes = []
    moved = any(getattr(spec, word) for word in script.SHIFTS)
    kinds = [spec.rotation_range, spec.shear_range, spec.zoom != (1.0, 1.0), moved]
    if sum(map(bool, kinds)) > 1:
        notes.append(
            "Each layer resamples once more where ImageDataGenerator warps once: pictures are "
            "blurrier, and what one layer moves out of the frame does not come back"
        )
    if spec.shear_range:
        notes.append(
            "shear_range: RandomShear leans about the top-left corner and keeps the rows' height"
        )
    if spec.channel_shift_range:
        notes.append(script.CHANNEL_SHIFT)
    notes += script.spanned_choices(spec)
    possible = _possible(spec, size)
    for word in ("rotation_range", "shear_range", "zoom_range", "fill_mode", *script.SHIFTS):
        before, after = getattr(spec, word), getattr(possible, word)
        if word == "zoom_range":
            before, after = spec.zoom, possible.zoom
        if before != after and (spec.affine or word != "fill_mode"):
            notes.append(f"{word}={before}: the nearest that the layers have is {after}")
    if spec.affine and spec.fill_mode in ("constant", "wrap"):
        notes.append(
            f"fill_mode={spec.fill_mode!r}: the layers' border is not SciPy's to the pixel"
        )
    if spec.affine and spec.interpolation_order > 1:
        notes.append(f"interpolation_order={spec.interpolation_order}: here 1, bilinear")
    return notes
