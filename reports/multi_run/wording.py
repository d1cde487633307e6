"""What several runs say together becomes words here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from augbench.reports.findings.wording import phrases
from augbench.reports.formatting import shown
from augbench.reports.multi_run.findings import answer, limits
from augbench.reports.multi_run.multi_run import MultiRun

from augbench.findings import Finding

Figures = Mapping[str, Any]
_NAMED = 3


def sentence(runs: MultiRun) -> str:
    """The answer in words."""
    return phrases.sentence([words(finding) for finding in answer(runs)])


def headline(runs: MultiRun) -> tuple[str, str]:
    """The answer in two: what is said first, and the rest, "" where there is none."""
    return phrases.headline([words(finding) for finding in answer(runs)])


def notes(runs: MultiRun) -> list[str]:
    """What limits the comparison in words, most important first."""
    return [words(finding) for finding in limits(runs)]


def words(finding: Finding) -> str:
    """A finding on several runs in words."""
    return _WORDS[finding.kind](finding.policy, finding.figures)


def some(names: Sequence[str], most: int = _NAMED) -> str:
    """Some names in words: all of a few, else the first ones "and N more"."""
    few = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"


def _better(label: str, of: Figures) -> str:
    same_baseline = of["baseline"] is not None
    base = phrases.baseline_name(of["baseline"]) if same_baseline else "the baseline"
    if not of["better"]:
        sets = "run" if of["of"] == 1 else f"{of['runs']} {of['unit']}"
        return f"No policy is proven better than {base} on any of the {sets}"
    worse = f"worse on {of['worse']}" if of["worse"] else "worse on none"
    where = f"{of['better']} of {of['of']} {of['unit']}"
    mean = f"{shown(of['mean'], 'points')} points on average"
    return f"{label} is better than {base} on {where} and {worse} ({mean})"


def _first_rank(label: str, of: Figures) -> str:
    test, sets = f"{of['test']}, {_p(of)}", f"{of['datasets']} data sets"
    if not of["differ"]:
        return f"mean ranks over {sets} differ no more than chance ({test})"
    rank = shown(of["mean_rank"], "number")
    first = f"{label} ranks first over {sets} (mean rank {rank}; {test})"
    if not of["alike"]:
        return f"{first}, apart from all others"
    return f"{first}, not told apart from {some(of['alike'])}"


def _unfinished(label: str, of: Figures) -> str:
    counts = ((of["missing"], "not run yet"), (of["failed"], "failed"))
    parts = [f"{count} {what}" for count, what in counts if count]
    return f"{of['run']}: of {of['of']} trials {' and '.join(parts)}"


def _ranks_untested(label: str, of: Figures) -> str:
    return (
        f"mean ranks are descriptive: they are tested and drawn from {of['needed']} "
        f"data sets on, here there {'is' if of['datasets'] == 1 else 'are'} {of['datasets']}"
    )


def _ranks_tested(label: str, of: Figures) -> str:
    statistic = shown(of["statistic"], "number")
    test = (
        "Wilcoxon's signed ranks for two policies"
        if of["test"] == "Wilcoxon"
        else f"Friedman's test in Iman and Davenport's form, F = {statistic}"
    )
    apart = shown(of["critical_difference"], "number")
    none = "" if of["differ"] else ", and without an overall difference none is claimed"
    return (
        f"ranks as in Demšar (2006): {test}, {_p(of)}; "
        f"Nemenyi's critical difference is {apart}{none}"
    )


def _p(of: Figures) -> str:
    return f"p = {shown(of['p_value'], 'p')}".replace("= <", "< ")


#: kind -> its words, of the policy concerned and the figures
_WORDS: dict[str, Callable[[str, Figures], str]] = {
    "nothing-comparable": lambda _, of: (
        "Nothing can be compared: no policy finished a seed that its baseline finished too"
    ),
    "better-in-runs": _better,
    "worse-in-runs": lambda label, of: f"{label} is worse on {of['worse']} of {of['of']}",
    "first-rank": _first_rank,
    "unfinished-run": _unfinished,
    "ranked-in-every-run": lambda _, of: (
        f"only what every run finished is ranked ({some(of['ranked'])}); "
        f"left out: {some(of['left_out'])}"
    ),
    "nothing-ranked": lambda _, of: (
        "no two policies are finished in every run, so nothing is ranked"
    ),
    "one-policy-ranked": lambda _, of: "only one policy was finished in every run",
    "different-baselines": lambda _, of: (
        f"the runs have different baselines ({some(of['baselines'])}): each difference is to "
        "its own run's"
    ),
    "same-data": lambda _, of: (
        f"{some(of['runs'])} are of the same data, so they count as one data set in the ranks"
    ),
    "same-title": lambda _, of: (
        f"several runs are of data named {of['dataset']} with different contents: where they "
        "share images, ranks and tests count these twice"
    ),
    "different-settings": lambda _, of: (
        f"not all settings are the same in all runs: {some(of['settings'], 8)}"
    ),
    "different-policies": lambda _, of: (
        f"policies are matched by name; {some(of['policies'])} stands for different policies"
    ),
    "ranks-untested": _ranks_untested,
    "ranks-tested": _ranks_tested,
    "verdicts-of-each-run": lambda _, of: (
        "each verdict is its own run's, at that run's level: false alarms add up over runs"
    ),
}
