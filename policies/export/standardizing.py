"""How a spec's standardizing words are written as the first layers of a Keras model."""

from __future__ import annotations

from augbench.policies.export.writing import Call, Code
from augbench.policies.named_objects import name_of
from augbench.policies.spec.spec import AugmentationSpec


def factor(spec: AugmentationSpec) -> Code:
    """Return the rescaling factor as Python."""
    if spec.rescale == 1 / 255:
        return Code("1 / 255")
    return Code("1" if spec.rescale is None else repr(spec.rescale))


def layers_of(spec: AugmentationSpec) -> list[Call | Code]:
    """Return the layers that standardize images 0…255, a fitted one by its name."""
    layers: list[Call | Code] = []
    if spec.rescale is not None:
        layers.append(Call("layers.Rescaling", {"scale": factor(spec)}))
    if spec.samplewise_std_normalization:
        layers.append(
            Call(
                "layers.LayerNormalization",
                {"axis": (1, 2, 3), "epsilon": Code("1e-12"), "center": False, "scale": False},
                above=("samplewise: each image less its own mean, by its own deviation",),
            )
        )
    elif spec.samplewise_center:
        layers.append(
            Call(
                "layers.Lambda",
                {"function": Code("lambda x: x - keras.ops.mean(x, (1, 2, 3), keepdims=True)")},
                above=("samplewise_center: each image less its own mean",),
            )
        )
    if fits(spec):
        layers.append(Code("normalization"))
    return layers


def fits(spec: AugmentationSpec) -> bool:
    """Return whether words are fitted on the training images."""
    return spec.featurewise_center or spec.featurewise_std_normalization or spec.zca_whitening


def fitting(spec: AugmentationSpec, images: str) -> str:
    """Return the layer that is fitted on training images, and its fit; empty for none.

    Args:
        spec: the words.
        images: Python that gives all training images, not augmented.
    """
    if not fits(spec):
        return ""
    rescaled = "" if spec.rescale is None else f" * ({factor(spec)})"
    return f"normalization = layers.Normalization()\nnormalization.adapt({images}{rescaled})"


def notes(spec: AugmentationSpec) -> list[str]:
    """Return what the layers do otherwise than the words say."""
    differences = []
    if spec.zca_whitening:
        differences.append(
            "not said here: zca_whitening, for which Keras has no layer (ImageDataGenerator has "
            "it); the nearest is to centre and scale each channel"
        )
    elif spec.featurewise_center and not spec.featurewise_std_normalization:
        differences.append("featurewise_center: Normalization also divides by the deviation")
    return differences


def function_of(spec: AugmentationSpec) -> tuple[str, str]:
    """Return the import of ``preprocessing_function`` and its name; empty for none."""
    if spec.preprocessing_function is None:
        return "", ""
    module, _, name = name_of(spec.preprocessing_function).partition(":")
    first, _, rest = name.partition(".")
    return f"from {module} import {first}", f"{first}.{rest}" if rest else first
