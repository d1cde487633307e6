"""Values at the ends of a range that is told in words, and just outside."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = r"-?[\d,.]+\d|\d"


def alternatives(words: str) -> list[str]:
    """Return the parts of ``a number from 0 on, or None``."""
    if words.startswith("one of "):
        *_, last = words.rpartition(", or ")
        return [words, "None"] if last == "None" else [words]
    return re.split(r", or |, (?=a )", words)


def of_range(words: str) -> tuple[list[Any], list[Any]]:
    """Return the values to be taken and to be refused of one number in words."""
    whole = words.startswith("a whole number")
    step: Any = 1 if whole else 1e-6
    inside: list[Any] = []
    outside: list[Any] = [True, "1"] + ([1.5] if whole else [])
    patterns = {
        rf"from ({_NUMBER})": (0, -1),
        rf"above ({_NUMBER})": (1, 0),
        rf"(?: to| at most) ({_NUMBER})": (0, 1),
        rf"below ({_NUMBER})": (-1, 0),
    }
    for pattern, (taken, refused) in patterns.items():
        for found in re.findall(pattern, words):
            end = float(found.replace(",", ""))
            end = int(end) if whole else end
            inside.append(end + taken * step)
            outside.append(end + refused * step)
    return inside or [step], outside


def examples(words: str) -> tuple[list[Any], list[Any]]:
    """Return the values to be taken and to be refused of what an option takes, in words."""
    inside: list[Any] = []
    outside: list[Any] = []
    parts = alternatives(words)
    for part in parts:
        if quoted := re.findall(r"'([^']*)'", part):
            inside += quoted
            outside += ["nonsense"] if "number" in words else ["nonsense", 1]
        elif part == "True or False":
            inside += [True, False]
            outside += ["yes", 1]
        elif part == "None":
            inside.append(None)
        elif match := re.fullmatch(r"a list of (\d+ )?(whole )?numbers(.*)", part):
            count = int(match[1] or 2)
            taken, refused = of_range(f"a {match[2] or ''}number{match[3]}")
            inside += [[value] * count for value in taken]
            outside += [[value] * count for value in refused]
            outside += [taken[:1] * (count + 1)] if match[1] else []
        elif "number" in part:
            taken, refused = of_range(part)
            inside += taken
            outside += refused
    if any(part.startswith("a number") for part in parts):
        outside = [value for value in outside if value != 1.5]
    outside += [] if "None" in parts else [None]
    return inside, [value for value in outside if not any(_same(value, x) for x in inside)]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
