"""What may happen to an image, in ImageDataGenerator's words and their documented meaning."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from augbench.policies.code_identity import package_identity
from augbench.policies.named_objects import name_of
from augbench.policies.spec.cautions import cautions_of
from augbench.policies.spec.types import (
    FILL_MODES,
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
from pydantic.fields import FieldInfo

from augbench.errors import AugbenchWarning, InputError, nearest

#: what a word is about: ``geometric`` moves pixels, ``colour`` changes grey levels, ``sampling``
#: says how pixels are read, ``standardizing`` is fitted on the training split and applied to every
#: image of a run, ``reading`` says how other words are meant, ``fixed`` has one value alone
Kind = Literal["geometric", "colour", "sampling", "standardizing", "reading", "fixed"]


def spec_word(
    kind: Kind,
    default: Any,
    *,
    description: str,
    examples: Iterable[Any] = (),
    beyond_keras: bool = False,
) -> Any:
    """Return the declaration of a word: what it is about, its default, and what it does.

    ``examples`` are the values that engines are asked about to tell who can express the word: one
    that does something, or all where engines differ by the value. ``beyond_keras`` says that
    ``ImageDataGenerator`` has no such word.
    """
    about: dict[str, Any] = {"kind": kind, "beyond_keras": beyond_keras}
    return Field(default, description=description, examples=list(examples), json_schema_extra=about)


#: what scripts give to ImageDataGenerator's flows, and its name in a run
_OPTIONS = {
    "target_size": "--image-size",
    "batch_size": "--batch-size",
    "seed": "--first-seed",
    "epochs": "--epochs",
}


class AugmentationSpec(BaseModel):
    """What may happen to an image; every word is `ImageDataGenerator`'s, with its defaults.

    Frozen and validated; it does nothing itself. Two defaults differ: ``rescale`` is 1/255, and
    ``quirks`` is new. Ranges are symmetric about nothing happening unless said otherwise.

    >>> AugmentationSpec(rotation_range=20, horizontal_flip=True).to_dict()
    {'rotation_range': 20.0, 'horizontal_flip': True}

    Raises:
        InputError: for an unknown word or an impossible value, in one line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    featurewise_center: bool = spec_word(
        "standardizing", False, description="subtract the training mean per channel"
    )
    samplewise_center: bool = spec_word(
        "standardizing", False, description="subtract each image's own mean"
    )
    featurewise_std_normalization: bool = spec_word(
        "standardizing", False, description="divide by the training standard deviation per channel"
    )
    samplewise_std_normalization: bool = spec_word(
        "standardizing", False, description="divide by each image's own standard deviation"
    )
    zca_whitening: bool = spec_word(
        "standardizing", False, description="whiten with the training split's ZCA matrix"
    )
    zca_epsilon: NotNegative = spec_word(
        "standardizing", 1e-6, description="added to the singular values before they are inverted"
    )
    rotation_range: Degrees = spec_word(
        "geometric", 0.0, description="turn by U(-r, r) degrees", examples=[20.0]
    )
    width_shift_range: Shift = spec_word(
        "geometric",
        0.0,
        description="move columns: float < 1 share of the width, float >= 1 pixels, "
        "int n a whole step within ±(n-1), list a choice with random sign",
        examples=[0.1],
    )
    height_shift_range: Shift = spec_word(
        "geometric", 0.0, description="move rows; forms as width_shift_range", examples=[0.1]
    )
    shear_range: Degrees = spec_word(
        "geometric", 0.0, description="shear by U(-s, s) degrees", examples=[10.0]
    )
    zoom_range: Zoom = spec_word(
        "geometric",
        0.0,
        description="scale columns and rows by two draws of [1-z, 1+z] or [lower, upper]; "
        "above 1 zooms out",
        examples=[0.2],
    )
    channel_shift_range: Levels = spec_word(
        "colour",
        0.0,
        description="add one U(-c, c) in grey levels to all channels, within the image's range",
        examples=[20.0],
    )
    brightness_range: Brightness = spec_word(
        "colour",
        None,
        description="multiply grey levels by U(lower, upper), rounding down",
        examples=[(0.8, 1.2)],
    )
    fill_mode: Fill = spec_word(
        "sampling",
        "nearest",
        description="what is seen beyond the border; SciPy's names",
        examples=FILL_MODES,
    )
    cval: GreyLevel = spec_word(
        "sampling",
        0.0,
        description="grey level 0..255 beyond the border for (grid-)constant",
        examples=[128.0],
    )
    horizontal_flip: bool = spec_word(
        "geometric",
        False,
        description="swap left and right in half of the images",
        examples=[True],
    )
    vertical_flip: bool = spec_word(
        "geometric",
        False,
        description="swap top and bottom in half of the images",
        examples=[True],
    )
    rescale: Factor = spec_word(
        "standardizing",
        1 / 255,
        description="factor for images 0..255 on their way to the model; none or 0 is 1",
    )
    preprocessing_function: Function = spec_word(
        "standardizing",
        None,
        description="called on each augmented image (H, W, C); a function that can be "
        "imported, from Python only",
    )
    data_format: ChannelsLast = spec_word("fixed", None, description="channels_last")
    validation_split: NoSplit = spec_word("fixed", 0.0, description="0: the run splits by itself")
    interpolation_order: Order = spec_word(
        "sampling", 1, description="spline order 0..5; 1 is bilinear", examples=range(6)
    )
    dtype: Float32 = spec_word("fixed", None, description="float32")
    quirks: Literal["none", "keras"] = spec_word(
        "reading",
        "none",
        description="none: as documented; keras: as Keras does it (shifts swapped, images that "
        "are not square turned about a point off their centre)",
        examples=["none", "keras"],
        beyond_keras=True,
    )

    def __init__(self, **words: Any) -> None:
        for word in words:
            if word not in type(self).model_fields:
                known = list(type(self).model_fields)
                if word in _OPTIONS:
                    raise InputError(
                        f"{word!r} is no word of an augmentation spec but an option of a run: give "
                        f"{_OPTIONS[word]}"
                    )
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
        return cautions_of(dict(self))

    @classmethod
    def words_of(cls, *kinds: Kind) -> tuple[str, ...]:
        """Return the words of some kinds, in the order in which they are declared."""
        fields = cls.model_fields.items()
        return tuple(name for name, field in fields if _about(field)["kind"] in kinds)

    @classmethod
    def words_beyond_keras(cls) -> tuple[str, ...]:
        """Return the words that ``ImageDataGenerator`` does not have."""
        fields = cls.model_fields.items()
        return tuple(name for name, field in fields if _about(field)["beyond_keras"])

    def to_dict(self) -> dict[str, Any]:
        """Return the words that differ from their defaults, as plain values for JSON or TOML.

        A function is given by its name, ``module:name``; ``load_spec(spec.to_dict())`` equals the
        spec.
        """
        words: dict[str, Any] = {}
        for word, field in type(self).model_fields.items():
            value = getattr(self, word)
            if value == field.default:
                continue
            if callable(value):
                value = name_of(value)
            elif isinstance(value, tuple):
                value = list(value)
            elif value is None:  # TOML has no null; IDG documents 0 as the same for rescale
                value = 0.0
            words[word] = value
        return words

    def hash(self) -> str:
        """Return 16 hexadecimal digits that name the meaning of the spec.

        Of a function its code counts, and that of the package that it is in.
        """
        words = self.to_dict()
        if self.preprocessing_function is not None:
            module = self.preprocessing_function.__module__
            words["preprocessing_function"] += f" {package_identity(module)}"
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
    def needs_standardizing(self) -> bool:
        """Whether more than ``rescale`` happens to images on their way to the model."""
        return self.preprocessing_function is not None or any(
            getattr(self, word)
            for word in self.words_of("standardizing")
            if word not in ("rescale", "zca_epsilon", "preprocessing_function")
        )

    def to_idg_kwargs(self) -> dict[str, Any]:
        """Return keyword arguments for `ImageDataGenerator`, words at its defaults left out.

        Words that it does not have are left out too; the engine ``keras`` refuses those that it
        does not apply. IDG switches some words on or off by itself and warns; they come already
        switched.
        """
        otherwise = (*self.words_beyond_keras(), "preprocessing_function", "rescale")
        words: dict[str, Any] = {
            word: value for word, value in self.to_dict().items() if word not in otherwise
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
    findings: dict[str, str] = {}
    for finding in error.errors():
        word = str(finding["loc"][0]) if finding["loc"] else "spec"
        text = finding["msg"].removeprefix("Value error, ")
        if not text.startswith("must"):
            text = f"{text[0].lower()}{text[1:]}, not {finding['input']!r}"
        findings.setdefault(word, f"{word} {text}")
    return "; ".join(findings.values())


def _about(field: FieldInfo) -> dict[str, Any]:
    about = field.json_schema_extra
    assert isinstance(about, dict), "a word is declared with spec_word"
    return about
