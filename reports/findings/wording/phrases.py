"""How are counts, names and differences put into words?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augbench.reports.formatting import interval, shown

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
# A sentence names so many policies or classes; the tables name them all.
_NAMED = 3
_LONGEST_REASON = 120


def seeds(count: int) -> str:
    """Such as "1 seed" or "5 seeds"."""
    return f"{count} {'seed' if count == 1 else 'seeds'}"


def duration(seconds: float) -> str:
    """Such as "1 h 30 min", "20 min" or "90 s"."""
    minutes, rest = divmod(round(seconds), 60)
    if rest or not minutes:
        return f"{round(seconds)} s"
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)
    return " ".join(parts)


def in_words(count: int) -> str:
    """Such as "three"; in figures above ten."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def listed(names: Sequence[str], word: str = "and") -> str:
    """Names in words: the first three of many, "a, b, c and 37 more"."""
    over = len(names) - _NAMED
    items = [*names[:_NAMED], f"{over} more"] if over > 0 else list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def baseline_name(baseline: str) -> str:
    """What a sentence calls the baseline."""
    return "no augmentation" if baseline == "none" else baseline


def margin_name(margin: float) -> str:
    """Such as "1 point" or "2.5 points", of a fraction."""
    return f"{100 * margin:g} {'point' if margin == 0.01 else 'points'}"


def amount(mean: Any, low: Any, high: Any, rounding: str = "gap") -> str:
    """Such as "+4.9 points (2.1 to 7.7)", without bounds where there is no interval."""
    between = f" ({interval(low, high, rounding)})" if low is not None else ""
    return f"{shown(mean, 'points')} points{between}"


def sentence(parts: Sequence[str]) -> str:
    """What is said in one sentence, its parts with semicolons between."""
    return f"{'; '.join(parts)}."


def headline(parts: Sequence[str]) -> tuple[str, str]:
    """The same sentence in two: what is said first, and the rest, "" where there is none."""
    return (parts[0], sentence(parts[1:])) if len(parts) > 1 else (sentence(parts), "")


def reason(text: str) -> str:
    """Why something failed, in one line that is not too long."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason recorded"
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 3]}..."
