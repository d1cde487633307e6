"""What one part of the program has to tell another: a kind and its figures, never a sentence.

Policies and trials leave findings in the run folder, tables add theirs, and
`augbench.reports.findings.wording` alone makes words of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that a person should know and no column holds.

    Attributes:
        kind: which, in words with dashes: ``pool-refused``. A kind that the wording does not know
            is shown with its figures.
        figures: its figures by name, as plain JSON values.
        policy: the label that it concerns; empty for all, or where the policy itself says it.
        table: the table that it belongs to; empty for the whole run.
        seeds: the blocks that it holds in; empty for all.
    """

    kind: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    policy: str = ""
    table: str = ""
    seeds: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return kind and figures as JSON holds them in a trial's record."""
        return {"kind": self.kind, "figures": dict(self.figures)}
