"""What do the words of other Albumentations versions mean in the installed one? A table.

Checked against the sources of 1.3.1, 1.4.24 and 2.0.x. What is not here has one name and one
meaning in all of them, or is refused as unknown. `docs/pipelines.md` shows this table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NO_SCALING = "leave out Normalize, ToFloat and ToTensor: one shared rescale follows"
Arguments = dict[str, Any]


class Untranslatable(Exception):
    """An argument cannot be said in the installed version; the text says what to write instead."""

    def __init__(self, argument: str, advice: str) -> None:
        super().__init__(advice)
        self.argument = argument


@dataclass(frozen=True)
class Word:
    """One argument of the installed version, and what says the same in others.

    Attributes:
        old: the arguments of another version.
        new: the argument of the installed one; empty where the old ones have no meaning left.
        value: called with the values of ``old`` in order, None for one that is absent.
        said: how the value comes about.
    """

    old: tuple[str, ...]
    new: str
    value: Callable[..., Any]
    said: str = "the same value"


@dataclass(frozen=True)
class Replaced:
    """A class that is gone and whose effect another has.

    Attributes:
        by: called with the old arguments, ``p`` among them; returns a description of the new one.
        said: what that is.
    """

    by: Callable[[Arguments], Arguments]
    said: str


@dataclass(frozen=True)
class Refused:
    """An argument that has no equal in the installed version.

    Attributes:
        harmless: whether a value of it does nothing, so that it can be left out.
        advice: what to write instead.
    """

    harmless: Callable[[Any], bool]
    advice: str


def _same(value: Any) -> Any:
    return value


def _or_black(value: Any) -> Any:
    return 0 if value is None else value


def _pair(low: Any, high: Any) -> list[Any]:
    return [high if low is None else low, low if high is None else high]


def _deviations(variances: Any) -> list[float]:
    low, high = variances if isinstance(variances, (list, tuple)) else (0, variances)
    return [math.sqrt(low) / 255, math.sqrt(high) / 255]


def _holes(least: Any, most: Any) -> list[Any]:
    most = 8 if most is None else most  # 1.3's own default
    return [most if least is None else least, most]


def _levels(value: Any) -> list[float]:
    low, high = value if isinstance(value, (list, tuple)) else (value, value)
    return [low / 255, high / 255]


def _both(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return dict.fromkeys(("upscale", "downscale"), 0 if value is None else value)


def _compression(value: Any) -> Any:
    return {0: "jpeg", 1: "webp"}.get(value, value) if not isinstance(value, bool) else value


def _border(value: Any) -> Any:
    """Return OpenCV's number of a border that scikit-image names."""
    names = {"constant": 0, "edge": 1, "symmetric": 2, "reflect": 4, "wrap": 3}
    return names.get(value, value) if isinstance(value, str) else value


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _nothing(value: Any) -> bool:
    zeros = (0, None)
    return value in zeros or (isinstance(value, (list, tuple)) and all(x in zeros for x in value))


def _range(stem: str, new: str = "", meaning: str = "[lower, upper]") -> Word:
    return Word((f"{stem}_lower", f"{stem}_upper"), new or f"{stem}_range", _pair, meaning)


def _beside(*names: str) -> Word:
    return Word(names, "", _same, "nothing: 2.0 writes it beside what counts")


_STRIPES = (
    _beside("fill", "fill_mask", "mask_x_length", "mask_y_length", "num_masks_x", "num_masks_y"),
)
_BLACK = "null is black, 0"
_FILL = (
    Word(("value",), "fill", _or_black, _BLACK),
    Word(("mask_value",), "fill_mask", _or_black, _BLACK),
)
_FILL_VALUE = (
    Word(("fill_value",), "fill", _or_black, _BLACK),
    Word(("mask_fill_value",), "fill_mask", _same),
)
_CVAL = (
    Word(("cval",), "fill", _or_black, _BLACK),
    Word(("cval_mask",), "fill_mask", _or_black, _BLACK),
    Word(("mode",), "border_mode", _border, "OpenCV's number"),
)
_PAD = (
    Word(("pad_mode",), "border_mode", _same),
    Word(("pad_cval",), "fill", _or_black, _BLACK),
    Word(("pad_cval_mask",), "fill_mask", _or_black, _BLACK),
)
_SIZE = (
    Word(("height", "width"), "size", lambda height, width: [height, width], "[height, width]"),
)
_QUALITY = (
    _range("quality"),
    Word(("compression_type",), "compression_type", _compression, "0 is 'jpeg', 1 is 'webp'"),
)

