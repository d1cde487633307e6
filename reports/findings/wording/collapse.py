"""That a network learned nothing, in words that follow the name of the policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from augbench.reports.formatting import shown

Figures = Mapping[str, Any]


def _one_class(of: Figures) -> str:
    return (
        f"collapsed in {of['trials']} of {of['of']} trials: it answers {of['class']} for "
        f"{shown(of['share'], 'percent')} of the test images, of which "
        f"{shown(of['true_share'], 'percent')} are"
    )


def _guessing(of: Figures) -> str:
    return (
        f"is no better than guessing: accuracy {shown(of['accuracy'], 'percent')} and mean recall "
        f"{shown(of['recall'], 'percent')}, where a guess has {shown(of['chance'], 'percent')} and "
        f"naming the largest class is right in {shown(of['largest'], 'percent')}"
    )


def _no_softmax(of: Figures) -> str:
    return (
        f"has outputs that do not sum to 1 in {of['trials']} of {of['of']} trials, as of a model "
        "without softmax at its end: its losses, its calibration and its training mean little"
    )


COLLAPSES: dict[str, Callable[[Figures], str]] = {
    "one-class-for-all": _one_class,
    "no-better-than-guessing": _guessing,
    "no-softmax": _no_softmax,
}


def collapse_words(kind: str, figures: Figures) -> str:
    """What a finding of `augbench.reports.tables.collapse` says."""
    return COLLAPSES[kind](figures)
