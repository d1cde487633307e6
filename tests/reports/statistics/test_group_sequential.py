"""Pocock's levels against his tables, and against a simulation."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.reports.statistics.group_sequential import crossing, equal_levels
from scipy import stats


@pytest.mark.parametrize(("looks", "published"), [(2, 0.0294), (3, 0.0221), (5, 0.0158)])
def test_levels_are_those_of_pococks_table(looks: int, published: float) -> None:
    assert equal_levels(tuple(range(1, looks + 1)), 0.05) == pytest.approx(published, abs=5e-5)


def test_looks_at_any_distance_spend_what_they_may() -> None:
    blocks, levels = (3, 4, 7, 10), (0.02, 0.005, 0.01, 0.03)
    sums = np.random.default_rng(0).standard_normal((200_000, 10)).cumsum(axis=1)
    crossed = np.zeros(len(sums), bool)
    for count, level in zip(blocks, levels, strict=True):
        crossed |= np.abs(sums[:, count - 1]) / count**0.5 > stats.norm.ppf(1 - level / 2)
    assert crossing(levels, blocks) == pytest.approx(crossed.mean(), abs=0.002)


def test_a_single_look_spends_all() -> None:
    assert equal_levels((5,), 0.05) == 0.05
    assert crossing([0.05], [5]) == pytest.approx(0.05, abs=1e-4)