#: class -> its arguments that had other names or units
WORDS: dict[str, tuple[Word, ...]] = {
    "AdvancedBlur": (
        Word(("sigmaX_limit",), "sigma_x_limit", _same),
        Word(("sigmaY_limit",), "sigma_y_limit", _same),
    ),
    "Affine": _CVAL,
    "CenterCrop": _PAD,
    "ChannelDropout": _FILL_VALUE[:1],
    "CoarseDropout": (
        Word(("min_holes", "max_holes"), "num_holes_range", _holes, "[min, max]"),
        Word(("min_height", "max_height"), "hole_height_range", _holes, "[min, max]"),
        Word(("min_width", "max_width"), "hole_width_range", _holes, "[min, max]"),
        *_FILL_VALUE,
    ),
    "Crop": _PAD,
    "CropAndPad": _PAD,
    "Downscale": (
        Word(("scale_min", "scale_max"), "scale_range", _pair, "[min, max]"),
        Word(("interpolation",), "interpolation_pair", _both, "of both directions"),
    ),
    "ElasticTransform": _FILL,
    "GaussNoise": (
        Word(("var_limit",), "std_range", _deviations, "√variance / 255, at both ends"),
        Word(("mean",), "mean_range", lambda mean: [mean / 255] * 2, "[mean / 255, mean / 255]"),
    ),
    "GridDistortion": _FILL,
    "GridDropout": (
        Word(
            ("shift_x", "shift_y"),
            "shift_xy",
            lambda x, y: [x or 0, y or 0],
            "[shift_x, shift_y]",
        ),
        *_FILL_VALUE,
    ),
    "ImageCompression": _QUALITY,
    "MaskDropout": (
        Word(("image_fill_value",), "fill", _same),
        Word(("mask_fill_value",), "fill_mask", _same),
    ),
    "OpticalDistortion": _FILL,
    "PadIfNeeded": (*_FILL, _beside("padding")),
    "Perspective": (
        Word(("pad_mode",), "border_mode", _same),
        Word(("pad_val",), "fill", _or_black, _BLACK),
        Word(("mask_pad_val",), "fill_mask", _or_black, _BLACK),
    ),
    "PiecewiseAffine": (
        *_CVAL,
        Word(("keypoints_threshold",), "", _same, "nothing: it was about key points"),
    ),
    "RGBShift": (_beside("approximation", "noise_params", "noise_type", "spatial_mode"),),
    "RandomCrop": _PAD,
    "RandomFog": (_range("fog_coef"),),
    "RandomGamma": (Word(("eps",), "", _same, "nothing: it had no effect"),),
    "RandomRain": (
        _range("slant"),
        Word(("rain_type",), "rain_type", lambda kind: kind or "default", "null is 'default'"),
    ),
    "RandomResizedCrop": _SIZE,
    "RandomShadow": (_range("num_shadows", "num_shadows_limit"),),
    "RandomSizedCrop": _SIZE,
    "RandomSnow": (_range("snow_point"),),
    "RandomSunFlare": (_range("angle"), _range("num_flare_circles")),
    "Rotate": _FILL,
    "SafeRotate": (
        *_FILL,
        _beside("balanced_scale", "fit_output", "keep_ratio", "rotate", "scale", "shear"),
        _beside("translate_percent", "translate_px"),
    ),
    "ShiftScaleRotate": _FILL,
    "Spatter": (Word(("mode",), "mode", _only, "a list of one is that one"),),
    "Solarize": (Word(("threshold",), "threshold_range", _levels, "threshold / 255"),),
    "CenterCrop3D": (_beside("pad_position"),),
    "FrequencyMasking": _STRIPES,
    "RandomCrop3D": (_beside("pad_position"),),
    "TimeMasking": _STRIPES,
    "XYMasking": _FILL_VALUE,
}


def _named(name: str, **fixed: Any) -> Callable[[Arguments], Arguments]:
    return lambda old: {"__class_fullname__": name, **old, **fixed}


