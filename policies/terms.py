"""How ``a(x=1) + b()`` is read: names with options that are literals, never evaluated as code."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*|[A-Za-z_][\w.-]*")
_SPACE = re.compile(r"\s*")
#: brackets that open, and what closes each
BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Term:
    """One member of a chain: a name and its options, all literals."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def canonical(self) -> str:
        """Return the term as text with sorted options; equal texts mean equal terms."""
        options = ", ".join(f"{key}={value!r}" for key, value in sorted(self.options.items()))
        return f"{self.name}({options})" if options else self.name


class BrokenTextError(Exception):
    """A text that does not parse: the reason, and the position (from 0) where it breaks."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def read_terms(text: str, start: int) -> tuple[Term, ...]:
    """Return the chain that begins at ``start`` and reaches to the end of ``text``."""
    terms = []
    position = start
    while True:
        term, position = _term(text, position)
        terms.append(term)
        position = _skip(text, position)
        if position == len(text):
            return tuple(terms)
        if text[position] != "+":
            raise BrokenTextError(
                f"unexpected {text[position]!r}; write name, name(option=literal, …), "
                "label=name(…) or a(…) + b(…)",
                position,
            )
        position += 1


def _term(text: str, position: int) -> tuple[Term, int]:
    position = _skip(text, position)
    name = _NAME.match(text, position)
    if not name:
        raise BrokenTextError("the name of a policy is missing here", position)
    opening = _skip(text, name.end())
    if opening == len(text) or text[opening] != "(":
        return Term(name.group()), name.end()
    end = _closing(text, opening)
    return Term(name.group(), _options(text, opening, end)), end


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _closing(text: str, opening: int) -> int:
    """Return the position after the bracket that closes the one at ``opening``."""
    expected: list[tuple[str, int]] = []
    for position, char in _outside_strings(text, opening):
        if char in BRACKETS:
            expected.append((BRACKETS[char], position))
        elif char in ")]}":
            if char != expected[-1][0]:
                raise BrokenTextError(f"{char!r} where {expected[-1][0]!r} should come", position)
            expected.pop()
            if not expected:
                return position + 1
    raise BrokenTextError(f"this bracket is never closed by {expected[-1][0]!r}", expected[-1][1])


def _outside_strings(text: str, start: int) -> Iterator[tuple[int, str]]:
    quote, opened, position = "", start, start
    while position < len(text):
        char = text[position]
        if quote:
            if char == "\\":
                position += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote, opened = char, position
        else:
            yield position, char
        position += 1
    if quote:
        raise BrokenTextError(f"this text is never closed by {quote}", opened)


def _options(text: str, opening: int, end: int) -> dict[str, Any]:
    """Return the literals of ``(a=1, b='x')``, found between ``opening`` and ``end``."""
    written = text[opening:end]
    try:
        call = ast.parse("_" + written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None) or 2
        at = opening + min(max(offset - 2, 0), len(written) - 1)
        reason = "the options are not of the form option=literal, …"
        raise BrokenTextError(f"{reason} ({getattr(error, 'msg', error)})", at) from None
    if not isinstance(call, ast.Call):
        raise BrokenTextError("the options are not of the form option=literal, …", opening)

    def where(node: ast.expr | ast.keyword) -> int:
        column = len(("_" + written).encode()[: node.col_offset].decode(errors="ignore"))
        return opening + (column - 1 if node.lineno == 1 else 0)

    if call.args:
        raise BrokenTextError(
            f"options are named, as in option=literal; {ast.unparse(call.args[0])} has no name",
            where(call.args[0]),
        )
    options: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise BrokenTextError("'**' is not possible here: write option=literal", where(keyword))
        if keyword.arg in options:
            raise BrokenTextError(f"the option {keyword.arg!r} is given twice", where(keyword))
        options[keyword.arg] = _literal(keyword.arg, keyword.value, where(keyword.value))
    return options


def _literal(option: str, node: ast.expr, position: int) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        value = ...
    if not _plain(value):
        written = ast.unparse(node)
        hint = {"true": "True", "false": "False", "null": "None"}.get(written.lower())
        if hint is None and re.fullmatch(r"[\w.-]+", written):
            hint = repr(written)
        advice = f"; write {option}={hint}" if hint else ""
        raise BrokenTextError(
            f"the value of {option!r} must be a literal (number, quoted text, True, False, None, "
            f"or a list of them), not {written}{advice}",
            position,
        )
    return value


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(entry) for key, entry in value.items())
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int))
