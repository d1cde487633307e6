"""How a policy is written on the command line, and what such a text means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from augbench.policies.terms import BRACKETS, BrokenTextError, Term, read_terms

from augbench.errors import InputError
from augbench.outside import NAME_LENGTH

BASELINE = "none"


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
    if len(label) > NAME_LENGTH:
        raise InputError(
            f"policy {text[:40]!r}…: a label has at most {NAME_LENGTH:,} characters, not "
            f"{len(label):,}; give it a shorter one, as in 'short={text[:20].strip()}…'"
        )
    if not label.isprintable():
        raise InputError(f"policy {text!r}: a label must be printable characters on one line")
    terms, reseed = _take_reseed(terms, stripped)
    if label == stripped and len(terms) == 1 and terms[0] == Term(BASELINE) and not reseed:
        label = BASELINE
    return Expression(stripped, label, terms, reseed)


def parse_call(text: str, what: str = "policy") -> tuple[str, dict[str, Any]]:
    """Return the name and the options of one ``name`` or ``name(option=literal, …)``.

    Args:
        text: what a person wrote.
        what: what it is, for errors.

    Raises:
        InputError: one line with the position (from 1) of what is wrong.

    >>> parse_call("small(width=16)")
    ('small', {'width': 16})
    """
    try:
        terms = read_terms(text, 0)
        if len(terms) > 1:
            raise BrokenTextError("a single name(option=literal, …) is wanted, not a chain", 0)
    except BrokenTextError as error:
        raise _error(text, error, what) from None
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
        return stripped, read_terms(text, start)
    except BrokenTextError as error:
        broken = error
    for position in (sign.start() for sign in re.finditer("=", text)):
        label = text[start:position].strip()
        if not _balanced(label):  # this is the '=' of an option
            continue
        try:
            terms = read_terms(text, position + 1)
        except BrokenTextError as error:
            if position == text.find("=") and label:
                broken = error
            continue
        if not label:
            broken = BrokenTextError("the label before '=' is empty", position)
            break
        signs = [sign.start() for sign in re.finditer("=", label)]
        if any(_balanced(label[:sign]) for sign in signs):  # one that is not of an option
            rest = text[position + 1 :].strip()
            reason = f"a label holds no '='; write label=name(…), as in 'mine={rest}'"
            broken = BrokenTextError(reason, text.index("="))
            break
        return label, terms
    raise _error(text, broken)


def _balanced(label: str) -> bool:
    return all(label.count(opening) == label.count(end) for opening, end in BRACKETS.items())


def _error(text: str, broken: BrokenTextError, what: str = "policy") -> InputError:
    shown = text if len(text) <= 80 else text[:77] + "…"
    return InputError(f"{what} {shown!r}, character {broken.position + 1}: {broken.reason}")


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
