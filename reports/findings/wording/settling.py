"""What is settled while a grid grows, in a line a look."""

from __future__ import annotations

from augbench.reports.findings.wording.phrases import listed, seeds
from augbench.reports.formatting import interval
from augbench.reports.statistics.decision import Decision, Standing


def look_words(decision: Decision) -> str:
    """Say what the last look settled and what is open, "" before the first.

    Such as "flips: worse (-5.2 to -1.1), settled after 3 seeds; light open".
    """
    if not decision.looked:
        return ""
    named = decision.standings.items()
    parts = [
        _news(label, one)
        for label, one in named
        if one.word != "open" and one.blocks == decision.looked
    ]
    still_open = [label for label, one in named if one.word == "open"]
    if still_open:
        parts.append(f"{listed(still_open)} open after {seeds(decision.looked)}")
    return "; ".join(parts)


def _news(label: str, one: Standing) -> str:
    between = f" ({interval(*one.known.bounds)})"
    if one.settled:
        return f"{label}: {one.word}{between}, settled after {seeds(one.blocks)}"
    return f"{label}: given up after {seeds(one.blocks)}{between}"
