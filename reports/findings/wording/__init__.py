"""Findings become words here and nowhere else; nobody reads the words to learn what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from augbench.reports.findings.wording.actions import ACTIONS
from augbench.reports.findings.wording.changes import CHANGES
from augbench.reports.findings.wording.conclusion import SENTENCES
from augbench.reports.findings.wording.health import HEALTH
from augbench.reports.findings.wording.remarks import REMARKS

from augbench.findings import Finding

#: kinds whose words need no more than their figures
_BY_FIGURES = {**REMARKS, **CHANGES, **HEALTH}


@dataclass(frozen=True)
class Remark:
    """A finding in words: the policies concerned, "" for all, and what is said of them."""

    policy: str
    text: str


def words(finding: Finding) -> str:
    """A finding in words, with its seeds, without the policy that it concerns.

    A kind that is not known here, as of a newer version, is shown with its figures.
    """
    try:
        if finding.kind in ACTIONS:
            text = ACTIONS[finding.kind](finding.policy, finding.figures)
        elif finding.kind in SENTENCES:
            text = SENTENCES[finding.kind](finding.policy, finding.figures)
        else:
            text = _BY_FIGURES[finding.kind](finding.figures)
    except (LookupError, TypeError, ValueError, AttributeError):
        text = _as_it_is(finding)
    if not finding.seeds:
        return text
    seeds = ", ".join(map(str, finding.seeds))
    return f"{text}: seed {seeds}" if finding.kind == "not-run-yet" else f"{text} (seed {seeds})"


def remarks(findings: Iterable[Finding]) -> list[Remark]:
    """Findings in words; what is said of several policies alike is one remark on all of them."""
    policies: dict[str, list[str]] = {}
    for finding in findings:
        policies.setdefault(words(finding), []).append(finding.policy)
    return [Remark(", ".join(labels), text) for text, labels in policies.items()]


def _as_it_is(finding: Finding) -> str:
    figures = ", ".join(
        f"{name} {value if isinstance(value, str | int | float) else json.dumps(value)}"
        for name, value in finding.figures.items()
    )
    kind = finding.kind.replace("-", " ")
    return f"{kind}: {figures}" if figures else kind
