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
        _news(label, standing)
        for label, standing in named
        if standing.word != "open" and standing.blocks == decision.looked
    ]
    still_open = [label for label, standing in named if standing.word == "open"]
    if still_open:
        parts.append(f"{listed(still_open)} open after {seeds(decision.looked)}")
    return "; ".join(parts)


def _news(label: str, standing: Standing) -> str:
    between = f" ({interval(*standing.known.bounds)})"
    if standing.settled:
        return f"{label}: {standing.word}{between}, settled after {seeds(standing.blocks)}"
    return f"{label}: given up after {seeds(standing.blocks)}{between}"
