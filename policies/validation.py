"""Are the options of a policy what its signature says? One check for all, from the annotations.

What an option takes is said once, where it is declared, with pydantic's vocabulary:
``Annotated[float, Ge(1)]``, ``Literal["mix", "pretrain"]``, ``bool``, ``int | None``. Nothing is
converted: a text is no number, a number no truth value, and an option keeps the type it came in.
"""

from __future__ import annotations

import functools
import inspect
import math
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, ParamSpec, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Len, Lt

from augbench.errors import InputError, nearest

Parameters = ParamSpec("Parameters")

_KINDS = {
    Any: "anything",
    float: "a number",
    int: "a whole number",
    bool: "True or False",
    str: "a text in quotes",
    types.NoneType: "None",
}
_LONGEST = 80


@dataclass(frozen=True)
class Advice:
    """What an option means, or what to do instead; stands behind an error about its value."""

    text: str


def checked(init: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Check the options of an ``__init__`` against its annotations before it begins.

    A parameter of type ``Any``, or without annotation, takes everything.

    Raises:
        InputError: when called, for the first option that is not what its annotation says.

    >>> class Darken:
    ...     @checked
    ...     def __init__(self, share: Annotated[float, Ge(0), Le(1)] = 0.5) -> None:
    ...         self.share = share
    >>> Darken(share=2)
    Traceback (most recent call last):
    augbench.errors.InputError: share must be a number from 0 to 1, not 2
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def checked_init(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        annotations = _annotations(init)
        for option, value in signature.bind(*args, **kwargs).arguments.items():
            if option in annotations:
                check(option, value, annotations[option])
        init(*args, **kwargs)

    return checked_init


def check(option: str, value: Any, annotation: Any) -> None:
    """Raise `InputError` unless ``value`` is what ``annotation`` allows for an option."""
    from pydantic import ValidationError

    try:
        _adapter(annotation).validate_python(value)
    except ValidationError:
        wanted = expected(annotation)
        if isinstance(value, float) and not math.isfinite(value):
            wanted = wanted.replace("a number", "a finite number", 1)
        advice = "".join(f"; {text}" for text in _advice(annotation))
        hint = nearest(str(value), _choices(annotation))
        raise InputError(f"{option} must be {wanted}, not {_shown(value)}{hint}{advice}") from None


def not_one_of(option: str, value: Any, known: Iterable[str]) -> InputError:
    """Return the error about an option that is none of ``known``, with the nearest of them."""
    known = tuple(known)
    hint = nearest(str(value), known)
    return InputError(f"{option} must be {_one_of(known)}, not {_shown(value)}{hint}")


def expected(annotation: Any) -> str:
    """Return what an annotation asks for, in words.

    >>> expected(Annotated[int, Ge(4), Le(256)] | None)
    'a whole number from 4 to 256, or None'
    """
    phrases = [_phrase(part) for part in _alternatives(annotation)]
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])}, or {phrases[-1]}"


def json_schema(annotation: Any) -> dict[str, Any]:
    """Return what an annotation takes as JSON Schema; empty where that cannot say it.

    >>> json_schema(Annotated[int, Ge(4), Le(256)])
    {'maximum': 256, 'minimum': 4, 'type': 'integer'}
    """
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

    try:
        schema: dict[str, Any] = _adapter(annotation).json_schema()
    except (PydanticUserError, PydanticUndefinedAnnotation, TypeError):
        return {}
    return schema


@functools.cache
def _annotations(init: Callable[..., None]) -> dict[str, Any]:
    return get_type_hints(init, include_extras=True)


@functools.cache
def _adapter(annotation: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter

    config = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    return TypeAdapter(annotation, config=config)


def _alternatives(annotation: Any) -> Sequence[Any]:
    return get_args(annotation) if _is_union(annotation) else (annotation,)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _plain(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return an annotation without what is written beside it, and that."""
    if get_origin(annotation) is Annotated:
        bare, *beside = get_args(annotation)
        return bare, tuple(beside)
    return annotation, ()


def _phrase(annotation: Any) -> str:
    bare, beside = _plain(annotation)
    if get_origin(bare) is Literal:
        return _one_of(get_args(bare))
    if get_origin(bare) in (Sequence, list, tuple):
        return _list_phrase(bare, beside)
    if get_origin(bare) is Callable:
        return "a function"
    kind = _KINDS.get(bare, getattr(bare, "__name__", str(bare)))
    return f"{kind}{_limits(beside)}"


def _list_phrase(bare: Any, beside: tuple[Any, ...]) -> str:
    first, *others = get_args(bare)
    widest = _alternatives(first)[-1]  # of ``int | float``, that every whole number is too
    kind, number, limits = expected(widest).removeprefix("a ").partition("number")
    if not number:
        return "a list"
    counts = [part.min_length for part in beside if isinstance(part, Len)]
    if get_origin(bare) is tuple and Ellipsis not in others:
        counts = [1 + len(others)]
    return f"a list of {''.join(f'{count} ' for count in counts)}{kind}numbers{limits}"


def _limits(beside: tuple[Any, ...]) -> str:
    """Return the range of a number in words, with a space before it."""
    words = ""
    for limit in beside:
        if isinstance(limit, Ge):
            words += f" from {limit.ge:,}"
        elif isinstance(limit, Gt):
            words += f" above {limit.gt:,}"
    closed = words.startswith(" from")
    for limit in beside:
        if isinstance(limit, Le) and closed:
            return f"{words} to {limit.le:,}"
        if isinstance(limit, (Le, Lt)):
            end = f"at most {limit.le:,}" if isinstance(limit, Le) else f"below {limit.lt:,}"
            start = f"{words} on and" if closed else f"{words} and" if words else ""
            return f"{start} {end}"
    return f"{words} on" if closed else words


def _one_of(choices: Sequence[Any]) -> str:
    shown = [repr(choice) for choice in choices]
    return " or ".join(shown) if len(shown) < 3 else f"one of {', '.join(shown)}"


def _choices(annotation: Any) -> list[str]:
    plain = [_plain(part)[0] for part in _alternatives(annotation)]
    return [str(x) for part in plain if get_origin(part) is Literal for x in get_args(part)]


def _advice(annotation: Any) -> list[str]:
    beside = [mark for part in _alternatives(annotation) for mark in _plain(part)[1]]
    return [mark.text for mark in beside if isinstance(mark, Advice)]


def _shown(value: Any) -> str:
    """Return a value on one line; only what it is where it would be long."""
    text = repr(value)
    short = len(text) <= _LONGEST and "\n" not in text
    return text if short else f"something of type {type(value).__name__}"
