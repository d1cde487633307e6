"""How is a number of a table written for people?

Tables and files keep every digit; a terminal, a Markdown file and a page show fewer. All of them
ask `shown`, so the same figure reads the same everywhere.
"""

from __future__ import annotations

import math
from typing import Any

MISSING = "–"

KINDS = (
    "text",
    "verdict",
    "status",
    "percent",
    "points",
    "gap",
    "p",
    "seconds",
    "rate",
    "megabytes",
    "count",
    "number",
)


def is_missing(value: Any) -> bool:
    """Whether a table's cell holds nothing: None, NaN, pandas' NA or NaT, an empty text."""
    if value is None or isinstance(value, str):
        return not value
    try:
        # NaN is not equal to itself; comparing pandas' NA gives an NA that has no truth value.
        return bool(value != value)
    except (TypeError, ValueError):
        return True


def shown(value: Any, kind: str = "text") -> str:
    """Writes one value for people.

    Args:
        value: what stands in a table: fractions for accuracies and gaps, seconds for times.
        kind: one of `KINDS`. `percent` makes .834 into 83.4%; `points` makes a difference of
            .049 into +4.9; `gap` does the same without a plus sign; `p` keeps three decimals;
            `seconds`, `rate` and `megabytes` keep about three digits; `number` keeps three
            decimals.

    Returns:
        The text, a dash for a missing value.

    Raises:
        KeyError: the kind is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise KeyError(f"{kind!r} is not a way to write a number; known are {', '.join(KINDS)}")
    if is_missing(value):
        return MISSING
    if kind in ("text", "verdict", "status") or isinstance(value, str):
        return str(value)
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    return _WRITERS[kind](number)


def interval(low: Any, high: Any, kind: str = "points") -> str:
    """Writes a range, "-1.2 to +3.4"; an unknown end is a dash, two unknown ends are one dash."""
    if is_missing(low) and is_missing(high):
        return MISSING
    first, second = shown(low, kind), shown(high, kind)
    return first if first == second and kind == "count" else f"{first} to {second}"


def exact(value: Any) -> str:
    """Writes a value with all its digits: what a CSV file has, and "" for a missing value."""
    if is_missing(value):
        return ""
    item = value.item() if hasattr(value, "item") else value
    return item if isinstance(item, str) else repr(item)


def _fixed(number: float, decimals: int, sign: str = "-") -> str:
    """Fixed decimals; what rounds to zero has no sign, since its sign says nothing."""
    text = f"{number:{sign},.{decimals}f}"
    return text.lstrip("+-") if not text.strip("+-0.,") else text


def _p_value(number: float) -> str:
    return "<0.001" if 0 <= number < 0.001 else _fixed(number, 3)


def _about_three_digits(number: float) -> str:
    return _fixed(number, 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2)


_WRITERS = {
    "percent": lambda number: _fixed(100 * number, 1) + "%",
    "points": lambda number: _fixed(100 * number, 1, "+"),
    "gap": lambda number: _fixed(100 * number, 1),
    "p": _p_value,
    "seconds": _about_three_digits,
    "rate": _about_three_digits,
    "megabytes": lambda number: _fixed(number, 0),
    "count": lambda number: _fixed(number, 0),
    "number": lambda number: _fixed(number, 3),
}
