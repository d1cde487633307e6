"""Which tables of several runs do people see? The same ones on the page, in Markdown, in JSON."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from augbench.reports.formatting import exact
from augbench.reports.multi_run.multi_run import Several
from augbench.reports.tables.views import Cell, Column, View, cell, col

POLICIES = (
    col("policy", "policy"),
    col("difference", "delta_mean", "points", "to the baseline, mean over the runs, in points"),
    col("better", "better", "count", "runs with this verdict"),
    col("worse", "worse", "count", "runs with this verdict"),
    col("equivalent", "equivalent", "count", "runs with this verdict"),
    col("inconclusive", "inconclusive", "count", "runs with this verdict"),
    col("win rate", "win_rate", "percent", "share of seeds above the baseline, a tie is half"),
    col("rank", "mean_rank", "number", "mean over data sets, 1 is best; equal ones share ranks"),
    col("p", "p_value", "p", "that it ranks like the baseline, Holm's correction"),
    col("runs higher", "runs_higher", "percent", "share of runs with a higher mean, tie half"),
    col("wins", "wins", "count", "seeds, over all runs"),
    col("ties", "ties", "count", "seeds, over all runs"),
    col("losses", "losses", "count", "seeds, over all runs"),
    col("runs", "runs", "count", "in which it finished a trial"),
)
WINS = (
    col("policy", "policy_a"),
    col("against", "policy_b"),
    col("win rate", "win_rate", "percent", "share of seeds in which the first is higher, tie half"),
    col("wins", "wins", "count", "seeds, over all runs"),
    col("ties", "ties", "count", "seeds, over all runs"),
    col("losses", "losses", "count", "seeds, over all runs"),
    col("runs higher", "runs_higher", "percent", "share of runs with a higher mean, tie half"),
)
SEVERAL = (
    col("policy", "policy"),
    col("run", "run"),
    col("trials", "trials", "count"),
    col("test accuracy", "test_accuracy_mean", "percent", "mean over the seeds"),
    col("difference", "delta_mean", "points", "to the baseline of that run, in points"),
    col("interval", "delta_low delta_high", "points", "in points, that of its own run"),
    col("verdict", "verdict", "verdict", "of that run"),
    col("p", "p_value", "p"),
    col("rank", "rank", "number", "among the ranked policies on that data set"),
)


@dataclass(frozen=True)
class Meeting:
    """A policy in a run: its difference with its verdict; `delta` is None where there is none."""

    delta: Cell | None
    verdict: str


@dataclass(frozen=True)
class Matrix:
    """Runs as rows, policies as columns.

    Attributes:
        policies: the challengers, in the order of the table policies.
        rows: for each run its name, its baseline's accuracy, and a `Meeting` a policy.
    """

    policies: tuple[str, ...]
    rows: tuple[tuple[str, Cell, tuple[Meeting, ...]], ...]


def matrix(found: Several) -> Matrix:
    """The differences and verdicts of all policies in all runs."""
    challengers = {label for each in found.runs for label in each.run.challengers}
    order = tuple(p for p in found.policies["policy"] if p in challengers)
    rows = []
    for name, each in zip(found.names, found.runs, strict=True):
        base = found.cells.get((name, each.run.baseline), {})
        accuracy = {"test_accuracy_mean": base.get("test_accuracy_mean")}
        first = cell("several", accuracy, "test_accuracy_mean", "percent")
        rows.append((name, first, tuple(_meeting(found, name, policy) for policy in order)))
    return Matrix(order, tuple(rows))


def _meeting(found: Several, name: str, policy: str) -> Meeting:
    row = found.cells.get((name, policy))
    if row is None:
        return Meeting(None, "")
    if row["verdict"] == "baseline" or exact(row["delta_mean"]) == "":
        return Meeting(None, str(row["verdict"]))
    return Meeting(cell("several", row, "delta_mean", "points"), str(row["verdict"]))


def policies_view(found: Several) -> View:
    """A row a policy, the best mean rank first."""
    return _view("policies", POLICIES, found.policies)


def wins_view(found: Several, limit: int | None = None) -> View:
    """A row a pair of policies, the most one-sided first."""
    far = (found.wins["win_rate"] - 0.5).abs()
    ordered = found.wins.iloc[(-far).argsort(kind="stable")]
    return _view("wins", WINS, ordered, limit)


def several_view(found: Several, limit: int | None = None) -> View:
    """A row a run and policy."""
    return _view("several", SEVERAL, found.several, limit)


def _view(
    name: str, columns: tuple[Column, ...], frame: pd.DataFrame, limit: int | None = None
) -> View:
    has = tuple(
        column
        for column in columns
        if column.is_text or any(exact(v) != "" for key in column.keys for v in frame[key])
    )
    kept = frame if limit is None else frame.head(limit)
    rows = tuple(
        tuple(cell(name, row, " ".join(column.keys), column.kind) for column in has)
        for row in kept.to_dict("records")
    )
    return View(name, has, rows, len(frame) - len(kept))


def runs_facts(found: Several) -> tuple[list[str], list[list[str]]]:
    """What the runs are: headings, and a row of texts a run; settings only where they differ."""
    differing = found.differing_settings()
    heads = [
        "run",
        "folder",
        "policies",
        "seeds",
        "trials",
        *(n.replace("_", " ") for n in differing),
    ]
    rows = []
    for place, (name, each) in enumerate(zip(found.names, found.runs, strict=True)):
        run = each.run
        done = sum(trial.done for trial in run.stored())
        total = len(run.policies) * len(run.seeds)
        counts = [str(len(run.policies)), str(len(run.seeds)), f"{done} of {total}"]
        values = [texts[place] for texts in differing.values()]
        rows.append([name, str(run.folder), *counts, *values])
    return heads, rows
