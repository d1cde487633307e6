"""What a policy looks like as a script with ImageDataGenerator, its quirks corrected."""

from __future__ import annotations

from typing import Any

from augbench.policies.engines.base import engine_class
from augbench.policies.export import operations, script, standardizing
from augbench.policies.export.plan import Plan
from augbench.policies.export.writing import Call, Code, call, literal
from augbench.policies.spec.spec import AugmentationSpec

#: a shift's word -> the word that Keras moves by in its place, its own side, the other's
_SWAPPED = {
    "width_shift_range": ("height_shift_range", "WIDTH", "HEIGHT"),
    "height_shift_range": ("width_shift_range", "HEIGHT", "WIDTH"),
}
_PLAIN_IMAGES = "np.concatenate([plain[batch][0] for batch in range(len(plain))])"
_MOVED = {"width_shift_range": "columns", "height_shift_range": "rows"}


def code(plan: Plan) -> str:
    """Return the script."""
    spec = plan.specs[0] if plan.specs else AugmentationSpec(rescale=None)
    in_model = bool(plan.operations)
    words, beside = _words(spec, plan.image_size)
    standard, imported = _standardizing(plan.standardizing) if not in_model else ({}, "")
    split = {"validation_split": Code("VALIDATION_SHARE")}
    augmentation = Call("ImageDataGenerator", {**words, **standard, **split}, beside)
    unaugmented = Call("ImageDataGenerator", {**standard, **split})
    packages = "tensorflow scipy pillow"
    sections = [
        script.header(plan, "Keras' ImageDataGenerator", packages),
        _imports(plan, imported, in_model),
        script.constants(plan, "of the order of images; ImageDataGenerator also draws by it"),
        script.comments(_notes(plan, spec)),
        "HEIGHT, WIDTH = IMAGE_SIZE" if "WIDTH" in literal(words) else "",
        call(augmentation, before="augmentation = ")
        + "\n"
        + call(unaugmented, before="unaugmented = "),
        _data(),
        _fitted(plan.standardizing) if not in_model else "",
        _mixed(plan) if in_model else "",
        standardizing.fitting(plan.standardizing, _PLAIN_IMAGES) if in_model else "",
        script.model(plan, "len(validation.class_indices)", standardized=not in_model),
    ]
    return script.joined(*sections)


def _imports(plan: Plan, imported: str, in_model: bool) -> str:
    fits = standardizing.fits(plan.standardizing)
    lines = ["import keras"]
    lines += ["import numpy as np"] if fits else []
    lines += ["from keras import layers"]
    lines += ["from tensorflow.keras.preprocessing.image import ImageDataGenerator"]
    lines += ["", imported] if imported else []
    return "\n".join(lines)


