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
    ranked = sorted(check.policies, key=lambda policy: order[policy.verdict])
    return [policy_sentence(policy, check) for policy in ranked]


def policy_sentence(policy: PolicyCheck, check: Check) -> str:
    """Which measure, how much below, and how sure."""
    if policy.verdict == "regressed":
        worse = [measure for measure in policy.measures if measure.verdict == "regressed"]
        reasons = "; ".join(_worse(measure, check) for measure in worse)
        return f"{policy.policy} regressed in {seeds(policy.seeds)}: {reasons}."
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


def _worse(measure: MeasureCheck, check: Check) -> str:
    gap = measure.measure == GAP
    moved, least = ("rose", measure.low) if gap else ("fell", measure.high)
    return (
        f"{_lift(measure)}: it {moved} by {_size(measure.difference)} points, surely by more than "
        f"{_size(least)} ({_percent(check.confidence)} sure), and the margin is "
        f"{margin_name(check.margin)}"
    )


def _lift(measure: MeasureCheck) -> str:
    then, now = shown(measure.then, "points"), shown(measure.now, "points")
    return f"{MEASURES[measure.measure]} over none was {then} points and is {now}"


def next_steps(check: Check) -> list[tuple[str, str]]:
    """What to do, each with a command or ""."""
    steps: list[tuple[str, str]] = []
    if check.verdict == "regressed":
        steps.append(("If the new state is meant, accept it", _accept(check)))
    still_open = [policy for policy in check.policies if policy.verdict == "inconclusive"]
    if not still_open:
        return steps
    needed = [policy.seeds_needed for policy in still_open]
    most = max((count for count in needed if count is not None), default=0)
    names = listed([policy.policy for policy in still_open])
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
    wanted = max(policy.seeds_then for policy in check.policies)
    if min(policy.seeds for policy in check.policies) >= wanted:
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
    texts = []
    if check.none_then is not None and check.none_now is not None:
        texts.append(
            f"none itself: test accuracy {shown(check.none_then, 'percent')} then, "
            f"{shown(check.none_now, 'percent')} now."
        )
    if check.software:
        texts.append(other_software(check.software))
    if check.failed:
        failed = [f"{policy} seed {seed}" for policy, seed in check.failed]
        texts.append(f"Trials that failed do not count: {listed(failed)}.")
    texts.append(
        "Then, now: lift over none, in points. Accuracy alone passes a policy; the overfitting gap "
        "and the worst class can only fail it."
    )
    return texts


def other_software(differences: Sequence[Difference]) -> str:
    """What makes pixels or numbers and is another version now."""
    changes = [
        f"{difference.name} {difference.then or 'none'} → {difference.now or 'none'}"
        for difference in differences
    ]
    return f"Other software: {', '.join(changes)}."


def rows(check: Check) -> list[tuple[str, ...]]:
    """A row a policy and measure, as `COLUMNS`."""
    return [
        (
            policy.policy,
            SHORT[measure.measure],
            shown(measure.then, "points"),
            shown(measure.now, "points"),
            shown(measure.difference, "points"),
            interval(measure.low, measure.high),
            _verdict(policy, measure),
        )
        for policy in check.policies
        for measure in policy.measures
    ]


def _verdict(policy: PolicyCheck, measure: MeasureCheck) -> str:
    if measure.measure != ACCURACY and measure.verdict == "inconclusive":
        return "no regression seen"
    return f"{SIGNS[measure.verdict]} {measure.verdict}"


def calibration_rows(calibration: Calibration) -> list[tuple[str, ...]]:
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
        for row in calibration.rows
    ]


def calibration_sentences(calibration: Calibration) -> list[str]:
    """What the table is of."""
    measured = ", ".join(
        f"{label} {shown(sd, 'gap')}" for label, sd in calibration.noise[ACCURACY].items()
    )
    return [
        f"On {calibration.dataset} the lift over none varies from seed to seed by (standard "
        f"deviation of test accuracy, points, {seeds(calibration.baseline_seeds)}): {measured}. "
        f"Planned with {shown(calibration.planned, 'gap')}, which it is below with 80 % "
        "confidence.",
        f"With a baseline of these {seeds(calibration.baseline_seeds)}, or of as many as the check "
        "has, 95 of 100 checks of an unchanged build pass at this margin, and a drop as large as "
        "named is caught in 80 of 100; figures are points.",
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
