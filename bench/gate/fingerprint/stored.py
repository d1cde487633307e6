"""The file of a fingerprint: small, readable JSON, a row of figures a line, pictures as PNG.

Reading it executes nothing and imports nothing that it names.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from augbench.bench.gate.fingerprint.png import pixels_of, png_text
from augbench.bench.gate.rendering.measuring import Measured
from augbench.bench.gate.rendering.randomness import Randomness
from augbench.bench.gate.rendering.rendering import BATCH, MOMENTS, Made, Rendering
from augbench.bench.trial.environment import augbench_version, versions
from augbench.reports.run.accepted import read_accepted
from pydantic import ConfigDict, Field, TypeAdapter

from augbench.errors import InputError
from augbench.files import write_whole
from augbench.outside import NAME_LENGTH, WORDS_BYTES

SCHEMA_VERSION: Literal[1] = 1
_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
_DECIMALS = 3
_Sha = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Side = Annotated[int, Field(ge=1, le=65536)]
_Text = Annotated[str, Field(max_length=NAME_LENGTH)]
#: a label's weight, a grey level, a coordinate: far beyond what any policy makes of them
_Figure = Annotated[float, Field(ge=-1e9, le=1e9)]
#: bytes of the pictures of one policy
_MOST_PIXELS = 256 * 2**20


@dataclass(frozen=True)
class Entry:
    """What one policy did.

    Attributes:
        expression: the text that makes it again; empty for an object.
        spec: the spec that it was made under, as named or in words; None where none was.
        definition: what it is, in full.
        shape: height, width, channels.
        randomness: what its batches have to do with each other.
        sha256: by moment, of images and labels.
        labels: those of the first batch, a row an image.
        images: those of the first batch, each a PNG in base64.
        maps: the backward maps that were read, six numbers a row; None where none fits.
        levels: what became of three grey levels, by channel where channels differ.
        images_per_second: of one thread, when it was accepted.
    """

    __pydantic_config__ = _STRICT

    expression: _Text
    spec: _Text | dict[str, Any] | None
    definition: dict[str, Any]
    shape: Annotated[list[_Side], Field(min_length=3, max_length=3)]
    randomness: Randomness
    sha256: dict[str, _Sha]
    labels: list[list[_Figure]]
    images: list[str]
    maps: list[Annotated[list[_Figure], Field(min_length=6, max_length=6)] | None]
    levels: list[list[_Figure]]
    images_per_second: Annotated[float, Field(ge=0)]

    @classmethod
    def of(cls, rendering: Rendering) -> Entry:
        """Return what is kept of a rendering."""
        subject, first, measured = rendering.subject, rendering.made["first"], rendering.measured
        given = subject.spec_given
        words = given if given is None or isinstance(given, str) else _words(given)
        return cls(
            expression=subject.expression,
            spec=words,
            definition=subject.definition,
            shape=list(rendering.cards.shape),
            randomness=Randomness.of(rendering),
            sha256={moment: digest(made) for moment, made in rendering.made.items()},
            labels=np.round(first.labels.astype(np.float64), 6).tolist(),
            images=[png_text(image) for image in first.images],
            maps=_plain_maps(measured),
            levels=_plain_levels(measured),
            images_per_second=float(f"{rendering.images_per_second:.2g}"),
        )

    def first(self) -> Made:
        """Return the first batch.

        Raises:
            InputError: a picture is none, or of another size.
        """
        shape = tuple(self.shape)
        images = np.stack([pixels_of(text, shape) for text in self.images])
        return Made(images, np.array(self.labels, np.float32))

    def measured(self) -> Measured:
        """Return what was read."""
        none = [np.nan] * 6
        maps = np.array([none if row is None else row for row in self.maps], np.float64)
        channels = self.shape[2]
        levels = np.array(
            [row * channels if len(row) == 3 else row for row in self.levels], np.float64
        )
        # by channel: dark, middle, light of the first, then of the next
        by_level = levels.reshape(len(levels), channels, 3).transpose(0, 2, 1)
        height, width, _ = self.shape
        return Measured((height, width, channels), maps.reshape(-1, 2, 3), by_level)


@dataclass(frozen=True)
class Fingerprint:
    """What a file holds.

    Attributes:
        schema_version: of this description.
        made_with: the versions of what makes pixels.
        pictures: ``embedded``, or DATA as named.
        pictures_sha256: of the pictures that were shown to the policies.
        policies: by name.
    """

    __pydantic_config__ = _STRICT

    schema_version: Literal[1]
    made_with: dict[_Text, _Text]
    pictures: _Text
    pictures_sha256: _Sha
    policies: Annotated[dict[_Text, Entry], Field(min_length=1)]

    def text(self) -> str:
        """Return the file's content, a list of numbers a line, ended by a line feed."""
        return _written(adapter().dump_python(self, mode="json")) + "\n"


