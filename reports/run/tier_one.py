"""What did a check without training find? The content of `augbench check --fingerprint --json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from augbench.reports.run.baseline import Difference

from augbench.findings import Finding

TIER_ONE_SCHEMA_VERSION = 1
#: of a fingerprint: nothing differs, roundings alone, something does; of health: all well, well
#: with something to know, a fault
Verdict = Literal["same", "rounding", "changed", "healthy", "caution", "fault"]
#: verdicts that fail a check
FAILING = ("changed", "fault")


@dataclass(frozen=True)
class SubjectCheck:
    """What was found of one policy.

    Attributes:
        policy: its name.
        verdict: of this policy.
        findings: what changed, or what is wrong, the gravest first; empty where nothing is.
        figures: what is shown beside, by name: shares are fractions, levels 0…255.
    """

    policy: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TierOne:
    """What a check without training found.

    Attributes:
        kind: ``fingerprint``, against a file, or ``health``, against none.
        file: the fingerprint; empty for health.
        policies: one each.
        software: what makes pixels and is another version now.
        picture: where the picture of what differs is; empty where there is none.
    """

    kind: Literal["fingerprint", "health"]
    file: str
    policies: tuple[SubjectCheck, ...]
    software: tuple[Difference, ...] = ()
    picture: str = ""

    @property
    def verdict(self) -> Literal["passed", "regressed"]:
        """Regressed where any policy fails."""
        failed = any(subject.verdict in FAILING for subject in self.policies)
        return "regressed" if failed else "passed"

    def text(self) -> str:
        """Return it as JSON, ended by a line feed."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema_version": TIER_ONE_SCHEMA_VERSION,
            "kind": self.kind,
            "file": self.file,
            "verdict": self.verdict,
            "policies": [
                {
                    "policy": subject.policy,
                    "verdict": subject.verdict,
                    "findings": [finding.to_dict() for finding in subject.findings],
                    **subject.figures,
                }
                for subject in self.policies
            ],
            "software": [{"name": s.name, "then": s.then, "now": s.now} for s in self.software],
            "picture": self.picture,
        }
