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


def heading(check: TierOne) -> str:
    """The first line of all that is shown."""
    text = _HEADINGS[check.kind, check.verdict].format(file=check.file)
    failed = sum(subject.verdict in FAILING for subject in check.policies)
    count = len(check.policies)
    return f"{text}: {failed} of {count}" if failed else f"{text} ({count} checked)"


def ranked(check: TierOne) -> list[SubjectCheck]:
    """The policies, those that fail first."""
    return sorted(check.policies, key=lambda subject: subject.verdict not in FAILING)


def sentences(subject: SubjectCheck) -> list[str]:
    """What was found of a policy, the gravest first, then how much of it is seen."""
    texts = [words(finding) for finding in subject.findings[:_SHOWN]]
    if len(subject.findings) > _SHOWN:
        texts.append(f"and {len(subject.findings) - _SHOWN} more")
    return texts + _measured(subject)


def summary(subject: SubjectCheck) -> str:
    """One line on a policy that needs no more."""
    findings = "; ".join(words(finding) for finding in subject.findings)
    if subject.verdict == "same":
        text = "the same, bit for bit"
    elif subject.verdict == "rounding":
        text = (
            f"the same but for rounding: {_percent(subject.figures['pixels_differ'])} of pixels, "
            f"by up to {_levels(subject.figures['largest'])}"
        )
    else:
        text = "healthy"
    return f"{text}; {findings}" if findings else text


def _measured(subject: SubjectCheck) -> list[str]:
    figures = subject.figures
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


def remarks(check: TierOne) -> list[str]:
    """What else must be known."""
    texts = []
    if check.software:
        texts.append(other_software(check.software))
    speeds = _speeds(check.policies)
    if speeds:
        texts.append(f"Images a second, one thread (shown only): {speeds}.")
    if check.picture:
        texts.append(f"Picture: {check.picture}")
    return texts


def _speeds(policies: Sequence[SubjectCheck]) -> str:
    return ", ".join(
        f"{subject.policy} {subject.figures['images_per_second_then']:,.0f} → "
        f"{subject.figures['images_per_second']:,.0f}"
        for subject in policies
        if "images_per_second_then" in subject.figures
    )


def next_steps(check: TierOne) -> list[tuple[str, str]]:
    """What to do, each with a command."""
    if check.kind != "fingerprint" or check.verdict == "passed":
        return []
    file = shlex.quote(check.file)
    return [("If this is meant, accept it", f"augbench accept --fingerprint {file}")]


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.2g} %"


def _levels(count: int) -> str:
    return "1 level" if count == 1 else f"{count} levels"
