"""Which table does a search have? choose.csv: everything that was tried, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from augbench.reports.choice.choice import BASELINE, KINDS, Candidate, Choice
from augbench.reports.choice.outcomes import OUTCOMES, outcome_of, reason_of
from augbench.reports.choice.unit import unit
from augbench.reports.columns import COUNT, DIFFERENCE, NUMBER, SECONDS, SPREAD, Column, Table
from augbench.reports.formatting import is_missing
from augbench.reports.views import View, view

NAME = "choose"

TRIED = Table(
    NAME,
    "Everything tried",
    "A row a candidate, and one for the baseline: its trials in the race, what is believed of its "
    "gain, and what became of it.",
    (
        Column("policy", always=True),
        Column("kind", values=("baseline", *KINDS), always=True),
        Column("families", help="what it does, whatever its strength"),
        Column("trials", COUNT, help="in the race", always=True),
        Column("first_block", COUNT, "first block", "of the race, in which it took part"),
        Column("last_block", COUNT, "last block"),
        Column("seconds", SECONDS, "seconds", "of all its trials in the race"),
        Column(
            "gain_mean",
            DIFFERENCE,
            "gain",
            "over no augmentation on validation images, pulled towards 0 where little is known",
        ),
        Column("gain_sd", SPREAD, "±", "standard deviation of the gain: how unsure it is"),
        Column(
            "affinity",
            NUMBER,
            help="accuracy on augmented images over that on clean ones, of networks that saw only "
            "clean ones; it decides nothing",
        ),
        Column("outcome", values=OUTCOMES, help="what became of it", always=True),
        Column("reason", help="why", always=True),
        Column("idea", help="why it is worth trying"),
    ),
    order=(
        "policy",
        "outcome",
        "reason",
        "gain_mean",
        "gain_sd",
        "trials",
        "first_block",
        "last_block",
        "seconds",
        "affinity",
        "kind",
        "idea",
    ),
)


def frame(choice: Choice) -> pd.DataFrame:
    """The rows of choose.csv: by what became of a candidate, then the largest gain first."""
    return TRIED.frame(sorted(_rows(choice), key=_place))


def tried_view(choice: Choice, drop: tuple[str, ...] = ()) -> View:
    """The table as people see it."""
    return view(_in_unit(choice), frame(choice), drop=drop)


def _in_unit(choice: Choice) -> Table:
    """The table with gains written in the unit of the objective."""
    if unit(choice).rounding == "points":
        return TRIED
    columns = tuple(
        replace(column, quantity=NUMBER) if column.name in ("gain_mean", "gain_sd") else column
        for column in TRIED.columns
    )
    return replace(TRIED, columns=columns)


def _rows(choice: Choice) -> Iterator[dict[str, Any]]:
    if choice.blocks or choice.done:
        yield _row(choice, Candidate(BASELINE, kind="baseline"))
    for candidate in choice.candidates:
        yield _row(choice, candidate)


def _row(choice: Choice, candidate: Candidate) -> dict[str, Any]:
    trials = [trial for trial in choice.trials if trial.policy == candidate.label]
    places = choice.taking_part.get(candidate.label, [])
    took = [trial.seconds for trial in trials if not is_missing(trial.seconds)]
    estimate, screened = choice.estimate.get(candidate.label), choice.screened.get(candidate.label)
    return {
        "policy": candidate.label,
        "kind": candidate.kind,
        "families": ", ".join(candidate.family),
        "trials": len(trials),
        "first_block": 1 + places[0] if places else None,
        "last_block": 1 + places[-1] if places else None,
        "seconds": math.fsum(took) if took else None,
        "gain_mean": estimate.mean if estimate else None,
        "gain_sd": estimate.sd if estimate else None,
        "affinity": screened.affinity if screened else None,
        "outcome": outcome_of(choice, candidate.label),
        "reason": reason_of(choice, candidate.label),
        "idea": candidate.reason or None,
    }


def _place(row: Mapping[str, Any]) -> tuple[int, bool, float]:
    gain = row["gain_mean"]
    return OUTCOMES.index(row["outcome"]), gain is None, -gain if gain is not None else 0.0
