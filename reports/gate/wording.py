"""What a check found, in words: which policy, which measure, how much, how sure, and what next."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence

from augbench.reports.findings.wording.phrases import listed, margin_name, seeds
from augbench.reports.formatting import interval, shown
from augbench.reports.run.baseline import Difference
from augbench.reports.run.calibration import Calibration
from augbench.reports.run.check import Check, MeasureCheck, PolicyCheck
from augbench.reports.statistics.affordable import points_up
from augbench.reports.statistics.gate import ACCURACY, GAP, WORST_CLASS, Measure

MEASURES: Mapping[Measure, str] = {
    ACCURACY: "test accuracy",
    GAP: "overfitting gap",
    WORST_CLASS: "recall of the worst class",
}
#: the same in a table
SHORT: Mapping[Measure, str] = {ACCURACY: "accuracy", GAP: "gap", WORST_CLASS: "worst class"}
SIGNS = {"passed": "✓", "regressed": "✗", "inconclusive": "?"}
HEADINGS = {
    "passed": "No regression",
    "regressed": "Regression",
    "inconclusive": "Not settled: neither a regression nor its absence is sure",
}
COLUMNS = ("policy", "measure", "then", "now", "change", "surely within", "verdict")
CALIBRATION_COLUMNS = (
    "seeds",
    "margin",
    "refused below",
    "catches",
    "of the gap",
    "of the worst class",
    "cries wolf",
    "usual seeds",
)


def heading(check: Check) -> str:
    """The first line of all that is shown."""
    return f"{HEADINGS[check.verdict]}: {check.dataset} against {check.baseline}"


def sentences(check: Check) -> list[str]:
    """A sentence a policy, those that regressed first."""
    order = {"regressed": 0, "inconclusive": 1, "passed": 2}
    ranked = sorted(check.policies, key=lambda one: order[one.verdict])
    return [policy_sentence(one, check) for one in ranked]


def policy_sentence(policy: PolicyCheck, check: Check) -> str:
    """Which measure, how much below, and how sure."""
    if policy.verdict == "regressed":
        worse = [one for one in policy.measures if one.verdict == "regressed"]
        told = "; ".join(_worse(one, check) for one in worse)
        return f"{policy.policy} regressed in {seeds(policy.seeds)}: {told}."
    if policy.unchanged:
        return (
            f"{policy.policy} passed: its figures are those of the baseline in all "
            f"{seeds(policy.seeds)}."
        )
    accuracy = policy.accuracy
    lift = _lift(accuracy)
    if policy.verdict == "passed":
        return (
            f"{policy.policy} passed after {seeds(policy.seeds)}: {lift}; it fell by less than "
            f"the margin of {margin_name(check.margin)} ({_percent(check.confidence)} sure)."
        )
    if accuracy.low is None:
        return (
            f"{policy.policy} is open: {seeds(policy.seeds)} with figures on both sides; a verdict "
            "needs 3 and some noise."
        )
    return (
        f"{policy.policy} is open after {seeds(policy.seeds)}: {lift}; it may have fallen by "
        f"{_size(accuracy.low)} points, and the margin is {margin_name(check.margin)}."
    )


def _worse(one: MeasureCheck, check: Check) -> str:
    gap = one.measure == GAP
    moved, least = ("rose", one.low) if gap else ("fell", one.high)
    return (
        f"{_lift(one)}: it {moved} by {_size(one.difference)} points, surely by more than "
        f"{_size(least)} ({_percent(check.confidence)} sure), and the margin is "
        f"{margin_name(check.margin)}"
    )


def _lift(one: MeasureCheck) -> str:
    then, now = shown(one.then, "points"), shown(one.now, "points")
    return f"{MEASURES[one.measure]} over none was {then} points and is {now}"


def next_steps(check: Check) -> list[tuple[str, str]]:
    """What to do, each with a command or ""."""
    steps: list[tuple[str, str]] = []
    if check.verdict == "regressed":
        steps.append(("If the new state is meant, accept it", _accept(check)))
    still_open = [one for one in check.policies if one.verdict == "inconclusive"]
    if not still_open:
        return steps
    needed = [one.seeds_needed for one in still_open]
    most = max((count for count in needed if count is not None), default=0)
    names = listed([one.policy for one in still_open])
    if most > check.most_seeds:
        steps.append((f"About {seeds(most)} would settle {names}", _more(check, most)))
    if None in needed or not most:
        steps.append(
            (
                "What margin these data afford, and with how many seeds",
                f"augbench check {shlex.quote(check.run)} --calibrate",
            )
        )
    return steps


def _accept(check: Check) -> str:
    """On as many seeds as the baseline has: a check stops at fewer where they are enough for it."""
    run = shlex.quote(check.run)
    accept = f"augbench accept {run} --baseline {shlex.quote(check.baseline)}"
    wanted = max(one.seeds_then for one in check.policies)
    if min(one.seeds for one in check.policies) >= wanted:
        return accept
    config = shlex.quote(f"{check.run}/experiment.toml")
    return f"augbench compare --config {config} --seeds {wanted} --out {run} && {accept}"


def _more(check: Check, count: int) -> str:
    run, file = shlex.quote(check.run), shlex.quote(check.baseline)
    config = shlex.quote(f"{check.run}/experiment.toml")
    if check.grows:
        return f"augbench check --config {config} --baseline {file} --max-seeds {count} --out {run}"
    return (
        f"augbench compare --config {config} --seeds {count} --out {run} && "
        f"augbench check {run} --baseline {file}"
    )


def remarks(check: Check) -> list[str]:
    """What else must be known."""
    said = []
    if check.none_then is not None and check.none_now is not None:
        said.append(
            f"none itself: test accuracy {shown(check.none_then, 'percent')} then, "
            f"{shown(check.none_now, 'percent')} now."
        )
    if check.software:
        said.append(other_software(check.software))
    if check.failed:
        failed = [f"{policy} seed {seed}" for policy, seed in check.failed]
        said.append(f"Trials that failed do not count: {listed(failed)}.")
    said.append(
        "Then, now: lift over none, in points. Accuracy alone passes a policy; the overfitting gap "
        "and the worst class can only fail it."
    )
    return said


def other_software(differences: Sequence[Difference]) -> str:
    """What makes pixels or numbers and is another version now."""
    told = [f"{one.name} {one.then or 'none'} → {one.now or 'none'}" for one in differences]
    return f"Other software: {', '.join(told)}."


def rows(check: Check) -> list[tuple[str, ...]]:
    """A row a policy and measure, as `COLUMNS`."""
    return [
        (
            policy.policy,
            SHORT[one.measure],
            shown(one.then, "points"),
            shown(one.now, "points"),
            shown(one.difference, "points"),
            interval(one.low, one.high),
            _verdict(policy, one),
        )
        for policy in check.policies
        for one in policy.measures
    ]


def _verdict(policy: PolicyCheck, one: MeasureCheck) -> str:
    if one.measure != ACCURACY and one.verdict == "inconclusive":
        return "no regression seen"
    return f"{SIGNS[one.verdict]} {one.verdict}"


def calibration_rows(found: Calibration) -> list[tuple[str, ...]]:
    """A row a number of seeds, as `CALIBRATION_COLUMNS`; points, rounded up."""
    return [
        (
            str(row.seeds),
            _afforded(row.margin),
            _afforded(row.floor),
            *(_afforded(row.catches.get(measure, math.nan)) for measure in MEASURES),
            f"{100 * row.alarms:.1f} %",
            f"{row.usual_seeds:.1f}",
        )
        for row in found.rows
    ]


def calibration_sentences(found: Calibration) -> list[str]:
    """What the table is of."""
    measured = ", ".join(
        f"{label} {shown(sd, 'gap')}" for label, sd in found.noise[ACCURACY].items()
    )
    return [
        f"On {found.dataset} the lift over none varies from seed to seed by (standard deviation "
        f"of test accuracy, points, {seeds(found.baseline_seeds)}): {measured}. Planned with "
        f"{shown(found.planned, 'gap')}, which it is below with 80 % confidence.",
        f"With a baseline of these {seeds(found.baseline_seeds)}, or of as many as the check has, "
        "95 of 100 checks of an unchanged build pass at this margin, and a drop as large as named "
        "is caught in 80 of 100; figures are points.",
    ]


def _afforded(fraction: float | None) -> str:
    """A fraction in points that are enough; "–" where no number of them is."""
    if fraction is None or not math.isfinite(fraction):
        return "–"
    return f"{points_up(fraction):.1f}"


def _size(fraction: float | None) -> str:
    return shown(None if fraction is None else abs(fraction), "gap")


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
