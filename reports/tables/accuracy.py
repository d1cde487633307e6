"""How much test accuracy does each policy gain or lose? The table accuracy.csv.

Accuracy is the one primary measure; all other tables are secondary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.columns import (
    COUNT,
    DIFFERENCE,
    P_VALUE,
    SHARE,
    SPREAD,
    VERDICT,
    Column,
    Table,
)
from augbench.reports.run.layout import MEASURES
from augbench.reports.run.measured import decision_of, same_images
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Effect, paired_effect
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.spread import shared_variance
from augbench.reports.statistics.verdict import (
    NOTHING,
    SEEDS_FOR_P_VALUES,
    Known,
    seeds_needed,
    verdict,
)
from augbench.reports.tables.class_measures import balanced_accuracy, macro_f1
from augbench.reports.tables.collapse import collapse
from augbench.reports.tables.looks import known_before
from augbench.reports.tables.possible import within_possible
from augbench.reports.tables.run_table import Basis, Built, RunTable
from augbench.reports.tables.tested_images import finding_on_folds, part_of_repeated_images
from numpy.typing import NDArray

from augbench.findings import Finding

AVERAGED = MEASURES["averaged"]

ACCURACY = Table(
    "accuracy",
    "Accuracy",
    "A row a policy: test accuracy and its difference to the baseline.",
    (
        Column("policy"),
        Column("trials", COUNT, help="finished trials, one a seed", always=True),
        Column("test_accuracy_mean", SHARE, "test accuracy", "mean over the seeds"),
        Column("test_accuracy_sd", SPREAD, "sd", "standard deviation over the seeds, in points"),
        Column(
            "delta_mean",
            DIFFERENCE,
            "difference",
            "to the baseline of the same seeds, in points",
        ),
        Column(
            "delta_low",
            DIFFERENCE,
            "interval",
            "in points, at the level that the note states; the verdict reads it",
            high="delta_high",
        ),
        Column("delta_high", DIFFERENCE),
        Column("p_value", P_VALUE, "p", "the level at which the interval touches zero"),
        Column(
            "verdict",
            VERDICT,
            values=("baseline", "better", "worse", "equivalent", "inconclusive"),
        ),
        Column("seeds_needed_low", COUNT, "seeds needed", "to settle it", high="seeds_needed_high"),
        Column("seeds_needed_high", COUNT),
        Column("averaged_test_accuracy_mean", SHARE, help="with averaged weights"),
        Column("averaged_delta_mean", DIFFERENCE, help="to the baseline, both averaged"),
        Column(
            "balanced_accuracy_mean",
            SHARE,
            "mean recall",
            "on test, each class counting the same; mean over the seeds",
        ),
        Column("balanced_accuracy_delta", DIFFERENCE, "its difference", "to the baseline's"),
        Column("macro_f1_mean", SHARE, "macro F1", "mean over the classes, and over the seeds"),
        Column("macro_f1_delta", DIFFERENCE, "its difference ", "to the baseline's"),
    ),
    order=(
        "policy",
        "test_accuracy_mean",
        "delta_mean",
        "delta_low",
        "verdict",
        "p_value",
        "test_accuracy_sd",
        "trials",
        "seeds_needed_low",
        "balanced_accuracy_mean",
        "balanced_accuracy_delta",
        "macro_f1_mean",
        "macro_f1_delta",
    ),
)


def accuracy_effect(run: Run, a: str, b: str, shared: float = math.nan) -> Effect:
    """The test accuracy of `a` less that of `b`, over the blocks where both finished.

    Args:
        run: the run.
        a: a policy.
        b: another one.
        shared: the variance between blocks of such a difference, by all policies.
    """
    pairs = run.pairs(a, b)
    differences = [x.accuracy - y.accuracy for x, y in pairs]
    equal = equal_predictions(pairs)
    images = shared_images([x.test for x, _ in pairs], [y.test for _, y in pairs])
    if images is None:
        effect = paired_effect(differences, equal=equal, shared=shared)
        return replace(effect, image_variance=part_of_repeated_images(pairs))
    return paired_effect(differences, *images, equal, shared)


def accuracy_effects(run: Run) -> dict[str, Effect]:
    """The effect of every policy over the baseline, their spread moderated by that of all."""
    shared = variance_by_all(run, lambda trial: trial.accuracy)
    return {label: accuracy_effect(run, label, run.baseline, shared) for label in run.challengers}


def variance_by_all(
    run: Run, figure: Callable[[Trial], float], against: str | None = None
) -> float:
    """The variance between blocks of a figure's difference to one policy, by all others.

    Policies that predict the same as that one say nothing of it.

    Args:
        run: the run.
        figure: what is compared.
        against: the policy that the others are compared with; the baseline where it is None.
    """
    against = run.baseline if against is None else against
    labels = [
        label
        for label in run.policies
        if label != against and not equal_predictions(run.pairs(label, against))
    ]
    figures = np.full((1 + len(labels), len(run.seeds)), math.nan)
    for row, label in enumerate((against, *labels)):
        for trial in run.done(label):
            figures[row, run.seeds.index(trial.seed)] = figure(trial)
    return shared_variance(figures)


def averaged_delta(run: Run, label: str) -> float:
    """The mean test accuracy of a policy less the baseline's, both with averaged weights."""
    pairs = run.pairs(label, run.baseline)
    differences = [x.number(AVERAGED) - y.number(AVERAGED) for x, y in pairs]
    return float(np.mean(differences)) if differences else math.nan


