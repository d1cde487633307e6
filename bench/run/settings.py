"""What a run was asked to do: the options of `compare`, validated, read and written as TOML."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from augbench.errors import InputError, nearest

#: what `compare` does when nothing at all is asked of it
EMBEDDED: dict[str, Any] = {
    "policies": ("none", "keras", "albumentations", "gan", "gan + albumentations"),
    "data": "digits",
    "spec": "digits",
    "seeds": 3,
}


class Settings(BaseModel):
    """The options of a run by their command-line names, dashes as underscores.

    Raises:
        InputError: through `settings`, for an unknown option or an impossible value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policies: tuple[str, ...] = ("none", "keras", "albumentations")
    data: str = "digits"
    spec: str | dict[str, Any] = "light"
    first_seed: int = Field(0, ge=0)
    seeds: int = Field(5, ge=1, le=1000)
    epochs: int = Field(10, ge=1)
    batch_size: int = Field(32, ge=1)
    image_size: tuple[int, int] | None = None
    train_size: int | None = Field(None, ge=2)
    model: str = "reference"
    jobs: int = Field(0, ge=0, validate_default=True)
    threads: int = Field(1, ge=1)
    executor: Literal["local"] = "local"
    margin: float = Field(1.0, gt=0, le=100)
    log: tuple[str, ...] = ()

    @field_validator("log", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("image_size", mode="before")
    @classmethod
    def _side_or_pair(cls, value: Any) -> Any:
        if isinstance(value, int):
            return (value, value)
        if isinstance(value, str):
            sides = value.lower().replace("×", "x").split("x")
            if not all(side.strip().isdigit() for side in sides) or len(sides) > 2:
                raise ValueError(f"{value!r} is not a size; give 64 or 48x64 (height × width)")
            return (int(sides[0]), int(sides[-1]))
        return value

    @field_validator("image_size")
    @classmethod
    def _positive(cls, value: tuple[int, int] | None) -> tuple[int, int] | None:
        if value is not None and min(value) < 1:
            raise ValueError("an image has at least 1 pixel a side")
        return value

    @field_validator("jobs")
    @classmethod
    def _all_cores(cls, value: int) -> int:
        return (
            value or len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else (value or os.cpu_count() or 1)
        )

    @property
    def seed_list(self) -> list[int]:
        """The seeds of the blocks, ``first_seed`` first."""
        return list(range(self.first_seed, self.first_seed + self.seeds))


def settings(asked: dict[str, Any], config: Path | None = None) -> Settings:
    """Return the effective settings: what was asked wins over ``config``, that over the defaults.

    Args:
        asked: options by name; those that are None were not asked for.
        config: a TOML file with options by name, such as a run's ``experiment.toml``.
    """
    asked = {name: value for name, value in asked.items() if value is not None}
    options = (_read(config) if config else {}) | asked
    if not options.keys() - {"jobs", "threads", "log"}:
        options = EMBEDDED | options
    if unknown := sorted(options.keys() - Settings.model_fields.keys()):
        hint = nearest(unknown[0], Settings.model_fields)
        raise InputError(f"{config}: unknown option {unknown[0]!r}{hint}")
    try:
        return Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = "--" + str(first["loc"][0]).replace("_", "-")
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{name}: {message}, not {first['input']!r}") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--config {file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"--config {file} is not TOML: {error}") from None


def to_toml(effective: Settings, policies: Sequence[str], spec_words: dict[str, Any]) -> str:
    """Return the text of ``experiment.toml``: all policies, the spec written out word by word."""
    options = effective.model_dump(exclude_none=True)
    options |= {"policies": list(policies), "spec": spec_words}
    if Path(effective.data).exists():
        options["data"] = str(Path(effective.data).resolve())
    if effective.image_size:
        options["image_size"] = list(effective.image_size)
    return tomli_w.dumps(options)
