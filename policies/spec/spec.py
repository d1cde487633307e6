"""What may happen to an image, in ImageDataGenerator's words and their documented meaning."""

from __future__ import annotations

import hashlib
import inspect
import json
import tomllib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from augbench.policies.spec.types import (
    Brightness,
    ChannelsLast,
    Degrees,
    Factor,
    Fill,
    Float32,
    Function,
    GreyLevel,
    Levels,
    NoSplit,
    NotNegative,
    Order,
    Shift,
    Zoom,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from augbench.errors import AugbenchWarning, InputError, nearest

#: words that move pixels
GEOMETRIC_WORDS = (
    "rotation_range",
    "width_shift_range",
    "height_shift_range",
    "shear_range",
    "zoom_range",
    "horizontal_flip",
    "vertical_flip",
)
#: words that change grey levels
COLOUR_WORDS = ("channel_shift_range", "brightness_range")
#: words that say how pixels are resampled
SAMPLING_WORDS = ("fill_mode", "cval", "interpolation_order")
#: words that are fitted on the training split and applied to every image of a run
STANDARDIZING_WORDS = (
    "featurewise_center",
    "samplewise_center",
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
    "zca_epsilon",
    "rescale",
    "preprocessing_function",
)


class AugmentationSpec(BaseModel):
    """What may happen to an image; every word is `ImageDataGenerator`'s, with its defaults.

    Frozen and validated; it does nothing itself. Two defaults differ: ``rescale`` is 1/255, and
    ``quirks`` is new. Ranges are symmetric about nothing happening unless said otherwise.

    >>> AugmentationSpec(rotation_range=20, horizontal_flip=True).words()
    {'rotation_range': 20.0, 'horizontal_flip': True}

    Raises:
        InputError: for an unknown word or an impossible value, in one line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    featurewise_center: bool = Field(False, description="subtract the training mean per channel")
    samplewise_center: bool = Field(False, description="subtract each image's own mean")
    featurewise_std_normalization: bool = Field(
        False, description="divide by the training standard deviation per channel"
    )
    samplewise_std_normalization: bool = Field(
        False, description="divide by each image's own standard deviation"
    )
    zca_whitening: bool = Field(False, description="whiten with the training split's ZCA matrix")
    zca_epsilon: NotNegative = Field(
        1e-6, description="added to the singular values before they are inverted"
    )
    rotation_range: Degrees = Field(0.0, description="turn by U(-r, r) degrees")
    width_shift_range: Shift = Field(
        0.0,
        description="move columns: float < 1 share of the width, float >= 1 pixels, "
        "int n a whole step within ±(n-1), list a choice with random sign",
    )
    height_shift_range: Shift = Field(0.0, description="move rows; forms as width_shift_range")
    brightness_range: Brightness = Field(
        None, description="multiply grey levels by U(lower, upper), rounding down"
    )
    shear_range: Degrees = Field(0.0, description="shear by U(-s, s) degrees")
    zoom_range: Zoom = Field(
        0.0, description="scale columns and rows by two draws of [1-z, 1+z] or [lower, upper]; "
        "above 1 zooms out"
    )  # fmt: skip
    channel_shift_range: Levels = Field(
        0.0, description="add one U(-c, c) in grey levels to all channels, within the image's range"
    )
    fill_mode: Fill = Field("nearest", description="what is seen beyond the border; SciPy's names")
    cval: GreyLevel = Field(
        0.0, description="grey level 0..255 beyond the border for (grid-)constant"
    )
    horizontal_flip: bool = Field(False, description="swap left and right in half of the images")
    vertical_flip: bool = Field(False, description="swap top and bottom in half of the images")
    rescale: Factor = Field(
        1 / 255, description="factor for images 0..255 on their way to the model; none or 0 is 1"
    )
    preprocessing_function: Function = Field(
        None, description="called on each augmented image (H, W, C); from Python only"
    )
    data_format: ChannelsLast = Field(None, description="channels_last")
    validation_split: NoSplit = Field(0.0, description="0: the run splits by itself")
    interpolation_order: Order = Field(1, description="spline order 0..5; 1 is bilinear")
    dtype: Float32 = Field(None, description="float32")
    quirks: Literal["none", "keras"] = Field(
        "none",
        description="none: as documented; keras: as Keras does it (shifts swapped, images that "
        "are not square turned about a point off their centre)",
    )

    def __init__(self, **words: Any) -> None:
        for word in words:
            if word not in type(self).model_fields:
                known = list(type(self).model_fields)
                hint = nearest(word, known) or f"; known are {', '.join(known)}"
                raise InputError(f"unknown word {word!r} in the augmentation spec{hint}")
        try:
            super().__init__(**words)
        except ValidationError as error:
            raise InputError(_one_line(error)) from None

    @model_validator(mode="after")
    def _warn(self) -> AugmentationSpec:
        for caution in self.cautions():
            warnings.warn(caution, AugbenchWarning, stacklevel=4)
        return self

    def cautions(self) -> list[str]:
        """Return a sentence for each word that works but is probably not what was meant."""
        from augbench.policies.spec.cautions import cautions_of

        return cautions_of(self)

    def words(self) -> dict[str, Any]:
        """Return the words that differ from their defaults, as plain values for JSON or TOML.

        ``load_spec(spec.words())`` equals the spec, unless it holds a Python function, which is
        given by its name only.
        """
        words: dict[str, Any] = {}
        for word, field in type(self).model_fields.items():
            value = getattr(self, word)
            if value == field.default:
                continue
            if callable(value):
                value = f"{value.__module__}:{value.__qualname__}"
            elif isinstance(value, tuple):
                value = list(value)
            elif value is None:  # TOML has no null; IDG documents 0 as the same for rescale
                value = 0.0
            words[word] = value
        return words

    def hash(self) -> str:
        """Return 16 hexadecimal digits that name the meaning of the spec, functions included."""
        words = self.words()
        if self.preprocessing_function is not None:
            words["preprocessing_function"] += "\n" + _source(self.preprocessing_function)
        text = json.dumps(words, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def zoom(self) -> tuple[float, float]:
        """The zoom as (lower, upper) factors; (1, 1) is none."""
        if isinstance(self.zoom_range, tuple):
            return self.zoom_range
        return 1 - self.zoom_range, 1 + self.zoom_range

    @property
    def affine(self) -> bool:
        """Whether any word resamples pixels (flips do not)."""
        shifts = (self.width_shift_range, self.height_shift_range)
        moved = any(bool(np.any(np.asarray(shift) != 0)) for shift in shifts)
        return bool(self.rotation_range or self.shear_range or moved or self.zoom != (1.0, 1.0))

    @property
    def geometric(self) -> bool:
        """Whether any word moves pixels."""
        return self.affine or self.horizontal_flip or self.vertical_flip

    @property
    def colour(self) -> bool:
        """Whether any word changes grey levels."""
        return self.channel_shift_range != 0 or self.brightness_range is not None

    @property
    def needs_standardizing(self) -> bool:
        """Whether more than ``rescale`` happens to images on their way to the model."""
        return self.preprocessing_function is not None or any(
            getattr(self, word)
            for word in STANDARDIZING_WORDS
            if word not in ("rescale", "zca_epsilon", "preprocessing_function")
        )

    def to_idg_kwargs(self) -> dict[str, Any]:
        """Return keyword arguments for `ImageDataGenerator`, words at its defaults left out.

        IDG switches some words on or off by itself and warns; they come already switched.
        """
        words: dict[str, Any] = {
            word: value
            for word, value in self.words().items()
            if word not in ("quirks", "preprocessing_function", "rescale")
        }
        if self.preprocessing_function is not None:
            words["preprocessing_function"] = self.preprocessing_function
        if self.rescale is not None:
            words["rescale"] = self.rescale
        if self.zca_whitening:
            words.pop("featurewise_std_normalization", None)
            words["featurewise_center"] = True
        if words.get("featurewise_std_normalization"):
            words["featurewise_center"] = True
        if self.samplewise_std_normalization:
            words["samplewise_center"] = True
        return words


def _one_line(error: ValidationError) -> str:
    """Return pydantic's findings as one line, a word at a time."""
    said: dict[str, str] = {}
    for finding in error.errors():
        word = str(finding["loc"][0]) if finding["loc"] else "spec"
        text = finding["msg"].removeprefix("Value error, ")
        if not text.startswith("must"):
            text = f"{text[0].lower()}{text[1:]}, not {finding['input']!r}"
        said.setdefault(word, f"{word} {text}")
    return "; ".join(said.values())


def _source(function: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):  # built in, or typed at a prompt
        return ""


def read_words(path: Path) -> dict[str, Any]:
    """Return the words of a TOML, YAML or JSON file; nothing in it is ever executed.

    Raises:
        InputError: where the file is absent, of another kind, or not a table of words.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"spec file {path}: {reason}") from None
    try:
        if path.suffix == ".toml":
            words: Any = tomllib.loads(text)
        elif path.suffix == ".json":
            words = json.loads(text)
        else:
            import yaml

            try:
                words = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise ValueError(str(error)) from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"spec file {path} is not valid {path.suffix[1:]}: {reason}") from None
    if words is None:
        words = {}
    if not isinstance(words, dict):
        raise InputError(f"spec file {path} must be a table of words, not a {type(words).__name__}")
    return {str(word): value for word, value in words.items()}


def load_spec(what: str | Path | Mapping[str, Any] | AugmentationSpec | None) -> AugmentationSpec:
    """Return the spec that ``what`` names: a preset, a .toml/.yaml/.json file, words, or a spec.

    ``None`` is the preset ``light``.

    Raises:
        InputError: for an unknown preset, an unreadable file, an unknown word, a bad value.
    """
    from augbench.policies.spec.presets import PRESETS, preset

    if isinstance(what, AugmentationSpec):
        return what
    if what is None:
        return preset("light")
    if isinstance(what, Mapping):
        return AugmentationSpec(**{str(word): value for word, value in what.items()})
    if str(what) in PRESETS:
        return preset(str(what))
    path = Path(what)
    if path.suffix in (".toml", ".yaml", ".yml", ".json"):
        try:
            return AugmentationSpec(**read_words(path))
        except InputError as error:
            where = "" if str(path) in str(error) else f"spec file {path}: "
            raise InputError(f"{where}{error}") from None
    raise InputError(
        f"no augmentation spec {str(what)!r}{nearest(str(what), PRESETS)}; give a .toml, .yaml or "
        f".json file or one of {', '.join(PRESETS)}"
    )