@cache
def adapter() -> TypeAdapter[Fingerprint]:
    """What validates and writes a fingerprint."""
    return TypeAdapter(Fingerprint)


def software() -> dict[str, str]:
    """Return the versions of what makes pixels here."""
    import platform

    here = {"augbench": augbench_version(), "python": platform.python_version()}
    return {**here, **{name: version for name, version in versions().items() if version}}


def digest(made: Made) -> str:
    """Return what tells a batch from another one."""
    sha256 = hashlib.sha256(np.ascontiguousarray(made.images).tobytes())
    sha256.update(np.round(made.labels, 6).astype(np.float32).tobytes())
    return sha256.hexdigest()


def pictures_digest(pictures: np.ndarray) -> str:
    """Return what tells pictures uint8 N×H×W×C from others."""
    shape = ",".join(map(str, pictures.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(pictures).tobytes()).hexdigest()


def fingerprint_of(renderings: Mapping[str, Rendering], pictures: str) -> Fingerprint:
    """Return what is kept of renderings that were all shown the same pictures."""
    shown = next(iter(renderings.values())).cards.pictures
    return Fingerprint(
        SCHEMA_VERSION,
        software(),
        pictures,
        pictures_digest(shown),
        {name: Entry.of(rendering) for name, rendering in renderings.items()},
    )


def write(fingerprint: Fingerprint, file: Path) -> None:
    """Write a fingerprint, whole or not at all.

    Raises:
        InputError: it cannot be written, or is larger than what is read.
    """
    text = fingerprint.text()
    pixels = max(
        len(entry.images) * math.prod(entry.shape) for entry in fingerprint.policies.values()
    )
    if len(text) > WORDS_BYTES or pixels > _MOST_PIXELS:
        raise InputError(
            f"--fingerprint {file}: {len(text) / 2**20:,.0f} MB of pictures are too many; give a "
            "smaller --image-size, or fewer policies in a file"
        )
    try:
        write_whole(file, text)
    except OSError as error:
        raise InputError(f"--fingerprint {file}: {error.strerror or error}") from None


def read(file: Path) -> Fingerprint:
    """Return the fingerprint in a file.

    Raises:
        NotComparable: there is no such file, or it is of another version.
        InputError: it is no fingerprint; the text says where.
    """
    accepting = f"augbench accept --fingerprint {file}"
    fingerprint = read_accepted(file, adapter(), SCHEMA_VERSION, "fingerprint", accepting)
    try:
        for name, entry in fingerprint.policies.items():
            _check(entry, name)
    except InputError as error:
        raise InputError(f"--fingerprint {file}: {error}") from None
    return fingerprint


def _check(entry: Entry, name: str) -> None:
    """Raise `InputError` where the parts of an entry do not fit together."""
    channels, images = entry.shape[2], len(entry.images)
    widths = {len(row) for row in entry.labels}
    lengths = {len(row) for row in entry.levels}
    whole = (
        images == BATCH
        and len(entry.labels) == images
        and len(widths) == 1
        and widths != {0}
        and images * math.prod(entry.shape) <= _MOST_PIXELS
        and len(entry.levels) == len(entry.maps) > 0
        and lengths <= {3, 3 * channels}
        and set(entry.sha256) == set(MOMENTS)
    )
    if not whole:
        raise InputError(
            f"policies.{name}: its rows are not as many as they should be, or too many"
        )
    entry.first()


def _words(given: Any) -> dict[str, Any]:
    from augbench.policies.spec.loading import load_spec

    return load_spec(given).to_dict()


def _plain_maps(measured: Measured) -> list[list[float] | None]:
    rows = np.round(measured.maps.reshape(-1, 6), _DECIMALS) + 0.0
    return [row.tolist() if np.isfinite(row).all() else None for row in rows]


def _plain_levels(measured: Measured) -> list[list[float]]:
    levels = np.round(measured.levels, 1)
    if (levels == levels[:, :, :1]).all():
        levels = levels[:, :, :1]
    return levels.transpose(0, 2, 1).reshape(len(levels), -1).tolist()


def _written(value: Any, indent: str = "") -> str:
    """Return JSON with objects and lists of lists spread over lines, other lists on one."""
    deeper = indent + " "
    if isinstance(value, dict) and value:
        parts = [f"{json.dumps(k)}: {_written(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(deeper + part for part in parts) + f"\n{indent}}}"
    spread = isinstance(value, list) and len(value) > 1
    if spread and (isinstance(value[0], (list, dict)) or _is_long(value) or None in value):
        parts = [deeper + _written(part, deeper) for part in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _is_long(values: list[Any]) -> bool:
    return isinstance(values[0], str) and sum(map(len, values)) > 100
