"""What the scripts of all targets have in common: header, constants, model, training."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from augbench.policies.export.plan import Pipeline, Plan, Unknown
from augbench.policies.export.standardizing import layers_of
from augbench.policies.export.writing import WIDTH, Call, Code, comment, listed, literal
from augbench.policies.spec.spec import AugmentationSpec

SHIFTS = ("width_shift_range", "height_shift_range")
#: how brightness is limited where not by ImageDataGenerator
CHANNEL_SHIFT = (
    "channel_shift_range: clipped to 0..255, not to the image's own darkest and brightest value"
)


def header(plan: Plan, library: str, packages: str) -> str:
    """Return the docstring of a script: what it does, from which words, what it needs."""
    lines = [
        f"Train a small CNN on images in class folders, augmented with {library}.",
        "",
        textwrap.fill(
            f"The augmentation is {plan.title}, exported by augbench, which is not needed here.",
            WIDTH,
            break_on_hyphens=False,
        ),
        *(_words(spec.to_dict()) for spec in plan.specs),
        "Validation images are never augmented.",
        "",
        f"Needs: pip install {packages}",
    ]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}\n"""'


def _words(words: dict[str, object]) -> str:
    if not words:
        return "It is empty: nothing is augmented."
    text = ", ".join(f"{word}={literal(value)}" for word, value in words.items())
    return textwrap.fill(f"In the words of ImageDataGenerator: {text}.", WIDTH)


def constants(plan: Plan, seed: str) -> str:
    """Return the constants at the top of a script; ``seed`` says what the seed is of."""
    height, width = plan.image_size
    lines = [
        *_beforehand(plan),
        f"DATA = {literal(plan.data)}  # a folder of images for each class",
        f"IMAGE_SIZE = ({height}, {width})  # height, width",
        f"BATCH_SIZE = {plan.batch_size}",
        f"EPOCHS = {plan.epochs}",
        "VALIDATION_SHARE = 0.2",
        f"SEED = 0  # {seed}",
    ]
    return "\n".join(lines)


def _beforehand(plan: Plan) -> list[str]:
    """Return how the training set is enlarged before, as comments."""
    if not plan.enlarging:
        return []
    order = f"augbench.expand({plan.enlarging!r}, data={plan.data!r}, out='enlarged')"
    return [
        "# The policy enlarges the training set before, for which augbench is needed:",
        f"#     {order}",
        "# Then train on 'enlarged' alone (VALIDATION_SHARE = 0), and validate on real images that",
        "# were kept out of it.",
    ]


def unsaid(plan: Plan) -> list[str]:
    """Return a sentence for each step that no library has."""
    return [
        f"not said here: {step.text}, a policy of your own; call it on the images of a batch"
        for step in plan.steps
        if isinstance(step, Unknown)
    ]


def unsaid_pipelines(plan: Plan) -> list[str]:
    """Return a sentence for each pipeline of Albumentations', which no other library has."""
    return [
        f"not said here: the pipeline {step.file}, which is Albumentations' own"
        for step in plan.steps
        if isinstance(step, Pipeline)
    ]


def spanned_choices(spec: AugmentationSpec) -> list[str]:
    """Return a sentence for each shift by one of several values, where a range stands for them."""
    notes = []
    for word in SHIFTS:
        value = getattr(spec, word)
        if isinstance(value, tuple) or (isinstance(value, int) and value > 1):
            shown = list(value) if isinstance(value, tuple) else value
            notes.append(
                f"{word}={shown} is a choice of values; here it is the range that they span"
            )
    return notes


def cautions(plan: Plan) -> list[str]:
    """Return a sentence for each word that is probably not what was meant."""
    return [caution for spec in plan.specs for caution in spec.cautions()]


def comments(texts: Sequence[str]) -> str:
    """Return each text once as comment lines; empty for none."""
    return "\n".join(comment(text) for text in dict.fromkeys(texts))


def model(plan: Plan, classes: str, *, standardized: bool = False) -> str:
    """Return the model, its compilation and its training.

    Args:
        plan: what is exported.
        classes: Python that gives the number of classes.
        standardized: whether images come as the model is to see them.
    """
    before = [] if standardized else layers_of(plan.standardizing)
    inner = [
        Call("layers.Input", {"shape": Code("(*IMAGE_SIZE, 3)")}),
        *before,
    ]
    network = """\
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),"""
    return (
        f"model = keras.Sequential(\n    [\n{listed(inner, 8)}\n{network}\n"
        f'        layers.Dense({classes}, activation="softmax"),\n    ]\n)\n'
        'model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])\n'
        "model.fit(training, validation_data=validation, epochs=EPOCHS)"
    )


def joined(*sections: str) -> str:
    """Return a script of its sections, a blank line between them."""
    return "\n\n".join(section for section in sections if section) + "\n"