def _flip(old: Arguments) -> Arguments:
    """Return one of the three flips, each as often."""

    def always(name: str, **more: Any) -> Arguments:
        return {"__class_fullname__": name, "p": 1.0, **more}

    across, down = always("HorizontalFlip"), always("VerticalFlip")
    three = [across, down, always("Sequential", transforms=[across, down])]
    return {"__class_fullname__": "OneOf", "transforms": three, "p": old["p"]}


def _brightness(old: Arguments) -> Arguments:
    limit = old.pop("limit", 0.2)
    return _named("RandomBrightnessContrast", brightness_limit=limit, contrast_limit=[0, 0])(old)


def _contrast(old: Arguments) -> Arguments:
    limit = old.pop("limit", 0.2)
    return _named("RandomBrightnessContrast", brightness_limit=[0, 0], contrast_limit=limit)(old)


#: class that is gone -> what does the same
REPLACED = {
    "Flip": Replaced(_flip, "OneOf of HorizontalFlip, VerticalFlip and both"),
    "IAAFliplr": Replaced(_named("HorizontalFlip"), "HorizontalFlip"),
    "IAAFlipud": Replaced(_named("VerticalFlip"), "VerticalFlip"),
    "JpegCompression": Replaced(
        _named("ImageCompression", compression_type="jpeg"), "ImageCompression"
    ),
    "RandomBrightness": Replaced(
        _brightness, "RandomBrightnessContrast with brightness_limit=limit, contrast_limit=0"
    ),
    "RandomContrast": Replaced(
        _contrast, "RandomBrightnessContrast with contrast_limit=limit, brightness_limit=0"
    ),
}

_LAMBDA = (
    "a file cannot hold its function; put the pipeline into a module of your own, "
    "and name it in place of the file: package.module:PIPELINE"
)
_IAA = {
    "IAAAdditiveGaussianNoise": "GaussNoise(std_range=[scale / 255, …])",
    "IAAAffine": "Affine",
    "IAACropAndPad": "CropAndPad",
    "IAAEmboss": "Emboss",
    "IAAPerspective": "Perspective",
    "IAAPiecewiseAffine": "PiecewiseAffine",
    "IAASharpen": "Sharpen",
    "IAASuperpixels": "Superpixels",
}

#: class that is gone, or that no file can hold -> what to write instead
GONE = {
    "Cutout": "later versions have none; write CoarseDropout(num_holes_range=…, "
    "hole_height_range=…, hole_width_range=…), whose holes lie wholly inside the image",
    "Lambda": _LAMBDA,
    "TemplateTransform": _LAMBDA.replace("function", "images"),
    "PerChannel": "later versions have none; write "
    "SelectiveChannelTransform(transforms=…, channels=…)",
    "ToTensor": NO_SCALING,
    "ToTensorV2": NO_SCALING,
    "ToTensor3D": NO_SCALING,
    **{
        name: f"later versions have none; write {new}, with its own arguments"
        for name, new in _IAA.items()
    },
}

_GRID = "write unit_size_range=[min, max] or holes_number_xy=[x, y], which lay out another grid"

#: class -> its arguments that have no equal
REFUSED: dict[str, dict[str, Refused]] = {
    "ElasticTransform": {
        "alpha_affine": Refused(
            _nothing, "leave it out, and write an Affine before it for the part that it moved"
        )
    },
    "GridDropout": {
        name: Refused(lambda value: value is None, _GRID)
        for name in ("unit_size_min", "unit_size_max", "holes_number_x", "holes_number_y")
    },
    "OpticalDistortion": {
        "shift_limit": Refused(
            _nothing, "leave it out, and write an Affine with translate_percent for the shift"
        )
    },
}

Version = tuple[int, ...]

#: class -> the version since which the same words give something else: measured on one image, the
#: mean change differs by 25 % (Perspective) up to a factor of 20 (RandomFog); ElasticTransform
#: divides its noise by the largest of it and moves pixels a third to a quarter as far
REDRAWN: dict[str, Version] = {
    "ElasticTransform": (2, 0, 3),
    **dict.fromkeys(
        (
            "FancyPCA",
            "GridDropout",
            "ISONoise",
            "MotionBlur",
            "Perspective",
            "RandomFog",
            "RandomGravel",
            "RandomRain",
            "RandomSunFlare",
            "UnsharpMask",
        ),
        (2, 0),
    ),
}


