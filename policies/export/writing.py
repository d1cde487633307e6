"""How values, calls and comments are written as Python that people read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

WIDTH = 96


class Code(str):
    """Python that stands for itself, where other texts are written in quotes."""


@dataclass(frozen=True)
class Call:
    """A call as it is written in a list or behind ``name =``.

    Attributes:
        name: what is called.
        arguments: name -> value, a name of "" for one without; `Code` stands as it is.
        beside: name of an argument -> the comment beside it.
        above: comments above the call.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    above: tuple[str, ...] = ()


def number(value: float) -> str:
    """Return a number of at most six digits; a whole one without a point.

    >>> number(10.0), number(20 / 360)
    ('10', '0.0555556')
    """
    if float(value).is_integer():
        return str(int(value))
    return repr(float(f"{value:.6g}"))


def literal(value: Any) -> str:
    """Return a value as Python.

    >>> literal({"x": (-0.5, Code("1 / 3"))})
    '{"x": (-0.5, 1 / 3)}'
    """
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    items = ", ".join(map(literal, value))
    if isinstance(value, list):
        return f"[{items}]"
    return f"({items},)" if len(value) == 1 else f"({items})"


def call(written: Call, indent: int = 0, before: str = "", after: str = "") -> str:
    """Return a call with its comments, on one line where it fits.

    Args:
        written: the call.
        indent: spaces before each line.
        before: what stands before it on its first line, such as ``name = ``.
        after: what stands after it, such as a comma.
    """
    space = " " * indent
    above = [comment(text, indent) for text in written.above]
    arguments = {
        name: f"{name}={literal(value)}" if name else literal(value)
        for name, value in written.arguments.items()
    }
    line = f"{space}{before}{written.name}({', '.join(arguments.values())}){after}"
    if written.beside and len(arguments) == 1:
        line += f"  # {next(iter(written.beside.values()))}"
    if len(line) <= WIDTH and (not written.beside or len(arguments) == 1):
        return "\n".join([*above, line])
    inner = [
        part
        for name, argument in arguments.items()
        for part in _argument(name, argument, written, indent + 4)
    ]
    return "\n".join([*above, f"{space}{before}{written.name}(", *inner, f"{space}){after}"])


def _argument(name: str, written: str, whole: Call, indent: int) -> list[str]:
    """Return the lines of an argument that stands on lines of its own, its comment included."""
    space, beside, value = " " * indent, whole.beside.get(name, ""), whole.arguments[name]
    line = f"{space}{written},"
    if len(f"{line}  # {beside}" if beside else line) <= WIDTH:
        return [f"{line}  # {beside}" if beside else line]
    above = [comment(beside, indent)] if beside else []
    if len(line) <= WIDTH or not isinstance(value, Mapping):
        return [*above, line]
    items = [f"{space}    {literal(key)}: {literal(item)}," for key, item in value.items()]
    return [*above, f"{space}{name}={{", *items, f"{space}}},"]


def listed(items: Iterable[Call | Code], indent: int) -> str:
    """Return calls one below the other, each with a comma, as they stand in a list."""
    return "\n".join(
        call(item, indent, after=",") if isinstance(item, Call) else f"{' ' * indent}{item},"
        for item in items
    )


def assigned(name: str, function: str, calls: Iterable[Call | Code], last: str = "") -> str:
    """Return ``name = function([calls], last)``."""
    inner = listed(calls, 8)
    if not inner:
        return f"{name} = {function}([]{f', {last}' if last else ''})"
    behind = f",\n    {last}," if last else ""
    return f"{name} = {function}(\n    [\n{inner}\n    ]{behind}\n)"


def comment(text: str, indent: int = 0) -> str:
    """Return a text as comment lines; line breaks in it stand."""
    start = " " * indent + "# "
    lines = [
        textwrap.fill(
            line,
            WIDTH,
            initial_indent=start,
            subsequent_indent=start,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    shown = repr(text)
    return shown if '"' in text else f'"{shown[1:-1]}"'
