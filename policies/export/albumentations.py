"""What a policy looks like as a script with Albumentations' own transforms."""

from __future__ import annotations

from typing import Any

from augbench.policies.engines.base import engine_class
from augbench.policies.engines.stock import stock_words
from augbench.policies.export import appearance, automatic, operations, script, standardizing
from augbench.policies.export.plan import Augment, Operation, Pipeline, Plan, Step, documented
from augbench.policies.export.writing import Call, Code, assigned, literal, number
from augbench.policies.spec.spec import AugmentationSpec

_SHIFTS = {"width_shift_range": "WIDTH", "height_shift_range": "HEIGHT"}


def code(plan: Plan) -> str:
    """Return the script."""
    imported, function = standardizing.function_of(plan.standardizing)
    transforms: list[Call | Code] = [
        transform for step in plan.steps for transform in _transforms(step, plan)
    ]
    packages = "albumentations==2.0.8 opencv-python-headless keras tensorflow"
    mixing = operations.named_layers(plan.mixing)
    sections = [
        script.header(plan, "Albumentations", packages),
        _imports(imported),
        script.constants(plan, "of the split, the order of images and what Albumentations draws"),
        script.comments(_notes(plan)),
        "HEIGHT, WIDTH = IMAGE_SIZE",
        *[
            automatic.choice(name, operation, plan.image_size)
            for name, operation in zip(
                operations.names(plan.automatic), plan.automatic, strict=True
            )
        ],
        assigned("augmentation", "A.Compose", transforms) + "\n" + _SEEDED,
        "\n".join(layer for _, layer in mixing),
        "\n" + _dataset([name for name, _ in mixing], function),
        "\n" + _DATA,
        _fitted(plan.standardizing),
        script.model(plan, "len(classes)"),
    ]
    return script.joined(*sections)


_SEEDED = (
    "# not by Compose(seed=SEED), which gives every transform the same numbers: flips would come\n"
    "# together or not at all\n"
    "augmentation.set_random_state(np.random.default_rng(SEED), random.Random(SEED))"
)
_DATA = """\
classes = sorted(folder.name for folder in Path(DATA).iterdir() if folder.is_dir())
training_files, validation_files = [], []
for number, name in enumerate(classes):
    files = [
        (file, number)
        for file in sorted(Path(DATA, name).rglob("*"))
        if file.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
    ]
    random.Random(SEED).shuffle(files)
    split = round(len(files) * VALIDATION_SHARE)
    validation_files += files[:split]
    training_files += files[split:]
training = Images(training_files, len(classes), augmentation)
validation = Images(validation_files, len(classes))"""


def _fitted(spec: AugmentationSpec) -> str:
    """Return the fit of featurewise words; empty for none."""
    images = "np.concatenate([plain[batch][0] for batch in range(len(plain))])"
    fitting = standardizing.fitting(spec, images)
    return f"plain = Images(training_files, len(classes))\n{fitting}" if fitting else ""


def _imports(imported: str) -> str:
    lines = [
        "import math",
        "import os",
        "import random",
        "from pathlib import Path",
        "",
        'os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # or its import looks at the network',
        "",
        "import albumentations as A",
        "import cv2",
        "import keras",
        "import numpy as np",
        "from keras import layers",
    ]
    return "\n".join([*lines, *(["", imported] if imported else [])])


def _dataset(mixing: list[str], function: str) -> str:
    """Return the class that reads, augments and mixes batches."""
    lines = [
        "class Images(keras.utils.PyDataset):",
        '    """Batches of images 0…255 with one-hot labels, read when they are needed."""',
        "",
        "    def __init__(self, files, classes, augmentation=None):",
        "        # one worker: a Compose draws from a generator of its own, one image at a time",
        "        super().__init__(workers=1, use_multiprocessing=False)",
        "        self.files, self.classes, self.augmentation = list(files), classes, augmentation",
        "        self.order = random.Random(SEED)",
        "",
        "    def __len__(self):",
        "        return math.ceil(len(self.files) / BATCH_SIZE)",
        "",
        "    def __getitem__(self, index):",
        "        batch = self.files[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]",
        "        images = np.stack([self.read(file) for file, _ in batch]).astype(np.float32)",
        "        labels = keras.utils.to_categorical([label for _, label in batch], self.classes)",
    ]
    if mixing:
        lines.append("        if self.augmentation is not None:")
        for name in mixing:
            lines += [
                f'            mixed = {name}({{"images": images, "labels": labels}})',
                '            images, labels = mixed["images"], mixed["labels"]',
            ]
        lines += [
            "            images = keras.ops.convert_to_numpy(images)",
            "            labels = keras.ops.convert_to_numpy(labels)",
        ]
    lines += [
        "        return images, labels",
        "",
        "    def read(self, file):",
        '        """Return an image as uint8 RGB, augmented where there is an augmentation."""',
        "        image = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)",
        "        image = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)",
        "        if self.augmentation is not None:",
        '            image = self.augmentation(image=image)["image"]',
        f"        return {f'{function}(image.astype(np.float32))' if function else 'image'}",
        "",
        "    def on_epoch_end(self):",
        "        if self.augmentation is not None:",
        "            self.order.shuffle(self.files)",
    ]
    return "\n".join(lines)


