"""Which tables of several runs do people see? The same ones on the page, in Markdown, in JSON."""

from __future__ import annotations

from dataclasses import dataclass

from augbench.reports.formatting import exact
from augbench.reports.multi_run.multi_run import MultiRun
from augbench.reports.multi_run.tables import SEVERAL, WINS
from augbench.reports.views import ShownValue, View, shown_value, view


@dataclass(frozen=True)
class Meeting:
    """A policy in a run: its difference with its verdict; `delta` is None where there is none."""

    delta: ShownValue | None
    verdict: str


@dataclass(frozen=True)
class Matrix:
    """Runs as rows, policies as columns.

    Attributes:
        policies: the challengers, in the order of the table policies.
        rows: for each run its name, its baseline's accuracy, and a `Meeting` a policy.
    """

    policies: tuple[str, ...]
    rows: tuple[tuple[str, ShownValue, tuple[Meeting, ...]], ...]


def matrix(runs: MultiRun) -> Matrix:
    """The differences and verdicts of all policies in all runs."""
    challengers = {label for each in runs.runs for label in each.run.challengers}
    order = tuple(p for p in runs.policies["policy"] if p in challengers)
    rows = []
    for name, each in zip(runs.names, runs.runs, strict=True):
        base = runs.rows.get((name, each.run.baseline), {"test_accuracy_mean": None})
        accuracy = shown_value(SEVERAL, "test_accuracy_mean", base)
        rows.append((name, accuracy, tuple(_meeting(runs, name, policy) for policy in order)))
    return Matrix(order, tuple(rows))


def _meeting(runs: MultiRun, name: str, policy: str) -> Meeting:
    row = runs.rows.get((name, policy))
    if row is None:
        return Meeting(None, "")
    if row["verdict"] == "baseline" or exact(row["delta_mean"]) == "":
        return Meeting(None, str(row["verdict"]))
    return Meeting(shown_value(SEVERAL, "delta_mean", row), str(row["verdict"]))


def wins_view(runs: MultiRun, limit: int | None = None) -> View:
    """A row a pair of policies, the most one-sided first."""
    far = (runs.wins["win_rate"] - 0.5).abs()
    ordered = runs.wins.iloc[(-far).argsort(kind="stable")]
    return view(WINS, ordered, limit)


def runs_facts(runs: MultiRun) -> tuple[list[str], list[list[str]]]:
    """What the runs are: headings, and a row of texts a run; settings only where they differ."""
    differing = runs.differing_settings()
    heads = [
        "run",
        "folder",
        "policies",
        "seeds",
        "trials",
        *(n.replace("_", " ") for n in differing),
    ]
    rows = []
    for place, (name, each) in enumerate(zip(runs.names, runs.runs, strict=True)):
        run = each.run
        done = sum(trial.done for trial in run.stored())
        counts = [str(len(run.policies)), str(len(run.seeds)), f"{done} of {run.size}"]
        values = [texts[place] for texts in differing.values()]
        rows.append([name, str(run.folder), *counts, *values])
    return heads, rows
