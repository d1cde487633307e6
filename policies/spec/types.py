"""Which values each word of a spec takes, in which unit, and what is said about others."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, Le
from augbench.policies.named_objects import load_object, name_of
from pydantic import BeforeValidator

from augbench.errors import InputError, nearest

#: the fill modes that SciPy, and so ImageDataGenerator, understands
FillMode = Literal[
    "nearest",
    "reflect",
    "mirror",
    "constant",
    "wrap",
    "grid-constant",
    "grid-wrap",
    "grid-mirror",
]
FILL_MODES: tuple[str, ...] = get_args(FillMode)


#: beyond any side in px, number of turns in degrees, or factor
_MOST = 1_000_000


def _number(value: Any) -> int | float:
    """Return a finite plain number; NumPy's scalars count, bool does not."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, not {value!r}{_written_out(value)}")
    if isinstance(value, int) and abs(value) > _MOST:  # of which a float may be too small to hold
        raise ValueError("must be a number that an image can have a use for, at most a million")
    if not math.isfinite(value):
        raise ValueError(f"must be finite, not {value!r}")
    if abs(value) > _MOST:
        raise ValueError(
            f"must be a number that an image can have a use for, at most a million, not {value:g}"
        )
    return value


def _written_out(value: Any) -> str:
    """Return what a text is as a number, which a fraction in YAML is meant to be; else nothing."""
    parts = re.fullmatch(
        r"\s*(\d+\.?\d*)\s*(?:/\s*(\d+\.?\d*)\s*)?", value[:40] if isinstance(value, str) else ""
    )
    if parts is None or float(parts[2] or 1) == 0:
        return ""
    return f"; write {float(parts[1]) / float(parts[2] or 1):.10g}, without quotes"


def _at_least_zero(unit: str) -> BeforeValidator:
    def check(value: Any) -> float:
        number = _number(value)
        if number < 0:
            raise ValueError(f"must be 0 or more {unit}, not {value!r} (it is a ± range)")
        return float(number)

    return BeforeValidator(check)


def _shift(value: Any) -> int | float | tuple[int | float, ...]:
    if isinstance(value, list | tuple | np.ndarray):
        if not len(value):
            raise ValueError("must hold at least one value when it is a list")
        return tuple(_number(v) for v in value)
    number = _number(value)
    if number < 0:
        raise ValueError(
            f"must be 0 or more, not {value!r}: a share of the side below 1, pixels from 1 on, "
            "a whole number n for steps within ±(n-1), or a list to choose from"
        )
    return number


def _pair(value: Any, form: str) -> tuple[float, float]:
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 2:
        raise ValueError(f"must be {form}, not {value!r}")
    low, high = float(_number(value[0])), float(_number(value[1]))
    if low > high:
        raise ValueError(f"must have its lower value first, not [{low:g}, {high:g}]")
    return low, high


def _zoom(value: Any) -> float | tuple[float, float]:
    if isinstance(value, list | tuple | np.ndarray):
        return _pair(value, "a number z for [1-z, 1+z], or a pair [lower, upper]")
    number = _number(value)
    if number < 0:
        raise ValueError(f"must be 0 or more, not {value!r}: z stands for [1-z, 1+z]")
    return float(number)


def _brightness(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = _pair(value, "a pair [lower, upper] of factors, or absent")
    if low < 0:
        raise ValueError(f"must be a pair of factors from 0 on (1 changes nothing), not {value!r}")
    return low, high


def _cval(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 255:
        raise ValueError(f"must be a grey level from 0 to 255, not {value!r}")
    return float(number)


def _rescale(value: Any) -> float | None:
    if value is None or _number(value) == 0:
        return None
    return float(_number(value))


def _function(value: Any) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return a function that the processes of the trials can import, given itself or by name."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and ":" in value:
            function = load_object(value)
            if callable(function):
                return function
        elif callable(value):
            name_of(value)
            return value
    except InputError as error:
        raise ValueError(f"must be a Python function that can be imported: {error}") from None
    raise ValueError(
        f"must be a Python function, or the name of one as 'package.module:function', not {value!r}"
    )


def _channels_last(value: Any) -> str | None:
    if value in (None, "channels_last"):
        return value
    raise ValueError(f"must be 'channels_last' (rows, columns, channels), not {value!r}")


def _no_split(value: Any) -> float:
    if value is None or _number(value) == 0:
        return 0.0
    raise ValueError(
        f"must be 0, not {value!r}: ImageDataGenerator would take the first images, not random "
        "ones, and augment them; the run makes a stratified split of its own"
    )


def _dtype(value: Any) -> str | None:
    try:
        name = None if value is None else np.dtype(value).name
    except TypeError:
        name = str(value)
    if name not in (None, "float32"):
        raise ValueError(f"must be 'float32', which models are fed with, not {value!r}")
    return name


def _order(value: Any) -> int:
    number = _number(value)
    if number not in range(6):
        raise ValueError(f"must be a spline order from 0 to 5 (1 is bilinear), not {value!r}")
    return int(number)


def _fill_mode(value: Any) -> Any:
    if value not in FILL_MODES:
        hint = nearest(str(value), FILL_MODES)
        raise ValueError(f"must be one of {', '.join(FILL_MODES)}, not {value!r}{hint}")
    return value


_AtLeastZero = Annotated[float, Ge(0)]
Degrees = Annotated[_AtLeastZero, _at_least_zero("degrees")]
Levels = Annotated[_AtLeastZero, _at_least_zero("grey levels")]
Shift = Annotated[
    Annotated[int, Ge(0)] | _AtLeastZero | tuple[int | float, ...], BeforeValidator(_shift)
]
Zoom = Annotated[_AtLeastZero | tuple[float, float], BeforeValidator(_zoom)]
Brightness = Annotated[tuple[_AtLeastZero, _AtLeastZero] | None, BeforeValidator(_brightness)]
GreyLevel = Annotated[float, Ge(0), Le(255), BeforeValidator(_cval)]
Factor = Annotated[float | None, BeforeValidator(_rescale)]
Function = Annotated[Callable[[np.ndarray], np.ndarray] | None, BeforeValidator(_function)]
ChannelsLast = Annotated[Literal["channels_last"] | None, BeforeValidator(_channels_last)]
NoSplit = Annotated[float, Ge(0), Le(0), BeforeValidator(_no_split)]
Float32 = Annotated[Literal["float32"] | None, BeforeValidator(_dtype)]
Order = Annotated[int, Ge(0), Le(5), BeforeValidator(_order)]
Fill = Annotated[FillMode, BeforeValidator(_fill_mode)]
NotNegative = Annotated[_AtLeastZero, _at_least_zero("")]
