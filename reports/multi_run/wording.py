"""What do several runs say together, in a sentence, and what must be known before believing it?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from augbench.reports.formatting import shown
from augbench.reports.multi_run.multi_run import Row, Several, same_data
from augbench.reports.statistics.ranks import DATASETS_FOR_RANKS
from augbench.reports.tables.trials import records

_NAMED = 3


def sentence(found: Several) -> str:
    """The answer: who gains where, and who ranks first if that is proven."""
    rows = [row for row in records(found.policies) if _judged(row)]
    if not rows:
        return "Nothing can be compared: no policy finished a seed that its baseline finished too."
    best = max(rows, key=lambda row: (row["better"] - row["worse"], row["delta_mean"]))
    worst = max(rows, key=lambda row: (row["worse"], -row["delta_mean"]))
    told = [_gain(found, best)]
    if worst["worse"] and not (worst is best and best["better"]):
        told.append(f"{worst['policy']} is worse on {_of(worst['worse'], _judged(worst))}")
    if found.ranking.tested:
        told.append(_ranks(found))
    return "; ".join(told) + "."


def _judged(row: Row) -> int:
    """In how many runs the policy was compared with the baseline and got a verdict."""
    if not math.isfinite(row["delta_mean"]):
        return 0
    return int(row["better"] + row["worse"] + row["equivalent"] + row["inconclusive"])


def _gain(found: Several, best: Row) -> str:
    base = _baseline(found)
    if not best["better"]:
        sets = "run" if _judged(best) == 1 else f"{len(found.runs)} {_unit(found)}"
        return f"No policy is proven better than {base} on any of the {sets}"
    worse = f"worse on {best['worse']}" if best["worse"] else "worse on none"
    mean = f"{shown(best['delta_mean'], 'points')} points on average"
    where = _of(best["better"], _judged(best))
    return f"{best['policy']} is better than {base} on {where} {_unit(found)} and {worse} ({mean})"


def _ranks(found: Several) -> str:
    result = found.ranking
    test = f"{result.test}, p = {shown(result.p_value, 'p')}".replace("= <", "< ")
    if not result.differ:
        return f"mean ranks over {result.datasets} data sets differ no more than chance ({test})"
    order = [found.ranked[at] for at in result.order]
    rank = shown(result.mean_ranks[result.order[0]], "number")
    first = f"{order[0]} ranks first over {result.datasets} data sets (mean rank {rank}; {test})"
    alike = next((last for start, last in result.groups if start == 0), 0)
    if not alike:
        return f"{first}, apart from all others"
    return f"{first}, not told apart from {some(order[1 : alike + 1])}"


def notes(found: Several) -> list[str]:
    """What limits the comparison, most important first."""
    return [
        *_unfinished(found),
        *_left_out(found),
        *_repeated(found),
        *_unlike(found),
        *_rank_notes(found),
        "each verdict is its own run's, at that run's level: false alarms add up over runs",
    ]


def _unfinished(found: Several) -> Iterator[str]:
    for name, each in zip(found.names, found.runs, strict=True):
        total = len(each.run.policies) * len(each.run.seeds)
        failed = sum(not trial.done for trial in each.run.stored())
        parts = [
            f"{count} {words}"
            for count, words in ((len(each.run.missing), "not run yet"), (failed, "failed"))
            if count
        ]
        if parts:
            yield f"{name}: of {total} trials {' and '.join(parts)}"


def _left_out(found: Several) -> Iterator[str]:
    others = [label for label in found.labels if label not in found.ranked]
    if others and len(found.ranked) > 1:
        yield (
            f"only what every run finished is ranked ({some(found.ranked)}); "
            f"left out: {some(others)}"
        )
    elif others:
        yield "no two policies are finished in every run, so nothing is ranked"
    if len(found.baselines) > 1:
        yield (
            f"the runs have different baselines ({some(found.baselines)}): each difference is to "
            "its own run's"
        )


def _repeated(found: Several) -> Iterator[str]:
    sets: dict[str, list[str]] = {}
    for name, each in zip(found.names, found.runs, strict=True):
        sets.setdefault(same_data(each.run), []).append(name)
    for names in sets.values():
        if len(names) > 1:
            yield f"{some(names)} are of the same data, so they count as one data set in the ranks"
    titles = [each.run.dataset for each in found.runs]
    alike = {same_data(each.run): each.run.dataset for each in found.runs}
    for title in dict.fromkeys(titles):
        if list(alike.values()).count(title) > 1:
            yield (
                f"several runs are of data named {title} with different contents: where they "
                "share images, ranks and tests count these twice"
            )


def _unlike(found: Several) -> Iterator[str]:
    """Settings and policies that are not the same although their names are."""
    settings = found.differing_settings()
    if settings:
        names = dict.fromkeys(name.split(".")[0].replace("_", " ") for name in settings)
        yield f"not all settings are the same in all runs: {some(list(names), 8)}"
    meanings: dict[str, set[str]] = {}
    for each in found.runs:
        for trial in each.run.stored():
            typed = trial.record.get("expression")
            if typed:
                meanings.setdefault(trial.policy, set()).add(str(typed))
    unlike = [label for label, typed in meanings.items() if len(typed) > 1]
    if unlike:
        yield f"policies are matched by name; {some(unlike)} stands for different policies"


def _rank_notes(found: Several) -> Iterator[str]:
    result = found.ranking
    if len(found.ranked) < 2:
        return
    if not result.tested:
        yield (
            f"mean ranks are descriptive: they are tested and drawn from {DATASETS_FOR_RANKS} "
            f"data sets on, here there {'is' if result.datasets == 1 else 'are'} {result.datasets}"
        )
        return
    yield (
        "ranks as in Demšar (2006): "
        + (
            "Wilcoxon's signed ranks for two policies"
            if result.test == "Wilcoxon"
            else f"Friedman's test in Iman and Davenport's form, F = {_number(result.statistic)}"
        )
        + f", p = {shown(result.p_value, 'p')}".replace("= <", "< ")
        + f"; Nemenyi's critical difference is {_number(result.critical_difference)}"
        + ("" if result.differ else ", and without an overall difference none is claimed")
    )


def some(names: Sequence[str], most: int = _NAMED) -> str:
    """Some names in words: all of a few, else the first ones "and N more"."""
    kept = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}"


def unit(found: Several) -> str:
    """What the runs are many of: data sets, where no two are of the same."""
    return _unit(found)


def _unit(found: Several) -> str:
    distinct = len({same_data(each.run) for each in found.runs}) == len(found.runs)
    return "data sets" if distinct else "runs"


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


def _baseline(found: Several) -> str:
    if len(found.baselines) > 1:
        return "the baseline"
    return "no augmentation" if found.baselines[0] == "none" else found.baselines[0]


def _number(value: float) -> str:
    return shown(value, "number")
