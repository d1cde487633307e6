"""What to keep, to drop and to do next, in a few words each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from augbench.reports.findings.wording.phrases import amount, baseline_name, in_words
from augbench.reports.formatting import shown

Figures = Mapping[str, Any]
_NAMED = 4


def _gains(of: Figures) -> str:
    return "; ".join(
        f"{name} {amount(mean, low, high)}" for name, mean, low, high in of["policies"][:_NAMED]
    ) + _more(of)


def _names(of: Figures) -> str:
    return ", ".join(
        f"{name} ({shown(mean, 'points')})" for name, mean, *_ in of["policies"][:_NAMED]
    ) + _more(of)


def _more(of: Figures) -> str:
    over = len(of["policies"]) - _NAMED
    return f" and {over} more" if over > 0 else ""


def _keep_baseline(_: str, of: Figures) -> str:
    name = baseline_name(of["baseline"])
    return f"{name}: nothing tested is better" if of["sure"] else f"{name}, until a gain is proven"


def duration(seconds: float | None) -> str:
    """Such as "less than a minute" or "about 12 minutes"; "" where it is not known."""
    if seconds is None:
        return ""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {minutes:.0f} minute{'s' if round(minutes) > 1 else ''}"
    return (
        f"about {minutes / 60:.0f} hours"
        if minutes < 60 * 48
        else f"about {minutes / 1440:.0f} days"
    )


def _price(of: Figures) -> str:
    took = duration(of["seconds"])
    trials = "1 trial" if of["trials"] == 1 else f"{of['trials']:,} trials"
    return trials + (f", {took}" if took else "")


def _next_seeds(label: str, of: Figures) -> str:
    return f"Settle {label} with {of['seeds']} seeds: {_price(of)}"


def _next_far(label: str, of: Figures) -> str:
    return (
        f"Stop here, or pay: {label} would take at least {of['low']:,} seeds to settle: "
        f"{_price(of)}"
    )


#: kind -> its words, of the policy concerned and the figures
ACTIONS: dict[str, Callable[[str, Figures], str]] = {
    "keep": lambda _, of: _gains(of),
    "keep-too": lambda _, of: f"gain too: {_names(of)}",
    "keep-baseline": _keep_baseline,
    "drop-collapsed": lambda _, of: f"learned nothing: {_names(of)}",
    "drop-losses": lambda _, of: f"cost accuracy: {_names(of)}",
    "drop-unproven-losses": lambda _, of: (
        f"lost in every one of {in_words(of['seeds'])} seeds: {_names(of)}"
        if of["seeds"] > 1
        else f"lost in the only seed: {_names(of)}"
    ),
    "drop-idle": lambda _, of: f"make no difference that matters: {_names(of)}",
    "next-finish": lambda _, of: f"Finish the run: {_price(of)}",
    "next-longer": lambda _, of: (
        f"Train for longer, {of['epochs']:,} epochs ({_price(of)}); if nothing is learned then "
        "either, look at images and labels"
    ),
    "next-use": lambda label, of: f"Train with {label}: nothing here needs more seeds",
    "next-other": lambda _, of: "Try other policies: nothing here needs more seeds",
    "next-more-images": lambda label, of: (
        f"Find more test images: more seeds alone cannot settle {label}"
    ),
    "next-seeds": _next_seeds,
    "next-far": _next_far,
}
