"""What a run was asked to do: options merged, validated, read from TOML and written to it."""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Collection
from functools import cache, reduce
from operator import or_
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args

import tomli_w
from annotated_types import Ge, Gt, Le
from augbench.bench.options.model import EMBEDDED, Known, Settings, known
from augbench.policies.validation import expected
from pydantic import TypeAdapter, ValidationError

from augbench import outside
from augbench.errors import InputError, nearest

#: options that say how a run is made, not what it is about
_BESIDE = {"jobs", "threads", "device", "log"}
_GPUS = "gpus_per_trial"
#: options that only that executor has
_OF_RAY = ("ray_address", "cpus_per_trial", _GPUS)


def settings(asked: dict[str, Any], config: Path | None = None) -> Settings:
    """Return the effective settings: what was asked wins over ``config``, that over the defaults.

    Where nothing but ``jobs``, ``threads``, ``device`` and ``log`` was asked for, it is the
    embedded run. What this machine decides (``device="auto"``, ``jobs=0``) is still open:
    `augbench.bench.executors.device_check.on_this_machine`.

    Args:
        asked: options by name; those that are None were not asked for.
        config: a TOML file with options by name, such as a run's ``experiment.toml``.

    Raises:
        InputError: an unknown option, an impossible value, or a file that cannot be read.
    """
    given = _read(config) if config else {}
    given |= {name: value for name, value in asked.items() if value is not None}
    if unknown := sorted(given.keys() - known().keys()):
        where = f"{config}: " if config else ""
        raise InputError(f"{where}unknown option {unknown[0]!r}{nearest(unknown[0], known())}")
    if not given.keys() - _BESIDE:
        given = EMBEDDED | given
    values = {}
    for name, value in given.items():
        try:
            values[name] = validated(known()[name], value)
        except InputError as error:
            if config is None or asked.get(name) is not None:
                raise
            raise InputError(f"{config}: {error}") from None
    effective = Settings(**values)
    if effective.budget is not None and effective.seeds != "auto":
        if asked.get("seeds") is None or asked.get("budget") is not None:
            raise InputError(f"--budget goes with --seeds auto, not with --seeds {effective.seeds}")
        effective = dataclasses.replace(effective, budget=None)  # the file's, of its --seeds auto
    if effective.executor != "ray":
        for name in _OF_RAY:
            if asked.get(name) is not None:
                raise InputError(f"{known()[name].flag} goes with --executor ray")
        effective = dataclasses.replace(effective, **{n: known()[n].value for n in _OF_RAY})
    else:
        effective = _with_gpus(effective, given.keys(), asked)
    if effective.fixed_test and asked.get("folds") is not None:
        raise InputError(f"--folds {effective.folds} goes without --fixed-test")
    return effective


def _with_gpus(effective: Settings, given: Collection[str], asked: dict[str, Any]) -> Settings:
    """Return settings of a run on Ray, where ``device`` and ``gpus_per_trial`` say the same.

    A trial there computes on the GPUs that are set aside for it, and on the CPU where none are.
    """
    device, gpus = effective.device, effective.gpus_per_trial
    if device == "auto":
        return dataclasses.replace(effective, device="gpu" if gpus else "cpu")
    if (device == "gpu") == bool(gpus):
        return effective
    mentions = {name: (name in given) + (asked.get(name) is not None) for name in ("device", _GPUS)}
    if mentions["device"] == mentions[_GPUS]:
        raise InputError(
            f"--gpus-per-trial {gpus:g} goes with --device {'gpu' if gpus else 'cpu'}, "
            f"not with --device {device}"
        )
    if mentions["device"] < mentions[_GPUS]:
        return dataclasses.replace(effective, device="gpu" if gpus else "cpu")
    return dataclasses.replace(effective, gpus_per_trial=float(device == "gpu"))


def validated(option: Known, value: Any) -> Any:
    """Return a value as the type of its option.

    Raises:
        InputError: one line that names the option, what it takes, and the value, shortened.
    """
    try:
        parse = option.option.parse
        return _adapter(option.name).validate_python(parse(value) if parse else value)
    except ValidationError:
        reason = f"{option.flag} must be {expected(_annotation(option.name))}"
    except ValueError as error:
        reason = f"{option.flag}: {error}"
    raise InputError(f"{reason}, not {reprlib.repr(value)}")


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_annotation(name))


def _annotation(name: str) -> Any:
    """Return what an option takes, with its bounds; without None, which nobody gives."""
    kind, option = known()[name].kind, known()[name].option
    if isinstance(kind, UnionType):
        kind = reduce(or_, (part for part in get_args(kind) if part is not NoneType))
    limits = ((Ge, option.least), (Gt, option.above), (Le, option.most))
    for mark, bound in limits:
        if bound is not None:
            kind = Annotated[kind, mark(bound)]
    return kind


def _read(file: Path) -> dict[str, Any]:
    try:
        return outside.parse_toml(outside.read_text(file))
    except OSError as error:
        raise InputError(f"--config {file}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"--config {file} is not TOML: {error}") from None


def to_toml(effective: Settings) -> str:
    """Return settings as the text of a file that ``--config`` takes; a path becomes absolute."""
    options = {
        name: list(value) if isinstance(value, tuple) else value
        for name in known()
        if (value := getattr(effective, name)) is not None
    }
    if Path(effective.data).exists():
        options["data"] = str(Path(effective.data).resolve())
    return tomli_w.dumps(options)