def _transforms(step: Step, plan: Plan) -> list[Call | Code]:
    if isinstance(step, Augment):
        spec, _ = documented(step.spec)
        return [_stock(name, words, spec) for name, words in stock_words(spec, plan.image_size)]
    if isinstance(step, Pipeline):
        kind = "json" if step.file.lower().endswith(".json") else "yaml"
        return [Code(f"A.load({literal(step.file)}, data_format={literal(kind)})")]
    if isinstance(step, Operation) and step in plan.automatic:
        name = operations.names(plan.automatic)[plan.automatic.index(step)]
        return [Code(name)] * step.options.get("n", 1)
    if isinstance(step, Operation) and step not in plan.mixing:
        return [appearance.transform_of(step)]
    return []


def _stock(name: str, words: dict[str, Any], spec: AugmentationSpec) -> Call:
    """Return a transform of the nearest stock pipeline, without what does nothing."""
    if name != "Affine":
        return _colour(name, words, spec)
    low, high = spec.zoom
    given: dict[str, Any] = {}
    beside: dict[str, str] = {}
    if spec.zoom != (1.0, 1.0):
        scale = (Code(f"1 / {number(max(high, 1e-3))}"), Code(f"1 / {number(max(low, 1e-3))}"))
        given["scale"] = {"x": scale, "y": scale}
        beside["scale"] = "factors of zoom_range above 1 zoom out"
        if low < 1 < high:
            given["balanced_scale"] = True
            beside["balanced_scale"] = "out as often as in"
    if any(words["translate_px"]["x"]) or any(words["translate_px"]["y"]):
        reach = {axis: _reach(spec, word) for axis, word in zip("xy", _SHIFTS, strict=True)}
        given["translate_px"] = {
            axis: (Code(f"-{text}"), Code(text)) for axis, text in reach.items()
        }
        beside["translate_px"] = "whole pixels"
    if spec.rotation_range:
        given["rotate"] = words["rotate"]
    if spec.shear_range:
        given["shear"] = words["shear"]
        beside["shear"] = "degrees"
    given["interpolation"] = _constant(words["interpolation"], "INTER_")
    given["border_mode"] = _constant(words["border_mode"], "BORDER_")
    if spec.cval and spec.fill_mode in ("constant", "grid-constant"):
        given["fill"] = spec.cval
    return Call("A.Affine", {**given, "p": 1.0}, beside)


def _reach(spec: AugmentationSpec, word: str) -> str:
    """Return the largest shift in whole pixels, as Python."""
    value = getattr(spec, word)
    if isinstance(value, tuple):
        largest, shares = max(map(abs, value)), max(value) < 1
    elif isinstance(value, int):
        largest, shares = max(value - 1, 0), False
    else:
        largest, shares = value, value < 1
    if not largest:
        return "0"
    return f"round({number(largest)} * {_SHIFTS[word]})" if shares else number(round(largest))


def _constant(value: int, beginning: str) -> Code:
    """Return the name of a number of OpenCV's."""
    import cv2

    names = (
        *("REPLICATE", "REFLECT", "REFLECT_101", "CONSTANT", "WRAP"),
        *("NEAREST", "LINEAR", "CUBIC"),
    )
    known = {getattr(cv2, f"{beginning}{name}", None): name for name in reversed(names)}
    return Code(f"cv2.{beginning}{known[value]}")


def _colour(name: str, words: dict[str, Any], spec: AugmentationSpec) -> Call:
    """Return a flip, a channel shift or a brightness, with what is different above it."""
    above: tuple[str, ...] = ()
    if words.get("brightness_limit", (0.0, 0.0)) != (0.0, 0.0):
        part = f"{number(spec.channel_shift_range)} / 255"
        words = {**words, "brightness_limit": (Code(f"-{part}"), Code(part))}
        above = (script.CHANNEL_SHIFT,)
    elif "contrast_limit" in words:
        above = ("brightness_range: contrast multiplies all levels here, and rounds",)
    return Call(f"A.{name}", words, above=above)


def _notes(plan: Plan) -> list[str]:
    engine = engine_class("albumentations")
    notes = script.unsaid(plan)
    for given in plan.specs:
        spec, differences = documented(given)
        notes += differences + [f"not said here: {word}" for word in engine.inexpressible(spec)]
        notes += _affine_notes(spec)
    notes += script.cautions(plan) + standardizing.notes(plan.standardizing)
    return notes


def _affine_notes(spec: AugmentationSpec) -> list[str]:
    if not spec.affine:
        return []
    turned = [spec.rotation_range, spec.shear_range, spec.zoom != (1.0, 1.0)]
    notes = []
    if sum(map(bool, turned)) + any(getattr(spec, word) for word in _SHIFTS) > 1:
        notes.append(
            "Affine turns, shears, zooms and shifts in another order than ImageDataGenerator: the "
            "same ranges, not the same pictures"
        )
    notes += script.spanned_choices(spec)
    if spec.fill_mode == "constant":
        notes.append("fill_mode='constant' cuts hard at the edge; OpenCV's fades over one pixel")
    if spec.fill_mode == "wrap":
        notes.append("fill_mode='wrap' repeats every n-1 pixels; OpenCV's repeats every n")
    if spec.interpolation_order > 1:
        notes.append(f"interpolation_order={spec.interpolation_order}: here OpenCV's cubic")
    return notes
