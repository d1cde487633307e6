"""A run is held against a baseline: is it comparable, and does each policy do what it did?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from augbench.bench.run.experiment import Asking
from augbench.reports.run.baseline import (
    Baseline,
    Conditions,
    Difference,
    MadeWith,
    differences,
    expression_of,
    software_changes,
)
from augbench.reports.run.check import (
    CHECK_SCHEMA_VERSION,
    Check,
    MeasureCheck,
    PolicyCheck,
    Verdict,
)
from augbench.reports.run.gated import gate_blocks
from augbench.reports.run.measured import design_of
from augbench.reports.run.run import Run, Trial
from augbench.reports.statistics.affordable import affordable, noise_of, points_up
from augbench.reports.statistics.decision import Decision, decide
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.gate import (
    ACCURACY,
    SIGNS,
    GateBlock,
    GateStanding,
    Measure,
    MeasureStanding,
    question,
)
from augbench.reports.statistics.level import ALPHA, level_of

from augbench.errors import InputError, NotComparable

#: simulated checks by which the noise floor is found
RUNS = 400
_WORDS: Mapping[str, Verdict] = {"passed": "passed", "regressed": "regressed"}


def asking(baseline: Baseline, classes: int) -> Asking:
    """Return what a grid that grows for a check of this baseline is made for."""

    def settled(
        trials: Mapping[tuple[str, int], Trial],
        seeds: Sequence[int],
        policies: Sequence[str],
        none: str,
        design: Design,
    ) -> Decision:
        blocks = gate_blocks(trials, seeds, policies, classes)
        challengers = [label for label in policies if label != none]
        return decide(blocks, challengers, none, design, question(baseline.then, seeds))

    return Asking(settled, f"gate-{baseline.digest}-{baseline.margin:g}")


def require_comparable(
    baseline: Baseline,
    file: Path,
    now: Conditions,
    policies: Mapping[str, str],
    *,
    all_policies: bool = True,
) -> None:
    """Raise `NotComparable` where anything differs that must be the same.

    Args:
        baseline: what was accepted.
        file: where it is.
        now: the conditions of what is checked.
        policies: its policies, by label as typed.
        all_policies: those of the baseline must be there too, so that none is lost unnoticed.
    """
    changes = differences(baseline.conditions, now)
    then = {label: policy.expression for label, policy in baseline.policies.items()}
    for label in {**(then if all_policies else {}), **policies}:
        if then.get(label) != policies.get(label):
            changes.append(Difference(f"policy {label}", then.get(label), policies.get(label)))
    if changes:
        raise NotComparable(
            f"baseline {file} is not comparable with what is checked; accept the new state with "
            "augbench accept, or check under the old conditions:",
            [_difference_line(change) for change in changes],
        )


def hold(run: Run, baseline: Baseline, file: Path, *, all_policies: bool = True) -> Check:
    """Hold a run against a baseline.

    Args:
        run: the run.
        baseline: what was accepted, with the margin that counts.
        file: where it is.
        all_policies: as of `require_comparable`.

    Raises:
        NotComparable: anything differs that must be the same.
        InputError: the margin is below the noise floor, or the run is empty.
    """
    if not run.challengers or run.baseline not in run.policies:
        raise InputError(f"{run.folder} compares no policy with none, so there is no lift")
    now = Conditions.of(run.experiment, run.environment)
    labels = {label: expression_of(run, label) for label in run.challengers}
    require_comparable(baseline, file, now, labels, all_policies=all_policies)
    design = _design(run, baseline.margin)
    known = replace(
        baseline, policies={label: baseline.policies[label] for label in run.challengers}
    )
    floor = require_margin(known, design, fixed=run.plan is None, seeds=len(run.seeds))
    blocks = gate_blocks(run.trials, run.seeds, run.policies, len(run.classes))
    if run.plan is None:  # trials that are missing count as those that failed
        blocks = [{label: block.get(label, {}) for label in run.policies} for block in blocks]
    decision = decide(
        blocks,
        run.challengers,
        run.baseline,
        design,
        question(known.then, run.seeds),
        ended=True,
    )
    return _check(run, known, file, decision, blocks, floor, design)


def too_small_a_margin(run: Run, baseline: Baseline) -> str:
    """Return why a check with as many seeds as the accepted run would be refused; else ""."""
    fixed, seeds = run.plan is None, len(run.seeds)
    try:
        require_margin(baseline, _design(run, baseline.margin), fixed=fixed, seeds=seeds)
    except InputError as error:
        return str(error)
    return ""


def require_margin(baseline: Baseline, design: Design, *, fixed: bool, seeds: int) -> float | None:
    """Return the noise floor of checks with this baseline; None where the noise is not known.

    Raises:
        InputError: the margin is below it.
    """
    noise = noise_of(baseline.then)
    if seeds < SEEDS_FOR_INTERVALS or not noise.sd or noise.seeds < SEEDS_FOR_INTERVALS:
        return None
    if not any(value > 0 for value in noise.sd[ACCURACY].values()):
        return None
    afforded = affordable(noise, noise.seeds, design.most, fixed=fixed, runs=RUNS)
    if baseline.margin < afforded.floor:
        worst = max(noise.sd[ACCURACY].values())
        enough = (
            f"{points_up(afforded.margin):g}" if math.isfinite(afforded.margin) else "no number of"
        )
        raise InputError(
            f"--margin {100 * baseline.margin:g} is below the noise floor of "
            f"{points_up(afforded.floor):g} points: lifts vary by {100 * worst:.1f} from seed to "
            f"seed, so that with {noise.seeds} seeds in the baseline and "
            f"{'' if fixed else 'up to '}{design.most} in the check an unchanged build would not "
            f"even pass every other time; {enough} can be afforded "
            "(augbench check RUN --calibrate shows what more seeds allow)"
        )
    return afforded.floor


def _design(run: Run, margin: float) -> Design:
    """Return when a run is looked at: by its plan, or once, as the look that its folder says."""
    if run.plan is not None:
        return design_of(run.plan, margin)
    look = level_of(run.seeds, run.looks, 1).look
    count = max(SEEDS_FOR_INTERVALS, len(run.seeds))
    return Design(margin, count, (Stage(count, look),))


def _check(
    run: Run,
    baseline: Baseline,
    file: Path,
    decision: Decision,
    blocks: Sequence[GateBlock],
    floor: float | None,
    design: Design,
) -> Check:
    policies = tuple(
        _policy(label, standing, baseline)
        for label, standing in decision.standings.items()
        if isinstance(standing, GateStanding)
    )
    verdicts = {policy.verdict for policy in policies}
    verdict: Verdict = "passed"
    if "inconclusive" in verdicts:
        verdict = "inconclusive"
    if "regressed" in verdicts:
        verdict = "regressed"
    none = [block[run.baseline].get(ACCURACY) for block in blocks if run.baseline in block]
    now = MadeWith.of(run.environment)
    return Check(
        CHECK_SCHEMA_VERSION,
        verdict,
        Path(run.dataset).name,
        str(file),
        str(run.folder),
        baseline.margin,
        floor,
        1.0 - ALPHA,
        _mean(list(baseline.none.get(ACCURACY, {}).values())),
        _mean(none),
        policies,
        tuple((trial.policy, trial.seed) for trial in run.stored() if not trial.done),
        tuple(software_changes(baseline.made_with, now)),
        run.plan is not None,
        design.most,
    )


def _policy(label: str, standing: GateStanding, baseline: Baseline) -> PolicyCheck:
    measures = tuple(
        _measure(measure, of_measure) for measure, of_measure in standing.measures.items()
    )
    return PolicyCheck(
        label,
        _WORDS.get(standing.word, "inconclusive"),
        standing.effect.blocks,
        len(baseline.policies[label].lifts.get(ACCURACY, {})),
        standing.needed(standing.margin)[1],
        standing.effect.equal,
        measures,
    )


def _measure(measure: Measure, standing: MeasureStanding) -> MeasureCheck:
    sign = SIGNS[measure]
    low, high = (_number(sign * bound) for bound in standing.known.bounds)
    if sign < 0:
        low, high = high, low
    return MeasureCheck(
        measure,
        _WORDS.get(standing.word, "inconclusive"),
        _number(standing.then),
        _number(standing.now),
        _number(sign * standing.effect.mean),
        low,
        high,
    )


def _number(value: float) -> float | None:
    # − 0.0 is written as 0
    return None if math.isnan(value) else value + 0.0


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return math.fsum(known) / len(known) if known else None


def _difference_line(difference: Difference) -> str:
    return f"{difference.name}: {_short(difference.then)} then, {_short(difference.now)} now"


def _short(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        text = ", ".join(map(str, value))
        return f"{len(value)} ({text[:60]}{'…' if len(text) > 60 else ''})"
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text
