"""How a policy is written on the command line, and what such a text means."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from augbench.errors import InputError

BASELINE = "none"
_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*|[A-Za-z_][\w.-]*")
_SPACE = re.compile(r"\s*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Term:
    """One member of a chain: a name and its options, all literals."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def canonical(self) -> str:
        """Return the term as text with sorted options; equal texts mean equal terms."""
        options = ", ".join(f"{key}={value!r}" for key, value in sorted(self.options.items()))
        return f"{self.name}({options})" if options else self.name


@dataclass(frozen=True)
class Expression:
    """A policy as the user wrote it.

    Attributes:
        text: the whole text as typed, without surrounding space.
        label: the name in tables: what stands before ``=``, else the text as typed.
        terms: the members of the chain, at least one.
        reseed: 0 as is; K > 0 gives another order and other initial weights in the same block.
    """

    text: str
    label: str
    terms: tuple[Term, ...]
    reseed: int = 0

    def canonical(self) -> str:
        """Return the policy as text, without its label, options sorted, ``reseed`` included."""
        first = self.terms[0]
        if self.reseed:
            first = Term(first.name, {**first.options, "reseed": self.reseed})
        return " + ".join(term.canonical() for term in (first, *self.terms[1:]))


class _BrokenError(Exception):
    """A text that does not parse: the reason, and the position (from 0) where it breaks."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def parse(text: str) -> Expression:
    """Return what ``label=a(x=1) + b()`` says; nothing in it is ever evaluated as code.

    A label may hold any printable characters. ``reseed`` is taken out of the options.

    Raises:
        InputError: one line with the position (from 1) of what is wrong.

    >>> parse("flips=albumentations(spec='flip')").label
    'flips'
    """
    stripped = text.strip()
    label, terms = _split(text, stripped)
    if not label.isprintable():
        raise InputError(f"policy {text!r}: a label must be printable characters on one line")
    terms, reseed = _take_reseed(terms, stripped)
    if label == stripped and len(terms) == 1 and terms[0] == Term(BASELINE) and not reseed:
        label = BASELINE
    return Expression(stripped, label, terms, reseed)


def parse_call(text: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the options of one ``name`` or ``name(option=literal, …)``.

    Raises:
        InputError: one line with the position (from 1) of what is wrong.

    >>> parse_call("small(width=16)")
    ('small', {'width': 16})
    """
    try:
        terms = _terms(text, 0)
        if len(terms) > 1:
            raise _BrokenError("a single name(option=literal, …) is wanted, not a chain", 0)
    except _BrokenError as error:
        raise _said(text, error) from None
    return terms[0].name, terms[0].options


def parse_grid(texts: Sequence[str]) -> list[Expression]:
    """Return the policies of a comparison in the order typed; ``none`` comes first where absent.

    Raises:
        InputError: a text that does not parse, two policies of one label, or a label ``none``
            for something else than the baseline.
    """
    grid = [parse(text) for text in texts]
    if not any(expression.label == BASELINE for expression in grid):
        grid.insert(0, parse(BASELINE))
    seen: set[str] = set()
    for expression in grid:
        if expression.label == BASELINE and expression.canonical() != BASELINE:
            raise InputError(
                f"policy {expression.text!r}: the label 'none' belongs to the baseline; "
                "choose another label"
            )
        if expression.label in seen:
            raise InputError(
                f"two policies are called {expression.label!r}; give one of them a label, "
                f"as in 'again={expression.text.removeprefix(expression.label + '=')}'"
            )
        seen.add(expression.label)
    return grid


def _split(text: str, stripped: str) -> tuple[str, tuple[Term, ...]]:
    """Return label and terms: the shortest label after which the rest parses."""
    start = len(text) - len(text.lstrip())
    try:
        return stripped, _terms(text, start)
    except _BrokenError as error:
        broken = error
    for position in (found.start() for found in re.finditer("=", text)):
        label = text[start:position].strip()
        if not _balanced(label):  # this is the '=' of an option
            continue
        try:
            terms = _terms(text, position + 1)
        except _BrokenError as error:
            if position == text.find("=") and label:
                broken = error
            continue
        if not label:
            broken = _BrokenError("the label before '=' is empty", position)
            break
        return label, terms
    raise _said(text, broken)


