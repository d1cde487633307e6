"""What to keep, what to drop, what to do next and what that costs? The first screen of a report."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass

from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.standings import Standing, or_none, standings
from augbench.reports.findings.typical_trial import typical_trials
from augbench.reports.run.layout import EXPERIMENT, MOST_SEEDS
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.verdict import SEEDS_FOR_P_VALUES

from augbench.findings import Finding

# Epochs of the next try, in those of a run under which nothing was learned.
_LONGER = 4
# A step from a few seeds to more than so many times as many is not advised without its price.
_STEP = 4


@dataclass(frozen=True)
class Actions:
    """What someone who read nothing else should do.

    Attributes:
        keep: what to use; the baseline where nothing is proven to be better.
        drop: what to use no more, the worst first, a finding for each reason.
        next: what to do now.
        command: to copy for that, where the run folder was written from; "" where nothing is to
            be run.
        code: Python to paste that does what the policy to keep does, without augbench; "" where
            there is none.
    """

    keep: tuple[Finding, ...]
    drop: tuple[Finding, ...]
    next: Finding
    command: str = ""
    code: str = ""


def actions(tables: Tables) -> Actions | None:
    """What follows from the tables, None where no policy could be compared."""
    compared = standings(tables.run, tables.accuracy, tables.overfitting)
    if not compared:
        return None
    best = _best(tables, compared)
    step, command = _next(tables, compared)
    return Actions(
        keep=tuple(_keep(tables, compared, best)),
        drop=tuple(_drop(tables, compared)),
        next=step,
        command=command,
        code=tables.run.code.get(best[0].label, "") if best else "",
    )


def _best(tables: Tables, compared: list[Standing]) -> list[Standing]:
    """What is recommended of the policies that are better, the best first."""
    better = sorted((s for s in compared if s.verdict == "better"), key=lambda s: -s.mean)
    return [s for s in better if s.label in tables.conclusion.recommended] or better[:1]


def _keep(tables: Tables, compared: list[Standing], best: list[Standing]) -> list[Finding]:
    if best:
        others = [s for s in compared if s.verdict == "better" and s not in best]
        keep = [Finding("keep", {"policies": [_told(s) for s in best]})]
        return keep + ([Finding("keep-too", {"policies": _all(others)})] if others else [])
    sure = not any(_open(standing) for standing in compared)
    return [Finding("keep-baseline", {"baseline": tables.run.baseline, "sure": sure})]


def _drop(tables: Tables, compared: list[Standing]) -> list[Finding]:
    if _nothing_learned(tables):
        return []  # then no policy is to blame
    collapsed = {f.policy for f in tables.conclusion.asides if f.kind == "collapsed"}
    rest = sorted((s for s in compared if s.verdict != "better"), key=lambda s: s.mean)
    groups = {
        "drop-collapsed": [s for s in rest if s.label in collapsed],
        "drop-losses": [s for s in rest if s.verdict == "worse" and s.label not in collapsed],
        "drop-unproven-losses": [
            s
            for s in rest
            if s.verdict == "inconclusive" and s.lost_everywhere and s.label not in collapsed
        ],
        "drop-idle": [s for s in rest if s.verdict == "equivalent"],
    }
    return [
        Finding(kind, {"policies": _all(group), "seeds": min(s.blocks for s in group)})
        for kind, group in groups.items()
        if group
    ]


def _next(tables: Tables, compared: list[Standing]) -> tuple[Finding, str]:
    run = tables.run
    if run.missing:
        figures = {"trials": len(run.missing), "seconds": _seconds(tables, list(run.missing))}
        return Finding("next-finish", figures), compare_again(run)
    if _nothing_learned(tables) and run.experiment.get("epochs"):
        epochs = _LONGER * int(run.experiment["epochs"])
        seconds = _seconds(tables, list(run.trials))
        price = {"trials": len(run.trials), "seconds": seconds and _LONGER * seconds}
        command = compare_again(run, "--epochs", str(epochs))
        return Finding("next-longer", {"epochs": epochs, **price}), command
    unsettled = sorted((s for s in compared if _open(s)), key=lambda s: -s.mean)
    if not unsettled:
        better = [s for s in compared if s.verdict == "better"]
        label = tables.conclusion.recommended[:1] if better else ()
        return Finding("next-use" if better else "next-other", {}, "".join(label)), ""
    asked = unsettled[0]
    seeds = len(run.seeds)
    low, high = or_none(asked.row["seeds_needed_low"]), or_none(asked.row["seeds_needed_high"])
    if asked.blocks < SEEDS_FOR_INTERVALS:
        low = high = SEEDS_FOR_P_VALUES
    if low is None:
        return Finding("next-more-images", {}, asked.label), ""
    wanted = max(int(low), min(int(high or low), _STEP * seeds), seeds + 1)
    first = int(run.experiment.get("first_seed") or 0)
    # A plan goes on with what is open, and with the baseline; a number of seeds is for all.
    going_on = (
        {run.baseline, *(s.label for s in compared if _open(s))} if run.plan else run.policies
    )
    trials = [
        (label, seed)
        for label in run.policies
        if label in going_on
        for seed in range(first, first + wanted)
        if (label, seed) not in run.trials
    ]
    figures = {
        "seeds": wanted,
        "low": int(low),
        "high": None if high is None else int(high),
        "trials": len(trials),
        "seconds": _seconds(tables, trials),
    }
    far = wanted > _STEP * seeds
    option = "--max-seeds" if run.plan else "--seeds"
    command = compare_again(run, option, str(wanted)) if wanted <= MOST_SEEDS else ""
    return Finding("next-far" if far else "next-seeds", figures, asked.label), command


def compare_again(run: Run, *options: str, out: str | None = None) -> str:
    """The command that goes on with a run, or repeats it in the folder ``out``."""
    folder = run.folder
    command = ["augbench", "compare", "--config", str(folder / EXPERIMENT)]
    return shlex.join([*command, "--out", out or str(folder), *options])


def _nothing_learned(tables: Tables) -> bool:
    return any(finding.kind == "nothing-learned" for finding in tables.conclusion.answer)


def _open(standing: Standing) -> bool:
    """Whether it may still turn out to be worth using."""
    return standing.verdict == "inconclusive" and not standing.lost_everywhere


def _seconds(tables: Tables, trials: list[tuple[str, int]]) -> float | None:
    """Wall seconds of these trials, as many at a time as in the run; None where none was timed.

    A policy without a finished trial takes what the slowest one takes.
    """
    typical = typical_trials(tables)
    known = dict(zip(typical["policy"], typical["seconds"], strict=True))
    if not known:
        return None
    slowest = max(known.values())
    total = math.fsum(known.get(label, slowest) for label, _ in trials)
    jobs = tables.run.environment.get("jobs") or tables.run.experiment.get("jobs") or 1
    return total / max(1, min(int(jobs), len(trials))) if str(jobs).isdigit() else total


def _told(standing: Standing) -> list[object]:
    return [standing.label, *standing.difference.values()]


def _all(group: list[Standing]) -> list[list[object]]:
    return [_told(standing) for standing in group]