def _words(spec: AugmentationSpec, size: tuple[int, int]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the augmenting words as Keras really means them, and the comments beside them."""
    words: dict[str, Any] = {}
    beside: dict[str, str] = {}
    given = spec.to_idg_kwargs()
    for word in spec.words_of("geometric", "colour", "sampling"):
        if word not in given:
            continue
        if word in _SWAPPED and spec.quirks != "keras":
            other = _SWAPPED[word][0]
            words[other] = _shift(getattr(spec, word), word, size)
            beside[other] = f"moves {_MOVED[word]}: Keras swaps the two shifts"
        else:
            value = getattr(spec, word)
            words[word] = Code(repr(value)) if word in _SWAPPED else value
    if spec.shear_range:
        beside["shear_range"] = "degrees"
    return words, beside


def _shift(value: Any, word: str, size: tuple[int, int]) -> Code:
    """Return a shift of one side as Keras reads it, as a share of the other side or in pixels."""
    _, own, other = _SWAPPED[word]
    height, width = size
    sides = {"WIDTH": width, "HEIGHT": height}
    largest = max(value) if isinstance(value, tuple) else value
    if isinstance(value, int) or largest >= 1:
        return Code(repr(list(value) if isinstance(value, tuple) else value))
    scale = f"{own} / {other}" if largest * sides[own] / sides[other] < 1 else own
    if isinstance(value, tuple):
        return Code(f"[share * {scale} for share in {value!r}]")
    return Code(f"{value!r} * {scale}")


def _standardizing(spec: AugmentationSpec) -> tuple[dict[str, Any], str]:
    """Return the standardizing words, and the import of the function among them."""
    given = spec.to_idg_kwargs()
    words = {word: given[word] for word in spec.words_of("standardizing") if word in given}
    imported, name = standardizing.function_of(spec)
    if name:
        words["preprocessing_function"] = Code(name)
    if "rescale" in words:
        words["rescale"] = standardizing.factor(spec)
    if "zca_epsilon" in words:
        words["zca_epsilon"] = Code(repr(spec.zca_epsilon))
    return words, imported


def _notes(plan: Plan, spec: AugmentationSpec) -> list[str]:
    engine = engine_class("keras")
    notes = [f"not said here: {word}" for word in engine.inexpressible(spec)]
    notes += script.unsaid(plan) + script.unsaid_pipelines(plan)
    notes += [
        "not said here, since one ImageDataGenerator has one spec: "
        + ", ".join(f"{word}={literal(value)}" for word, value in further.to_dict().items())
        for further in plan.specs[1:]
    ]
    turned = spec.rotation_range or spec.shear_range or spec.zoom != (1.0, 1.0)
    if turned and spec.quirks != "keras":
        notes.append(
            "In images that are not square Keras turns and zooms about a point off their centre, "
            "since it swaps height and width there too; no word corrects that."
        )
    notes += script.cautions(plan)
    if plan.operations:
        notes += standardizing.notes(plan.standardizing)
        if plan.standardizing.preprocessing_function is not None:
            notes.append("not said here: preprocessing_function; the model standardizes instead")
    return notes


def _data() -> str:
    shared = (
        "    target_size=IMAGE_SIZE,\n    batch_size=BATCH_SIZE,\n"
        '    interpolation="bilinear",  # instead of the nearest pixel\n'
    )
    return (
        "# Validation images are the first files of each class, through a generator of their own: "
        "one\n# that augments would augment its validation images too.\n"
        "training = augmentation.flow_from_directory(\n    DATA,\n"
        f'    subset="training",\n{shared}    seed=SEED,\n)\n'
        "validation = unaugmented.flow_from_directory(\n    DATA,\n"
        f'    subset="validation",\n{shared}    shuffle=False,\n)'
    )


def _plain(generator: str) -> str:
    return (
        f"plain = {generator}.flow_from_directory(\n    DATA,\n"
        '    subset="training",\n    target_size=IMAGE_SIZE,\n    batch_size=BATCH_SIZE,\n'
        '    interpolation="bilinear",\n    shuffle=False,\n)'
    )


def _fitted(spec: AugmentationSpec) -> str:
    """Return the fit of featurewise words; empty for none."""
    if not standardizing.fits(spec):
        return ""
    raw = Call("ImageDataGenerator", {"validation_split": Code("VALIDATION_SHARE")})
    return (
        "# fit rescales images itself, so it wants them as they are in the files.\n"
        + call(raw, before="raw = ")
        + f"\n{_plain('raw')}\n"
        f"images = {_PLAIN_IMAGES}\n"
        "augmentation.fit(images)\nunaugmented.fit(images)"
    )


def _mixed(plan: Plan) -> str:
    """Return the layers that change batches after the generator, and what calls them."""
    layers = operations.named_layers(plan.operations)
    steps = [
        (
            f'        mixed = {name}({{"images": images, "labels": labels}})\n'
            '        images, labels = mixed["images"], mixed["labels"]'
            if operation in plan.mixing
            else f"        images = {name}(images, training=True)"
        )
        for (name, _), operation in zip(layers, plan.operations, strict=True)
    ]
    plain = f"\n\n{_plain('unaugmented')}" if standardizing.fits(plan.standardizing) else ""
    return (
        "\n".join(layer for _, layer in layers)
        + '\n\n\nclass Changed(keras.utils.PyDataset):\n    """Batches of ImageDataGenerator, '
        'changed by layers."""\n\n'
        "    def __init__(self, batches):\n        super().__init__()\n"
        "        self.batches = batches\n\n"
        "    def __len__(self):\n        return len(self.batches)\n\n"
        "    def __getitem__(self, index):\n        images, labels = self.batches[index]\n"
        + "\n".join(steps)
        + "\n        return keras.ops.convert_to_numpy(images), "
        "keras.ops.convert_to_numpy(labels)\n\n"
        "    def on_epoch_end(self):\n        self.batches.on_epoch_end()\n\n\n"
        f"training = Changed(training){plain}"
    )
