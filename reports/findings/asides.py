"""What must the reader of a conclusion know before acting? Harm, doubt and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from augbench.reports.columns import records
from augbench.reports.findings.standings import Standing, beats, or_none
from augbench.reports.run.run import Run, Trial
from augbench.reports.tables.class_measures import unbalanced
from augbench.reports.tables.collapse import collapse

from augbench.findings import Finding


def harmed_classes(label: str, per_class: pd.DataFrame) -> list[Finding]:
    """Which classes the best policy harms, the worst first."""
    rows = per_class[(per_class["policy"] == label) & (per_class["verdict"] == "worse")]
    if rows.empty:
        return []
    rows = rows.sort_values("delta_mean", kind="stable")
    classes = [list(pair) for pair in zip(rows["class"], rows["delta_mean"], strict=True)]
    return [Finding("harmed-classes", {"classes": classes}, label)]


def collapses(run: Run) -> list[Finding]:
    """Which policies' networks learned nothing."""
    collapsed = (collapse(run, label) for label in run.policies)
    return [
        Finding("collapsed", {"by": finding.to_dict()}, finding.policy)
        for finding in collapsed
        if finding
    ]


def disagreeing_measures(run: Run, named: Sequence[Standing]) -> list[Finding]:
    """Where classes differ in size and what counts each the same says something else.

    They disagree where accuracy and one of mean recall and macro F1 differ by more than the
    margin, or in sign, as far as one of them is more than nothing.
    """
    if not unbalanced(run):
        return []
    findings = []
    for standing in named:
        accuracy = standing.mean
        others = [standing.row["balanced_accuracy_delta"], standing.row["macro_f1_delta"]]
        if any(
            abs(accuracy - other) > run.margin or accuracy * other < -1e-12
            for other in others
            if not pd.isna(other)
        ):
            figures = {"accuracy": accuracy, "recall": or_none(others[0]), "f1": or_none(others[1])}
            findings.append(Finding("measures-disagree", figures, standing.label))
    return findings


def gap_of_the_best(label: str, overfitting: pd.DataFrame) -> list[Finding]:
    """Whether the best policy overfits less or more, where that is sure."""
    row = records(overfitting[overfitting["policy"] == label])[0]
    if row["verdict"] not in ("less", "more"):
        return []
    figures = {
        "verdict": row["verdict"],
        "mean": row["gap_delta"],
        "low": row["gap_delta_low"],
        "high": row["gap_delta_high"],
    }
    return [Finding("gap-of-the-best", figures, label)]


def rivals(
    better: list[Standing],
    unsettled: list[Standing],
    equals: Sequence[str],
    pairs: pd.DataFrame,
) -> list[Finding]:
    """Which policies gain too, and which might gain more than the best that is proven."""
    best = better[0]
    others = [s for s in better[1:] if s.label not in equals]
    beaten = [s for s in others if beats(pairs, best.label, s.label)]
    groups = {
        "may-be-as-good": [s for s in others if s not in beaten],
        "gain-less": beaten,
        "may-be-better": [s for s in unsettled if s.mean > best.mean],
    }
    return [
        Finding(kind, {"policies": [[s.label, s.mean] for s in standings]})
        for kind, standings in groups.items()
        if standings
    ]


def hollow_gap(overfitting: pd.DataFrame) -> list[Finding]:
    """A warning where the smallest gap is an underfitting policy's."""
    known = [row for row in records(overfitting) if not pd.isna(row["gap_best"])]
    least = min(known, key=lambda row: row["gap_best"], default=None)
    if least is None or least["verdict"] != "underfit":
        return []
    return [Finding("hollow-gap", {"gap": least["gap_best"]}, str(least["policy"]))]


def no_expansion(run: Run) -> list[Finding]:
    """Which policies refused their own images, in how many of their finished trials."""
    findings = []
    for label in run.policies:
        done = run.done(label)
        count = sum(made_no_expansion(trial) for trial in done)
        if count:
            findings.append(Finding("no-expansion", {"trials": count, "of": len(done)}, label))
    return findings


def made_no_expansion(trial: Trial) -> bool:
    """Whether a generating policy trained on the real images alone."""
    return any(
        finding.kind == "no-class-to-learn"
        or (finding.kind == "pool-judged" and not finding.figures.get("used"))
        for finding in trial.findings
    )


def incomplete(run: Run) -> list[Finding]:
    """Which policies failed or are not run yet."""
    findings = []
    for label in run.policies:
        failed = [t for t in run.stored() if t.policy == label and not t.done]
        if failed:
            figures = {
                "trials": len(failed),
                "of": len(run.seeds_of(label)),
                "error": str(failed[0].record.get("error") or ""),
                "is_baseline": label == run.baseline,
            }
            findings.append(Finding("policy-failed", figures, label))
    if run.missing:
        figures = {"trials": len(run.missing), "of": run.size}
        findings.append(Finding("incomplete", figures))
    return findings
