"""Figures of policies and seeds that tests of the gate make up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from augbench.reports.statistics.gate import ACCURACY, GAP, SHARES, WORST_CLASS, Then

RNG = np.random.default_rng(20)
MARGIN = 0.02
SIGN = {ACCURACY: 1, GAP: -1, WORST_CLASS: 1}
#: of one policy in one seed, by measure
Row = dict[str, float]
#: by policy, by seed
Measured = dict[str, dict[int, Row]]


def measured(names: Sequence[str], seeds: Sequence[int], spread: float = 0.01) -> Measured:
    return {
        name: {
            seed: {measure: 0.5 + spread * float(RNG.standard_normal()) for measure in SHARES}
            for seed in seeds
        }
        for name in names
    }


def then_of(what: Measured) -> Then:
    of_none: dict[Any, dict[int, float]] = {m: {} for m in SHARES}
    lifts: dict[str, dict[Any, dict[int, float]]] = {}
    for measure in SHARES:
        none = {seed: row[measure] for seed, row in what["none"].items() if measure in row}
        of_none[measure] = none
        for name, rows in what.items():
            if name != "none":
                lifts.setdefault(name, {})[measure] = {
                    seed: row[measure] - none[seed]
                    for seed, row in rows.items()
                    if measure in row and seed in none
                }
    return Then(of_none, lifts)


def lift(what: Measured, name: str, seed: int, measure: str) -> float:
    return what[name][seed][measure] - what["none"][seed][measure]