def shared_images(
    a: Sequence[Predictions | None], b: Sequence[Predictions | None]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """How right a and b were, 0 to 1, (J, n) each, where all saw the same images in the same order.

    None where they did not, or where a block has no predictions: then images cannot be told from
    seeds as a source of chance.
    """
    known = [outcome for outcome in (*a, *b) if outcome is not None]
    if not known or len(known) < len(a) + len(b):
        return None
    if not all(same_images(known[0], outcome) for outcome in known):
        return None
    right = np.stack([outcome.right for outcome in known])
    return right[: len(a)], right[len(a) :]


def equal_predictions(pairs: list[tuple[Trial, Trial]]) -> bool:
    """Whether both policies predicted the same classes for every image in every block."""
    return bool(pairs) and all(
        x.test is not None
        and y.test is not None
        and len(x.test.labels) == len(y.test.labels)
        and bool(x.test.same_as(y.test).all())
        for x, y in pairs
    )


def accuracy_table(run: Run, level: Level, margin: float) -> tuple[pd.DataFrame, list[Finding]]:
    """A row for each policy, in grid order.

    Args:
        run: the run.
        level: the level that all comparisons with the baseline share.
        margin: differences up to this fraction do not matter.

    Returns:
        The table, and findings on its rows.
    """
    rows, findings = [], []
    standings = _standings(run, level, margin)
    collapsed = {label: collapse(run, label) for label in run.policies}
    findings += [finding for finding in collapsed.values() if finding]
    of_baseline_collapsed = collapsed.get(run.baseline) is not None
    for label in run.policies:
        values = np.array([trial.accuracy for trial in run.done(label)])
        row: dict[str, Any] = {"policy": label, "trials": len(values)}
        row["test_accuracy_mean"] = values.mean() if len(values) else None
        row |= _class_measures(run, label)
        row["test_accuracy_sd"] = values.std(ddof=1) if len(values) > 1 else None
        averaged = [trial.number(AVERAGED) for trial in run.done(label)]
        row["averaged_test_accuracy_mean"] = np.mean(averaged) if averaged else None
        if label == run.baseline:
            rows.append(row | {"verdict": "baseline"})
            continue
        standing = standings[label]
        effect, word, reason = standing.effect, standing.verdict, standing.reason
        if word == "equivalent" and (of_baseline_collapsed or collapsed[label]):
            word, reason = "inconclusive", ""
        of_baseline = [y.accuracy for _, y in run.pairs(label, run.baseline)]
        bounds = within_possible(standing.known.bounds, of_baseline)
        row |= {"delta_low": bounds[0], "delta_high": bounds[1]}
        row["averaged_delta_mean"] = averaged_delta(run, label)
        row |= {"delta_mean": effect.mean, "verdict": word}
        if effect.blocks >= SEEDS_FOR_P_VALUES:
            row["p_value"] = standing.known.p_value
        if word == "inconclusive":
            low, high = seeds_needed(effect, standing.level, margin)
            row |= {"seeds_needed_low": low, "seeds_needed_high": high}
            if low is None and effect.variance > 0 and effect.blocks >= SEEDS_FOR_INTERVALS:
                findings.append(Finding("too-few-test-images", {}, label, "accuracy"))
        if reason:
            findings.append(verdict_finding(reason, label, "accuracy"))
        if 0 < effect.blocks < len(values):
            shared = {"seeds": effect.blocks, "baseline": run.baseline}
            findings.append(Finding("compared-on-fewer-seeds", shared, label, "accuracy"))
        rows.append(row)
    return ACCURACY.frame(rows), findings


@dataclass(frozen=True)
class _Standing:
    """The effect of a policy, the level of the last look, what all looks leave, and the verdict.

    ``reason`` is what must be said with the verdict.
    """

    effect: Effect
    level: Level
    known: Known
    verdict: str
    reason: str


def _standings(run: Run, level: Level, margin: float) -> dict[str, _Standing]:
    """The standing of each policy; where a plan settled it, that of the look that did."""
    decision = decision_of(run)
    if decision is not None:
        return {
            label: _Standing(
                standing.effect,
                standing.level,
                standing.known,
                standing.word if standing.settled else "inconclusive",
                standing.reason,
            )
            for label, standing in decision.standings.items()
        }
    before = known_before(run, level, accuracy_effects)
    standings = {}
    for label, effect in accuracy_effects(run).items():
        earlier = before.get(label, NOTHING)
        standings[label] = _Standing(
            effect,
            level,
            earlier.narrowed(effect, level),
            *verdict(effect, level, margin, earlier),
        )
    return standings


def _class_measures(run: Run, label: str) -> dict[str, float]:
    """Means of what counts each class the same, and their paired differences to the baseline."""
    tests = [trial.test for trial in run.done(label) if trial.test is not None]
    pairs = [(x.test, y.test) for x, y in run.pairs(label, run.baseline) if x.test and y.test]
    row = {}
    for name, measure in (("balanced_accuracy", balanced_accuracy), ("macro_f1", macro_f1)):
        if tests:
            row[f"{name}_mean"] = float(np.mean([measure(test) for test in tests]))
        if pairs and label != run.baseline:
            row[f"{name}_delta"] = float(np.mean([measure(x) - measure(y) for x, y in pairs]))
    return row


def verdict_finding(reason: str, label: str, table: str) -> Finding:
    """What must be said with the verdict on a policy, as `statistics.verdict` names it."""
    return Finding(reason, {"needed": SEEDS_FOR_INTERVALS}, label, table)


def level_finding(level: Level) -> Finding:
    """Where the level of the intervals comes from."""
    figures = {
        "confidence": level.confidence,
        "look": level.look,
        "alpha": level.alpha,
        "comparisons": level.comparisons,
        "seeds_for_intervals": SEEDS_FOR_INTERVALS,
        "seeds_for_p_values": SEEDS_FOR_P_VALUES,
    }
    return Finding("level-of-intervals", figures, table="accuracy")


def plan_findings(run: Run) -> list[Finding]:
    """How the grid grew: after how many seeds each policy was settled, or given up, and why."""
    decision = decision_of(run)
    if decision is None or run.plan is None:
        return []
    findings = []
    for label, standing in decision.standings.items():
        if standing.word != "open":
            kind = "settled-after" if standing.settled else "not-settled-by-plan"
            figures: dict[str, Any] = {"seeds": standing.blocks, "most": run.plan.stages[-1][0]}
            findings.append(Finding(kind, figures, label, "accuracy"))
    if run.plan.stopped is not None:
        figures = {"seeds": run.plan.stopped, "budget": run.plan.budget}
        findings.append(Finding("ended-by-budget", figures, table="accuracy"))
    return findings


def _build(basis: Basis) -> Built:
    frame, findings = accuracy_table(basis.run, basis.level, basis.margin)
    of_all = [
        level_finding(basis.level),
        *finding_on_folds(basis.run),
        *plan_findings(basis.run),
    ]
    return frame, [*of_all, *findings]


TABLE = RunTable(ACCURACY, _build)