def _balanced(label: str) -> bool:
    return all(label.count(opening) == label.count(end) for opening, end in _CLOSING.items())


def _said(text: str, broken: _BrokenError) -> InputError:
    shown = text if len(text) <= 80 else text[:77] + "…"
    return InputError(f"policy {shown!r}, character {broken.position + 1}: {broken.reason}")


def _terms(text: str, start: int) -> tuple[Term, ...]:
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
            raise _BrokenError(
                f"unexpected {text[position]!r}; write name, name(option=literal, …), "
                "label=name(…) or a(…) + b(…)",
                position,
            )
        position += 1


def _term(text: str, position: int) -> tuple[Term, int]:
    position = _skip(text, position)
    found = _NAME.match(text, position)
    if not found:
        raise _BrokenError("the name of a policy is missing here", position)
    opening = _skip(text, found.end())
    if opening == len(text) or text[opening] != "(":
        return Term(found.group()), found.end()
    end = _closing(text, opening)
    return Term(found.group(), _options(text, opening, end)), end


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _closing(text: str, opening: int) -> int:
    """Return the position after the bracket that closes the one at ``opening``."""
    expected: list[tuple[str, int]] = []
    for position, char in _outside_strings(text, opening):
        if char in _CLOSING:
            expected.append((_CLOSING[char], position))
        elif char in ")]}":
            if char != expected[-1][0]:
                raise _BrokenError(f"{char!r} where {expected[-1][0]!r} should come", position)
            expected.pop()
            if not expected:
                return position + 1
    raise _BrokenError(f"this bracket is never closed by {expected[-1][0]!r}", expected[-1][1])


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
        raise _BrokenError(f"this text is never closed by {quote}", opened)


def _options(text: str, opening: int, end: int) -> dict[str, Any]:
    """Return the literals of ``(a=1, b='x')``, found between ``opening`` and ``end``."""
    written = text[opening:end]
    try:
        call = ast.parse("_" + written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None) or 2
        at = opening + min(max(offset - 2, 0), len(written) - 1)
        reason = "the options are not of the form option=literal, …"
        raise _BrokenError(f"{reason} ({getattr(error, 'msg', error)})", at) from None
    if not isinstance(call, ast.Call):
        raise _BrokenError("the options are not of the form option=literal, …", opening)

    def where(node: ast.expr | ast.keyword) -> int:
        column = len(("_" + written).encode()[: node.col_offset].decode(errors="ignore"))
        return opening + (column - 1 if node.lineno == 1 else 0)

    if call.args:
        raise _BrokenError(
            f"options are named, as in option=literal; {ast.unparse(call.args[0])} has no name",
            where(call.args[0]),
        )
    options: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _BrokenError("'**' is not possible here: write option=literal", where(keyword))
        if keyword.arg in options:
            raise _BrokenError(f"the option {keyword.arg!r} is given twice", where(keyword))
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
        raise _BrokenError(
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


def _take_reseed(terms: tuple[Term, ...], text: str) -> tuple[tuple[Term, ...], int]:
    given = [term.options["reseed"] for term in terms if "reseed" in term.options]
    if len(given) > 1:
        raise InputError(f"policy {text!r}: reseed belongs to the whole chain; give it once")
    for reseed in given:
        if isinstance(reseed, bool) or not isinstance(reseed, int) or reseed < 0:
            raise InputError(
                f"policy {text!r}: reseed must be a whole number from 0 on, not {reseed!r}"
            )
    bare = tuple(
        Term(term.name, {key: value for key, value in term.options.items() if key != "reseed"})
        for term in terms
    )
    return bare, given[0] if given else 0
