"""How colour jitter, noise, blur and erasing are written, in Albumentations and in Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from augbench.policies.augment.noise_and_blur import WEAKEST_BLUR
from augbench.policies.export.plan import Operation
from augbench.policies.export.writing import Call, Code, number

Options = Mapping[str, Any]
#: px of the widest Gaussian that Keras' layer takes
_WIDEST_OF_KERAS = 1.0


def transform_of(operation: Operation) -> Call:
    """Return the transform of Albumentations' that is nearest, with what is different above it."""
    return TRANSFORMS[operation.name](operation.options)


def layers_of(operation: Operation) -> list[Call]:
    """Return the Keras layers that are nearest, for images 0…255, with what is different above."""
    return LAYERS[operation.name](operation.options)


def _color_jitter(options: Options) -> Call:
    hue, saturation = options["hue"], options["saturation"]
    same = (1, 1)
    words = {
        "brightness": same,
        "contrast": same,
        "saturation": (1 - saturation, 1 + saturation),
        "hue": (-hue, hue),
        "p": 1,
    }
    return Call("A.ColorJitter", words, above=("hues are turned in steps of 2 degrees",))


def _gauss_noise(options: Options) -> Call:
    return Call("A.GaussNoise", {"std_range": (0, options["std"]), "p": 1})


def _gaussian_blur(options: Options) -> Call:
    reach = (WEAKEST_BLUR, options["sigma"])
    return Call("A.GaussianBlur", {"sigma_limit": reach, "p": options["p"]}, {"sigma_limit": "px"})


def _box(options: Options) -> Call:
    low, high = options["ratio"]
    note = (
        "draws the shape of the box evenly, not on a logarithmic scale, and no box larger than the "
        "slimmest that fits"
    )
    words = {
        "scale": tuple(options["scale"]),
        "ratio": (1 / high, 1 / low),
        "fill": options["fill"],
        "p": options["p"],
    }
    return Call("A.Erasing", words, {"ratio": "width / height"}, (note,))


def _colour(options: Options) -> list[Call]:
    hue, saturation = options["hue"], options["saturation"]
    # the layer multiplies by f / (1 - f)
    factors = [factor / (1 + factor) for factor in (1 - saturation, 1 + saturation)]
    faded = Call(
        "layers.RandomSaturation",
        {"factor": tuple(factors), "value_range": (0, 1)},
        {
            "factor": f"f / (1 - f) is from {1 - saturation:g} to {1 + saturation:g}",
            "value_range": "of the saturation, whatever that of the image",
        },
        ("the nearest to colours blended with grey: the saturation of HSV is multiplied",),
    )
    turned = Call("layers.RandomHue", {"factor": 2 * hue}, {"factor": "parts of half a circle"})
    return [faded, turned]


def _noise(options: Options) -> list[Call]:
    std = options["std"]
    note = (
        f"the nearest to a deviation drawn from 0 to {number(std)} for each image: the same for "
        "all, with as much variance; values are not clipped"
    )
    fixed = Code(f"{number(std)} / 3**0.5")
    return [
        Call("layers.Rescaling", {"scale": Code("1 / 255")}, above=(note,)),
        Call("layers.GaussianNoise", {"stddev": fixed}),
        Call("layers.Rescaling", {"scale": 255}),
    ]


def _blur(options: Options) -> list[Call]:
    sigma, p = options["sigma"], options["p"]
    widest = min(sigma, _WIDEST_OF_KERAS)
    note = "the nearest to gaussianblur: Keras draws the deviation once for a whole batch"
    if sigma > widest:
        note += f", of {widest:g} px at most, not {sigma:g}"
    words = {
        "factor": (p, p),
        "kernel_size": 2 * math.floor(3.5 * widest) + 1,
        "sigma": (WEAKEST_BLUR, widest),
    }
    beside = {"factor": "the probability, from and to", "sigma": "px"}
    return [Call("layers.RandomGaussianBlur", words, beside, (note,))]


def _erasing(options: Options) -> list[Call]:
    low, high = (number(end) for end in options["ratio"])
    note = (
        "the nearest to randomerasing: Keras draws both sides of the box by themselves, not a "
        f"ratio from {low} to {high}"
    )
    fill = options["fill"]
    if fill == "random":
        note += ", and covers it with values of which half are 0 and a third are 255"
    words = {
        "factor": (options["p"], options["p"]),
        "scale": tuple(options["scale"]),
        "fill_value": None if fill == "random" else fill,
    }
    beside = {"factor": "the probability, from and to"}
    return [Call("layers.RandomErasing", words, beside, (note,))]


#: name of a policy -> how Albumentations has it
TRANSFORMS: Mapping[str, Callable[[Options], Call]] = {
    "colorjitter": _color_jitter,
    "gaussiannoise": _gauss_noise,
    "gaussianblur": _gaussian_blur,
    "randomerasing": _box,
}
#: name of a policy -> how Keras has it
LAYERS: Mapping[str, Callable[[Options], list[Call]]] = {
    "colorjitter": _colour,
    "gaussiannoise": _noise,
    "gaussianblur": _blur,
    "randomerasing": _erasing,
}
