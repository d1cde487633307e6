"""Asks for the health of something, for tests: its findings by kind and in words."""

from __future__ import annotations

from functools import cache
from typing import Any

from augbench.bench.gate.health.checking import health_of
from augbench.bench.gate.rendering.cards import Cards, cards
from augbench.bench.gate.rendering.rendering import render
from augbench.bench.gate.rendering.subject import subject_of
from augbench.reports.findings.wording import words
from augbench.reports.run.tier_one import SubjectCheck


@cache
def shown() -> Cards:
    return cards()


def health(what: Any, spec: Any = None, shown_cards: Cards | None = None) -> SubjectCheck:
    return health_of(render(subject_of(what, spec), shown_cards or shown()))


def kinds(check: SubjectCheck) -> list[str]:
    return [finding.kind.removeprefix("health-") for finding in check.findings]


def told(check: SubjectCheck) -> str:
    return "; ".join(words(finding) for finding in check.findings)
