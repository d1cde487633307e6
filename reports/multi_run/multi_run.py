"""What do several runs say together? Differences side by side, win rates, ranks.

Each difference, interval and verdict is that of its own run: nothing is pooled. Wins are counted
within a block (a run and a seed), where two policies share everything but themselves. Ranks count
data sets, not runs, and only policies that every run finished.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.columns import records
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.findings.run_facts import settings
from augbench.reports.formatting import MISSING
from augbench.reports.multi_run.tables import POLICIES, SEVERAL, VERDICTS, WINS
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.statistics.ranks import Ranking, holm, ranking, ranks_of

from augbench.errors import ReportError

# Settings that change no figure, or that stand elsewhere.
_ELSEWHERE = (
    "policies",
    "data",
    "follow_links",
    "trial_timeout",
    "out",
    "jobs",
    "executor",
    "ray_address",
    "cpus_per_trial",
    "gpus_per_trial",
    "first_seed",
    "max_seeds",
    "budget",
    "seeds",
    "margin",
    "log",
)
Row = dict[str, Any]


@dataclass(frozen=True)
class MultiRun:
    """Several runs side by side; fractions, unrounded.

    Attributes:
        names: a name for each run, all different: its data set, or more where that is not enough.
        runs: the tables of each run.
        several: a row a run and policy: its row of accuracy.csv, and `rank` in its data set.
        wins: a row a pair of policies that met: blocks in which a's test accuracy was higher
            (`wins`), equal, lower; `win_rate` counts a tie as half; `runs_higher` is the share of
            the runs in which a's mean over the shared seeds was higher (a tie as half).
        policies: a row a policy: how many runs gave which verdict, the mean of `delta_mean` over
            runs, its wins over each run's baseline, its mean rank, and Holm's p-value of that.
        ranked: the policies that every run finished, in the order of `ranking.mean_ranks`.
        ranking: their ranks over data sets.
    """

    names: tuple[str, ...]
    runs: tuple[Tables, ...]
    several: pd.DataFrame
    wins: pd.DataFrame
    policies: pd.DataFrame
    ranked: tuple[str, ...]
    ranking: Ranking

    @property
    def labels(self) -> tuple[str, ...]:
        """All policies, those of the first run first."""
        return labels_of([tables.run for tables in self.runs])

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines of the runs, each once."""
        return tuple(dict.fromkeys(tables.run.baseline for tables in self.runs))

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """The rows of `several` by run and policy."""
        return {(row["run"], row["policy"]): row for row in records(self.several)}

    def frames(self) -> dict[str, pd.DataFrame | None]:
        """The tables that are files, by name."""
        return {"several": self.several, "policies": self.policies, "wins": self.wins}

    def differing_settings(self) -> dict[str, list[str]]:
        """The settings that are not the same in all runs: name → its value in each run."""
        of_runs = [dict(settings(tables)) for tables in self.runs]
        names = dict.fromkeys(name for of_run in of_runs for name in of_run)
        values = {
            name: [of_run.get(name, MISSING) for of_run in of_runs]
            for name in names
            if name.split(".")[0] not in _ELSEWHERE
        }
        return {name: each for name, each in values.items() if len(set(each)) > 1}


def read(folders: Sequence[Path | str]) -> MultiRun:
    """Read several run folders and compare them.

    Raises:
        ReportError: when a folder is named twice or is no run.
    """
    places = [Path(folder) for folder in folders]
    again = [str(p) for p, n in Counter(place.resolve() for place in places).items() if n > 1]
    if again:
        raise ReportError(f"{again[0]} is named twice; name each run once")
    return multi_run([tables(load(place)) for place in places])


def multi_run(runs: Sequence[Tables]) -> MultiRun:
    """Compare runs.

    Args:
        runs: the tables of each, at least one.
    """
    names = run_names([each.run for each in runs])
    ranked, figures, sets = _ranked_figures([each.run for each in runs])
    result = ranking(figures)
    ranks = _ranks(names, ranked, figures, sets)
    rows = [
        {"run": name, "dataset": each.run.dataset, **row}
        | {"rank": ranks.get((name, row["policy"]), math.nan)}
        for name, each in zip(names, runs, strict=True)
        for row in records(each.accuracy)
    ]
    wins = WINS.frame([row for pair in _couples(runs) if (row := _wins(runs, *pair))])
    table = SEVERAL.frame(rows)
    policies = _policies(runs, table, ranked, result)
    return MultiRun(names, tuple(runs), table, wins, policies, ranked, result)


