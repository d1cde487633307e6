"""Which candidates are there for some data, and what goes together?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from augbench.bench.search.candidates.candidate import Candidate, Words
from augbench.bench.search.candidates.families import BY_NAME, FAMILIES, Family
from augbench.bench.search.candidates.reasons import is_told, seen
from augbench.bench.search.data_look.summary import DataSummary
from augbench.policies.spec.presets import PRESETS

from augbench.errors import InputError, nearest

#: what seldom helps much, and races where there is time
SELDOM = ("channel shift", "noise", "blur")


def require_known(include: Iterable[str], exclude: Iterable[str]) -> None:
    """Raise `InputError` where a name of ``--include`` or ``--exclude`` is that of no family."""
    for option, names in (("--include", include), ("--exclude", exclude)):
        for name in sorted(names):
            if name not in BY_NAME:
                hint = nearest(name, BY_NAME) or f"; known are {', '.join(BY_NAME)}"
                raise InputError(f"{option}: no augmentation is called {name!r}{hint}")


def singles(
    summary: DataSummary, include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> list[Candidate]:
    """Return the candidates that race first, the most plausible of them first.

    Args:
        summary: what is known of the data.
        include: names of families to try in any case.
        exclude: names of families to leave out.

    Raises:
        InputError: no family is called so.
    """
    include, exclude = set(include), set(exclude)
    require_known(include, exclude)
    fill, unsuited = fill_of(summary), left_out(summary)
    families = [
        family
        for family in FAMILIES
        if family.group != "enlarging"  # see `augbench.bench.search.candidates.generating`
        and family.name not in exclude
        and (family.name in include or family.name not in unsuited)
    ]
    families.sort(key=lambda family: _place(family, summary))
    return [_told(family.candidate(2, fill), summary) for family in families]


def left_out(summary: DataSummary) -> dict[str, str]:
    """Return the families that these data do not suit, by name, each with the reason."""
    reasons = {}
    if summary.grey:
        reasons["colour"] = "the images are grey"
    return reasons


def _told(candidate: Candidate, summary: DataSummary) -> Candidate:
    """Return a single candidate with what the data say in its reason."""
    remark = seen(candidate.family[0], summary)
    return replace(candidate, reason=f"{candidate.reason}; {remark}") if remark else candidate


def _place(family: Family, summary: DataSummary) -> int:
    """Return when a family races, where not all do: the smaller, the more plausible."""
    if family.name in SELDOM:
        return 2
    if is_told(family.name, summary):
        return 1
    # drawings, scans, products: mirrored ones are seldom the same
    return int(summary.border is not None and not family.moves)


def fill_of(summary: DataSummary) -> dict[str, Any]:
    """Return the words for what is seen beyond the border: the plain ground, or a mirror."""
    if summary.border is None:
        return {"fill_mode": "reflect"}
    return {"fill_mode": "constant", "cval": float(summary.border)}


def strengths(candidate: Candidate, summary: DataSummary) -> list[Candidate]:
    """Return a single candidate with less and with more; empty where there are no such."""
    if candidate.kind not in ("single", "strength"):
        return []
    family = BY_NAME[candidate.family[0]]
    others = (strength for strength in family.strengths if strength != candidate.strength)
    variants = (family.candidate(strength, fill_of(summary)) for strength in sorted(others))
    return [_told(variant, summary) for variant in variants]


def combination(members: Sequence[Candidate]) -> Candidate | None:
    """Return what does all that its members do; None where they do not go together.

    Of one family only one member counts, and of policies that mix labels, that choose operations by
    themselves, or that enlarge the training set, only the first. The order of the members does not
    matter.
    """
    order = list(BY_NAME)
    members = sorted(
        members,
        key=lambda member: (
            order.index(member.family[0]) if member.family[0] in order else len(order)
        ),
    )
    chosen: list[Candidate] = []
    for member in members:
        families = [name for previous in chosen for name in previous.family]
        groups = _groups(families)
        if not set(member.family) & set(families) and not _groups(member.family) & groups:
            chosen.append(member)
    if len(chosen) < 2:
        return None
    words: dict[str, Any] = {}
    for member in chosen:
        words |= member.words
    return Candidate(
        " + ".join(member.label for member in chosen),
        tuple(name for member in chosen for name in member.family),
        words,
        " + ".join(member.beside for member in chosen if member.beside),
        "each of them helped",
        max(member.strength for member in chosen),
        "combination",
        " + ".join(member.before for member in chosen if member.before),
    )


def _groups(families: Iterable[str]) -> set[str]:
    groups = (BY_NAME[name].group for name in families if name in BY_NAME)
    return {group for group in groups if group}


def preset_candidate(name: str, reason: str, fill: Words | None = None) -> Candidate:
    """Return a preset as a candidate; ``fill`` says what is seen beyond the border."""
    words = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in {**PRESETS[name], **(fill or {})}.items()
    }
    return Candidate(name, _families_of(words), words, "", reason, 2, "preset")


def _families_of(words: Words) -> tuple[str, ...]:
    """Return the names of the families that some words belong to."""
    return tuple(
        family.name
        for family in FAMILIES
        if any(
            not isinstance(does, str) and does.keys() <= words.keys()
            for _, does in family.strengths.values()
        )
        and family.name != "any rotation"
    )
