"""What does a Google docstring say: in a line, at length, and of each argument?"""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(r"(Args|Arguments|Attributes|Examples?|Notes?|Raises|Returns|Yields):")
_ENTRY = re.compile(r"\*{0,2}(\w+)(?: \([^)]*\))?: *(.*)")
_QUOTED = re.compile(r"`+([^`]*)`+")


def summary(docstring: str | None) -> str:
    """Return the first paragraph on one line, without backticks; empty where there is none.

    >>> summary("Blends ``n`` images.")
    'Blends n images.'
    """
    return next(iter(_paragraphs(docstring)), "")


def prose(docstring: str | None) -> tuple[str, ...]:
    """Return the other paragraphs, up to the first section or example."""
    return tuple(_paragraphs(docstring)[1:])


def arguments(docstring: str | None) -> dict[str, str]:
    """Return what the section ``Args`` says of each argument, on one line."""
    entries: dict[str, list[str]] = {}
    entry: list[str] = []
    for line in _section(docstring, "Args"):
        start = _ENTRY.fullmatch(line)
        if start:
            entry = entries[start[1]] = [start[2]]
        else:
            entry.append(line.strip())
    return {name: _plain(" ".join(lines)) for name, lines in entries.items()}


def _paragraphs(docstring: str | None) -> list[str]:
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(docstring or "").strip()):
        if _SECTION.match(paragraph) or paragraph.startswith(">>>"):
            break
        paragraphs.append(_plain(paragraph))
    return [text for text in paragraphs if text]


def _section(docstring: str | None, title: str) -> list[str]:
    """Return the lines of a section, unindented by one level."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    if f"{title}:" not in lines:
        return []
    body = []
    for line in lines[lines.index(f"{title}:") + 1 :]:
        if line and not line.startswith(" "):
            break
        body.append(line)
    return inspect.cleandoc("\n".join(["", *body])).splitlines()


def _plain(text: str) -> str:
    return " ".join(_QUOTED.sub(r"\1", text).split())
