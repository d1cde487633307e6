"""What do several runs say together, and what must be known before believing it? As findings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from augbench.reports.columns import records
from augbench.reports.multi_run.multi_run import MultiRun, Row, same_data
from augbench.reports.statistics.ranks import DATASETS_FOR_RANKS

from augbench.findings import Finding


def answer(runs: MultiRun) -> list[Finding]:
    """Who gains where, and who ranks first if that is proven; at least one finding."""
    rows = [row for row in records(runs.policies) if _judged(row)]
    if not rows:
        return [Finding("nothing-comparable")]
    best = max(rows, key=lambda row: (row["better"] - row["worse"], row["delta_mean"]))
    worst = max(rows, key=lambda row: (row["worse"], -row["delta_mean"]))
    findings = [_gain(runs, best)]
    if worst["worse"] and not (worst is best and best["better"]):
        figures = {"worse": int(worst["worse"]), "of": _judged(worst)}
        findings.append(Finding("worse-in-runs", figures, str(worst["policy"])))
    if runs.ranking.tested:
        findings.append(_first_rank(runs))
    return findings


def limits(runs: MultiRun) -> list[Finding]:
    """What limits the comparison, most important first."""
    return [
        *_unfinished(runs),
        *_left_out(runs),
        *_repeated(runs),
        *_unlike(runs),
        *_ranks(runs),
        Finding("verdicts-of-each-run"),
    ]


def why_no_ranks(runs: MultiRun) -> Finding:
    """Why there is no diagram of ranks."""
    reasons = ("nothing-ranked", "ranks-untested")
    untested = (finding for finding in limits(runs) if finding.kind in reasons)
    return next(untested, Finding("one-policy-ranked"))


def unit(runs: MultiRun) -> str:
    """What the runs are many of: data sets, where no two are of the same."""
    distinct = len({same_data(each.run) for each in runs.runs}) == len(runs.runs)
    return "data sets" if distinct else "runs"


def _judged(row: Row) -> int:
    """In how many runs the policy was compared with the baseline and got a verdict."""
    if not math.isfinite(row["delta_mean"]):
        return 0
    return int(row["better"] + row["worse"] + row["equivalent"] + row["inconclusive"])


def _gain(runs: MultiRun, best: Row) -> Finding:
    figures = {
        "better": int(best["better"]),
        "worse": int(best["worse"]),
        "of": _judged(best),
        "mean": best["delta_mean"],
        "baseline": runs.baselines[0] if len(runs.baselines) == 1 else None,
        "runs": len(runs.runs),
        "unit": unit(runs),
    }
    return Finding("better-in-runs", figures, str(best["policy"]))


def _first_rank(runs: MultiRun) -> Finding:
    ranking = runs.ranking
    order = [runs.ranked[at] for at in ranking.order]
    alike = next((last for start, last in ranking.groups if start == 0), 0)
    figures = {
        "test": ranking.test,
        "p_value": ranking.p_value,
        "datasets": ranking.datasets,
        "differ": ranking.differ,
        "mean_rank": float(ranking.mean_ranks[ranking.order[0]]),
        "alike": order[1 : alike + 1],
    }
    return Finding("first-rank", figures, order[0])


def _unfinished(runs: MultiRun) -> Iterator[Finding]:
    for name, each in zip(runs.names, runs.runs, strict=True):
        figures = {
            "run": name,
            "of": each.run.size,
            "missing": len(each.run.missing),
            "failed": sum(not trial.done for trial in each.run.stored()),
        }
        if figures["missing"] or figures["failed"]:
            yield Finding("unfinished-run", figures)


def _left_out(runs: MultiRun) -> Iterator[Finding]:
    others = [label for label in runs.labels if label not in runs.ranked]
    if others and len(runs.ranked) > 1:
        yield Finding("ranked-in-every-run", {"ranked": list(runs.ranked), "left_out": others})
    elif others:
        yield Finding("nothing-ranked")
    if len(runs.baselines) > 1:
        yield Finding("different-baselines", {"baselines": list(runs.baselines)})


def _repeated(runs: MultiRun) -> Iterator[Finding]:
    names_by_data: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for name, each in zip(runs.names, runs.runs, strict=True):
        names_by_data.setdefault(same_data(each.run), []).append(name)
        titles[same_data(each.run)] = each.run.dataset
    for names in names_by_data.values():
        if len(names) > 1:
            yield Finding("same-data", {"runs": names})
    counts = Counter(titles.values())
    for title in dict.fromkeys(each.run.dataset for each in runs.runs):
        if counts[title] > 1:
            yield Finding("same-title", {"dataset": title})


def _unlike(runs: MultiRun) -> Iterator[Finding]:
    """Settings and policies that are not the same although their names are."""
    settings = runs.differing_settings()
    if settings:
        names = list(dict.fromkeys(name.split(".")[0].replace("_", " ") for name in settings))
        yield Finding("different-settings", {"settings": names})
    meanings: dict[str, set[str]] = {}
    for each in runs.runs:
        for trial in each.run.stored():
            typed = trial.record.get("expression")
            if typed:
                meanings.setdefault(trial.policy, set()).add(str(typed))
    unlike = [label for label, typed in meanings.items() if len(typed) > 1]
    if unlike:
        yield Finding("different-policies", {"policies": unlike})


def _ranks(runs: MultiRun) -> Iterator[Finding]:
    ranking = runs.ranking
    if len(runs.ranked) < 2:
        return
    if not ranking.tested:
        figures = {"needed": DATASETS_FOR_RANKS, "datasets": ranking.datasets}
        yield Finding("ranks-untested", figures)
        return
    yield Finding(
        "ranks-tested",
        {
            "test": ranking.test,
            "statistic": ranking.statistic,
            "p_value": ranking.p_value,
            "critical_difference": ranking.critical_difference,
            "differ": ranking.differ,
        },
    )
