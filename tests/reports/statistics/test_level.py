"""Levels of looks and comparisons, against closed formulas."""

from __future__ import annotations

import itertools

import pytest
from augbench.reports.statistics.level import Level, alpha_of_look, level_of


def test_the_looks_together_spend_at_most_five_per_cent() -> None:
    spent = [alpha_of_look(look) for look in range(1, 60)]
    assert spent[0] == 0.04
    assert all(later < earlier for earlier, later in itertools.pairwise(spent))
    assert sum(spent) == pytest.approx(0.05)
    assert sum(spent) <= 0.05


def test_a_table_has_the_level_of_its_own_look() -> None:
    first, second = tuple(range(5)), tuple(range(10))
    assert level_of(first, [first], 1).look == 1
    assert level_of(second, [first, second], 1).look == 2
    assert level_of(first, [first, second], 1).look == 1
    # Not yet remembered: this reading is the next look.
    assert level_of(second, [first], 1).look == 2
    assert level_of(second[::-1], [first, second], 1).look == 2
    assert level_of(second, [first], 4).alpha == pytest.approx(0.005)
    assert level_of(second, [first], 4).comparisons == 4
    assert level_of(first, [first, second], 2).next_look().alpha == pytest.approx(0.0025)


def test_a_lone_comparison_has_all_of_the_error() -> None:
    assert Level(0.05) == Level(0.05, comparisons=1, look=1, looks=1)
    assert level_of([0], [], 0).comparisons == 1