def labels_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """All policies of some runs, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(label for run in runs for label in run.policies))


def run_names(runs: Sequence[Run]) -> tuple[str, ...]:
    """A name for each run: its data set where that tells it apart, else with its folder too."""
    sets = Counter(run.dataset for run in runs)
    names = [
        run.dataset if run.dataset and sets[run.dataset] == 1 else _with_folder(run) for run in runs
    ]
    taken = Counter(names)
    return tuple(
        name if taken[name] == 1 else f"{run.dataset} ({run.folder})"
        for name, run in zip(names, runs, strict=True)
    )


def _with_folder(run: Run) -> str:
    folder = run.folder.resolve().name
    return f"{run.dataset} ({folder})" if run.dataset else folder


def same_data(run: Run) -> str:
    """What two runs of the same data set share: its fingerprint, else its name."""
    data = run.environment.get("data")
    fingerprint = data.get("fingerprint") if isinstance(data, dict) else None
    return str(fingerprint or run.dataset or run.folder)


def _ranked_figures(
    runs: Sequence[Run],
) -> tuple[tuple[str, ...], np.ndarray, list[list[int]]]:
    """What is ranked: the policies, their accuracy on each data set, the runs of each data set.

    A figure is the mean over the seeds that all ranked policies finished, and over the runs of
    one data set. A data set without such a seed is left out.
    """
    shared = tuple(label for label in labels_of(runs) if all(run.done(label) for run in runs))
    sets: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        sets.setdefault(same_data(run), []).append(place)
    rows, places_of_rows = [], []
    for places in sets.values():
        means = [_means(runs[place], shared) for place in places]
        known = [mean for mean in means if mean is not None]
        if shared and known:
            rows.append(np.mean(known, axis=0))
            places_of_rows.append(
                [place for place, mean in zip(places, means, strict=True) if mean is not None]
            )
    return shared, np.array(rows).reshape(len(rows), len(shared)), places_of_rows


def _means(run: Run, labels: Sequence[str]) -> list[float] | None:
    """The mean test accuracy of each policy over the seeds that all of them finished."""
    by_label = [{t.seed: t.accuracy for t in run.done(label)} for label in labels]
    seeds = set.intersection(*(set(of_label) for of_label in by_label)) if by_label else set()
    if not seeds:
        return None
    return [float(np.mean([of_label[seed] for seed in sorted(seeds)])) for of_label in by_label]


def _ranks(
    names: Sequence[str], ranked: Sequence[str], figures: np.ndarray, sets: list[list[int]]
) -> dict[tuple[str, str], float]:
    """The rank of each ranked policy in the data set of each run."""
    if len(ranked) < 2 or not len(figures):
        return {}
    return {
        (names[place], label): float(rank)
        for ranks, places in zip(ranks_of(figures), sets, strict=True)
        for place in places
        for label, rank in zip(ranked, ranks, strict=True)
    }


def _couples(runs: Sequence[Tables]) -> list[tuple[str, str]]:
    """Every two policies, a baseline always second: so its wins read as the other's losses."""
    baselines = {each.run.baseline for each in runs}
    labels = labels_of([each.run for each in runs])
    return list(itertools.combinations(sorted(labels, key=baselines.__contains__), 2))


def _wins(runs: Sequence[Tables], a: str, b: str | None) -> Row:
    """How often a's test accuracy was above b's; above each run's baseline where b is None."""
    differences, means = [], []
    for each in runs:
        other = each.run.baseline if b is None else b
        # Counts of the same images divided alike: what differs by rounding only is equal.
        of_run = [
            round(x.accuracy - y.accuracy, 12) for x, y in each.run.pairs(a, other) if a != other
        ]
        differences += of_run
        means += [round(float(np.mean(of_run)), 12)] if of_run else []
    if not differences:
        return {}
    signs = np.sign(differences)
    wins, ties, losses = (int((signs == sign).sum()) for sign in (1, 0, -1))
    return {
        "policy_a": a,
        "policy_b": b,
        "blocks": len(differences),
        "wins": wins,
        "ties": ties,
        "losses": losses,
        "win_rate": (wins + ties / 2) / len(differences),
        "runs_higher": float(np.mean((np.sign(means) + 1) / 2)),
    }


def _policies(
    runs: Sequence[Tables], table: pd.DataFrame, ranked: Sequence[str], result: Ranking
) -> pd.DataFrame:
    adjusted = _against_baseline(runs, ranked, result)
    rows = []
    for label in labels_of([each.run for each in runs]):
        in_runs = table[table["policy"] == label]
        verdicts = Counter(in_runs["verdict"])
        row: Row = {"policy": label, "runs": int((in_runs["trials"] > 0).sum())}
        row |= {word: verdicts[word] for word in VERDICTS}
        row["delta_mean"] = in_runs["delta_mean"].astype(float).mean()
        row |= _wins(runs, label, None)
        if label in ranked and len(ranked) > 1:
            row["mean_rank"] = float(result.mean_ranks[ranked.index(label)])
            row["p_value"] = adjusted.get(label, math.nan)
        rows.append(row)
    frame = POLICIES.frame(rows)
    order = np.lexsort((-frame["delta_mean"].fillna(-math.inf), frame["mean_rank"]))
    return frame.iloc[order].reset_index(drop=True)


def _against_baseline(
    runs: Sequence[Tables], ranked: Sequence[str], result: Ranking
) -> dict[str, float]:
    """Holm's p-values by policy, where the ranks differ at all and all runs share a baseline."""
    baseline, *others = {each.run.baseline for each in runs}
    if not result.differ or others or baseline not in ranked:
        return {}
    values = holm(result.mean_ranks, ranked.index(baseline), result.datasets)
    return dict(zip(ranked, map(float, values), strict=True))