@dataclass(frozen=True)
class Default:
    """What an argument that is absent meant before some version.

    Attributes:
        value: what it was then.
        until: the first version with another default.
        since: that one, where a version that can be installed has the old one.
    """

    value: Any
    until: Version
    since: Any = None


_MIRROR = {"border_mode": Default(4, (2,), since=0)}

#: class -> arguments whose defaults were others
DEFAULTS: dict[str, dict[str, Default]] = {
    "ElasticTransform": {**_MIRROR, "noise_distribution": Default("uniform", (1, 4))},
    "GaussNoise": {"var_limit": Default([10.0, 50.0], (1, 4))},
    "GaussianBlur": {
        "blur_limit": Default([3, 7], (2, 0, 1), since=0),
        "sigma_limit": Default(0, (2, 0, 1), since=[0.5, 3.0]),
    },
    "GridDistortion": {**_MIRROR, "normalized": Default(False, (1, 4))},
    "GridDropout": {"random_offset": Default(False, (1, 4))},
    "OpticalDistortion": _MIRROR,
    "PadIfNeeded": _MIRROR,
    "RandomRotate90": {"p": Default(0.5, (2,), since=1.0)},
    "Rotate": _MIRROR,
    "SafeRotate": _MIRROR,
    "ShiftScaleRotate": _MIRROR,
    "SomeOf": {"replace": Default(True, (1, 4))},
}


#: the first version in which GaussianBlur draws its width itself
OWN_SIGMA: Version = (2, 0, 1)
#: the first version in which the members of SomeOf have chances of their own
OWN_CHANCES: Version = (2, 0, 6)


def _gaussian_sigma(arguments: Arguments, version: Version, here: Version) -> Arguments:
    """Return GaussianBlur with the width that OpenCV takes for a kernel where it is left open."""
    sigma = arguments.get("sigma_limit", [0.5, 3.0])
    if here < OWN_SIGMA:
        return arguments
    if (sigma[0] if isinstance(sigma, (list, tuple)) and sigma else sigma) != 0:
        return arguments
    sizes = arguments.get("blur_limit", 0)
    low, high = sizes if isinstance(sizes, (list, tuple)) and len(sizes) == 2 else (3, sizes)
    numbers = all(isinstance(size, (int, float)) for size in (low, high))
    widths = [round(0.3 * ((size - 1) * 0.5 - 1) + 0.8, 3) for size in (low, high) if numbers]
    if numbers and low == high and low > 0 and _nothing(sigma):
        return {**arguments, "sigma_limit": widths}
    raise Untranslatable(
        "sigma_limit", f"write how wide it blurs, as in sigma_limit={widths or [0.8, 1.4]}"
    )


def _some_of(arguments: Arguments, version: Version, here: Version) -> Arguments:
    """Return SomeOf of a version that took the p of its members for weights, or takes it so."""
    members = arguments.get("transforms")
    if (version < OWN_CHANCES) == (here < OWN_CHANCES) or not isinstance(members, list):
        return arguments
    given = [member.get("p") for member in members]
    if here < OWN_CHANCES:
        if any(chance != 1 for chance in given):
            raise Untranslatable(
                "transforms", f"its members' p={given} are weights before 2.0.6; give all p=1"
            )
        return arguments
    if len(set(map(str, given))) > 1:
        raise Untranslatable(
            "transforms",
            f"its members' p={given} were weights before 2.0.6 and are chances now; give all one p",
        )
    return {**arguments, "transforms": [{**member, "p": 1.0} for member in members]}


#: class -> what else changed, and how it is said in `docs/pipelines.md`
CHANGED: dict[str, tuple[Callable[[Arguments, Version, Version], Arguments], str]] = {
    "GaussianBlur": (
        _gaussian_sigma,
        "sigma_limit=0 with one kernel size k: 0.3 ((k − 1) / 2 − 1) + 0.8, as OpenCV took it; "
        "with several sizes refused",
    ),
    "SomeOf": (
        _some_of,
        "before 2.0.6 the p of its members were weights: equal ones become 1, others are refused",
    ),
}
