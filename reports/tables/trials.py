"""What did every trial measure? The table trials.csv, and what failed or is missing."""

from __future__ import annotations

import json

import pandas as pd
from augbench.reports.columns import (
    COUNT,
    LOSS,
    RATE,
    SECONDS,
    SHARE,
    STATUS,
    Column,
    Table,
)
from augbench.reports.run.run import Run, Trial
from augbench.reports.tables.class_measures import balanced_accuracy, macro_f1
from augbench.reports.tables.run_table import RunTable

from augbench.findings import Finding

TRIALS = Table(
    "trials",
    "Every trial",
    "A row a stored trial.",
    (
        Column("dataset"),
        Column("policy"),
        Column("seed", COUNT, always=True),
        Column("status", STATUS, values=("done", "failed")),
        Column("train_accuracy", SHARE, "clean train", "accuracy, mean over the end of training"),
        Column(
            "validation_accuracy", SHARE, "validation", "accuracy, mean over the end of training"
        ),
        Column("test_accuracy", SHARE, help="mean over the end of training"),
        Column("train_loss", LOSS),
        Column("validation_loss", LOSS),
        Column("test_loss", LOSS),
        Column("best_epoch", COUNT, help="highest validation accuracy"),
        Column("epochs", COUNT),
        Column("steps", COUNT),
        Column("real_images", COUNT),
        Column("synthetic_images", COUNT, "generated"),
        Column("seconds", SECONDS),
        Column("images_per_second", RATE, "images/s"),
        Column("last_test_accuracy", SHARE, "test, last step", "with the last step's weights"),
        Column("last_test_loss", LOSS),
        Column("averaged_test_accuracy", SHARE, "test, averaged", "with averaged weights"),
        Column("averaged_test_loss", LOSS),
        Column("error"),
        Column("balanced_accuracy", SHARE, "mean recall", "on test, each class counting the same"),
        Column("macro_f1", SHARE, "macro F1", "on test, mean over the classes"),
    ),
    order=(
        "policy",
        "seed",
        "status",
        "test_accuracy",
        "balanced_accuracy",
        "macro_f1",
        "last_test_accuracy",
        "averaged_test_accuracy",
        "validation_accuracy",
        "train_accuracy",
        "test_loss",
        "best_epoch",
        "epochs",
        "steps",
        "real_images",
        "synthetic_images",
        "seconds",
        "images_per_second",
        "error",
    ),
    most_rows=600,
)
# What a policy found out about the images that it generated stands beside their measures.
_OF_GENERATED_IMAGES = ("pool-judged",)


def trials_table(run: Run) -> pd.DataFrame:
    """A row for each stored trial, in grid order; a failed one has its reason in `error`."""
    rows = []
    for trial in run.stored():
        row = {name: trial.record.get(name) for name in TRIALS.names}
        row |= {"policy": trial.policy, "seed": trial.seed, "dataset": run.dataset}
        row |= {"status": "done" if trial.done else "failed", "error": row["error"] or ""}
        if trial.test is not None:
            row["balanced_accuracy"] = balanced_accuracy(trial.test)
            row["macro_f1"] = macro_f1(trial.test)
        rows.append(row)
    return TRIALS.frame(rows)


def trial_findings(run: Run) -> list[Finding]:
    """What is missing, what failed and what the trials themselves found.

    What several seeds of a policy found alike is one finding with these seeds.
    """
    findings = []
    for label in run.policies:
        for (policy, seed), reason in run.damaged.items():
            if policy == label:
                findings.append(Finding("damaged", {"reason": reason}, label, "trials", (seed,)))
        missing = (seed for policy, seed in run.missing if policy == label)
        absent = tuple(seed for seed in missing if (label, seed) not in run.damaged)
        if absent:
            findings.append(Finding("not-run-yet", {}, label, "trials", absent))
        seeds_by_content: dict[str, tuple[Finding, list[int]]] = {}
        for trial in run.stored():
            if trial.policy == label:
                for finding in _found_by(trial):
                    content = json.dumps(finding.to_dict(), sort_keys=True, default=str)
                    seeds_by_content.setdefault(content, (finding, []))[1].append(trial.seed)
        for finding, seeds in seeds_by_content.values():
            table = "synthetic" if finding.kind in _OF_GENERATED_IMAGES else "trials"
            findings.append(Finding(finding.kind, finding.figures, label, table, tuple(seeds)))
    if run.baseline not in run.policies:
        findings.append(Finding("no-baseline", {"baseline": run.baseline}, table="trials"))
    elif not run.done(run.baseline):
        findings.append(Finding("no-baseline-trial", {"baseline": run.baseline}, table="trials"))
    return findings


def _found_by(trial: Trial) -> list[Finding]:
    failed = [] if trial.done else [Finding("failed", {"error": trial.record.get("error") or ""})]
    return [*failed, *trial.findings]


TABLE = RunTable(TRIALS, lambda basis: (trials_table(basis.run), trial_findings(basis.run)))
