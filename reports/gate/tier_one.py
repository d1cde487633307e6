"""What a check without training found, in words: which policy, what changed, how much."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from augbench.reports.findings.wording import words
from augbench.reports.gate.wording import other_software
from augbench.reports.run.tier_one import FAILING, SubjectCheck, TierOne

SIGNS: Mapping[str, str] = {
    "same": "✓",
    "rounding": "✓",
    "healthy": "✓",
    "caution": "!",
    "changed": "✗",
    "fault": "✗",
}
_HEADINGS = {
    ("fingerprint", "passed"): "No change against {file}",
    ("fingerprint", "regressed"): "Augmentation changed against {file}",
    ("health", "passed"): "No fault found",
    ("health", "regressed"): "Faults found",
}
_SHOWN = 6
#: share of the images whose draws must be read for anything to be said of all
_READ = 0.5


def heading(found: TierOne) -> str:
    """The first line of all that is shown."""
    text = _HEADINGS[found.kind, found.verdict].format(file=found.file)
    failed = sum(one.verdict in FAILING for one in found.policies)
    count = len(found.policies)
    return f"{text}: {failed} of {count}" if failed else f"{text} ({count} checked)"


def ranked(found: TierOne) -> list[SubjectCheck]:
    """The policies, those that fail first."""
    return sorted(found.policies, key=lambda one: one.verdict not in FAILING)


def sentences(one: SubjectCheck) -> list[str]:
    """What was found of a policy, the gravest first, then how much of it is seen."""
    told = [words(finding) for finding in one.findings[:_SHOWN]]
    if len(one.findings) > _SHOWN:
        told.append(f"and {len(one.findings) - _SHOWN} more")
    return told + _measured(one)


def summary(one: SubjectCheck) -> str:
    """One line on a policy that needs no more."""
    told = "; ".join(words(finding) for finding in one.findings)
    if one.verdict == "same":
        text = "the same, bit for bit"
    elif one.verdict == "rounding":
        text = (
            f"the same but for rounding: {_percent(one.figures['pixels_differ'])} of pixels, by "
            f"up to {_levels(one.figures['largest'])}"
        )
    else:
        text = "healthy"
    return f"{text}; {told}" if told else text


def _measured(one: SubjectCheck) -> list[str]:
    figures = one.figures
    if "largest" not in figures:
        return []
    parts = [
        f"{_percent(figures['pixels_differ'])} of pixels differ, by up to "
        f"{_levels(figures['largest'])}",
        _draws(figures),
        "labels equal" if figures["same_labels"] else "labels differ",
    ]
    return ["; ".join(parts)]


def _draws(figures: Mapping[str, Any]) -> str:
    if figures["draws_read"] < _READ:
        return f"draws read in {_percent(figures['draws_read'])} of the images"
    return "draws equal" if figures["same_draws"] else "draws differ"


def remarks(found: TierOne) -> list[str]:
    """What else must be known."""
    said = []
    if found.software:
        said.append(other_software(found.software))
    speeds = _speeds(found.policies)
    if speeds:
        said.append(f"Images a second, one thread (shown only): {speeds}.")
    if found.picture:
        said.append(f"Picture: {found.picture}")
    return said


def _speeds(policies: Sequence[SubjectCheck]) -> str:
    return ", ".join(
        f"{one.policy} {one.figures['images_per_second_then']:,.0f} → "
        f"{one.figures['images_per_second']:,.0f}"
        for one in policies
        if "images_per_second_then" in one.figures
    )


def next_steps(found: TierOne) -> list[tuple[str, str]]:
    """What to do, each with a command."""
    if found.kind != "fingerprint" or found.verdict == "passed":
        return []
    file = shlex.quote(found.file)
    return [("If this is meant, accept it", f"augbench accept --fingerprint {file}")]


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.2g} %"


def _levels(count: int) -> str:
    return "1 level" if count == 1 else f"{count} levels"
