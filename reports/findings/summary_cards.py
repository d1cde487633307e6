"""What does the head of a report say? What to use, how sure that is, what it costs, in three cards.

They pick rows of the tables and put words around them; every figure stands in a CSV file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.reports.columns import records
from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.typical_trial import TYPICAL_TRIAL, typical_trials
from augbench.reports.formatting import is_missing
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.views import ShownValue, shown_value

from augbench.findings import Finding

# Wall and CPU time that differ by more than this share are of a machine that was busy.
BUSY = 0.2
# What must be read before anything else of a run.
_TROUBLE = ("failed", "damaged", "not-run-yet", "no-baseline", "no-baseline-trial")


@dataclass(frozen=True)
class SummaryCards:
    """Ten seconds: what to use, how sure that is, what it costs.

    Attributes:
        policy: the label to use, or words that none is known.
        policies: the labels to use, none where nothing is settled.
        about: the policy whose difference follows.
        verdict: its verdict on accuracy.
        delta: its difference to the baseline.
        interval: the interval of that difference.
        trials: how many trials it has.
        costed: the policy whose cost follows.
        seconds: the time of its typical trial.
        baseline_seconds: that of the baseline's, where that is another policy.
        of_cpu: whether the times are CPU time, since the machine was busy.
    """

    policy: str
    policies: tuple[str, ...]
    about: str
    verdict: str
    delta: ShownValue
    interval: ShownValue
    trials: ShownValue
    costed: str
    seconds: ShownValue | None = None
    baseline_seconds: ShownValue | None = None
    of_cpu: bool = False

    @property
    def recommends(self) -> bool:
        """Whether the run says what to use."""
        return bool(self.policies)


def summary_cards(tables: Tables) -> SummaryCards | None:
    """The cards, None where no policy could be compared.

    Where nothing is settled the figures are those of the unsettled policy with the highest mean
    difference; where the baseline is to be used, those of the challenger with the highest.
    """
    accuracy = tables.accuracy
    compared = accuracy[(accuracy["verdict"] != "baseline") & accuracy["delta_mean"].notna()]
    if compared.empty:
        return None
    recommended = tables.conclusion.recommended
    asked = compared[compared["policy"].isin(recommended[:1])]
    if asked.empty and not recommended:
        asked = compared[compared["verdict"] == "inconclusive"]
    asked = compared if asked.empty else asked
    row = asked.to_dict("records")[int(np.argmax(asked["delta_mean"].to_numpy(dtype=float)))]
    costs = {item["policy"]: item for item in records(typical_trials(tables))}
    costed = recommended[0] if recommended else str(row["policy"])
    cost = costs.get(costed)
    base = costs.get(tables.run.baseline) if costed != tables.run.baseline else None
    of_cpu = machine_was_busy([item for item in (cost, base) if item])
    time = "cpu_seconds" if of_cpu else "seconds"
    return SummaryCards(
        policy=" or ".join(recommended) if recommended else "Not settled",
        policies=recommended,
        about=str(row["policy"]),
        verdict=str(row["verdict"]),
        delta=shown_value(ACCURACY, "delta_mean", row),
        interval=shown_value(ACCURACY, "delta_low", row),
        trials=shown_value(ACCURACY, "trials", row),
        costed=costed,
        seconds=shown_value(TYPICAL_TRIAL, time, cost) if cost else None,
        baseline_seconds=shown_value(TYPICAL_TRIAL, time, base) if base else None,
        of_cpu=of_cpu,
    )


def machine_was_busy(costs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether CPU time is known of all these trials and says something else than wall time does.

    Then, where they differ by more than a fifth, wall time is the machine's load as much as the
    policy's cost.
    """
    names = ("seconds", "cpu_seconds")
    if not costs or any(is_missing(item.get(name)) for item in costs for name in names):
        return False
    return any(
        abs(item["seconds"] - item["cpu_seconds"]) > BUSY * item["seconds"] for item in costs
    )


def typical_cost(tables: Tables) -> list[Finding]:
    """What the recommended policy's typical trial takes; nothing where that is unknown."""
    cards = summary_cards(tables)
    if cards is None or cards.seconds is None:
        return []
    of_baseline = cards.baseline_seconds
    figures = {
        "policy": cards.costed,
        "seconds": cards.seconds.number,
        "of_cpu": cards.of_cpu,
        "baseline": tables.run.baseline,
        "baseline_seconds": None if of_baseline is None else of_baseline.number,
    }
    return [Finding("typical-cost", figures)]


def trouble(tables: Tables, most: int = 8) -> list[Finding]:
    """What must be read first: trials that failed or are missing, a baseline that is not there.

    A policy of which the conclusion says already that it failed is left out.
    """
    asides = tables.conclusion.asides
    failed = {finding.policy for finding in asides if finding.kind == "policy-failed"}
    urgent = [
        finding
        for finding in tables.findings_of("trials")
        if finding.kind in _TROUBLE and not (finding.policy and finding.policy in failed)
    ]
    if len(urgent) > most:
        more = Finding("more-trouble", {"count": len(urgent) - most}, table="trials")
        urgent = [*urgent[:most], more]
    return urgent
