"""Which candidates race on, and which wins: figures of known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.bench.search.race import (
    Estimate,
    estimates,
    hopeless,
    race,
    sizes,
    winner,
)


def table(gains: dict[str, float], blocks: int, noise: float = 0.0, seed: int = 0):
    """Return figures of candidates in whole blocks; block effects differ widely."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0.8, 0.1, blocks)
    return {
        (name, block): float(shared[block] + gain + noise * rng.standard_normal())
        for block in range(blocks)
        for name, gain in gains.items()
    }


def test_what_a_block_has_in_common_does_not_count():
    known = estimates(table({"none": 0.0, "a": 0.03, "b": -0.02}, 50))
    assert known["a"].mean == pytest.approx(0.03, abs=1e-3)
    assert known["b"].mean == pytest.approx(-0.02, abs=1e-3)


def test_estimates_are_the_posterior_of_the_model_they_name():
    """The closed formula for one candidate and the baseline: a difference of two figures."""
    figures = table({"none": 0.0, "a": 0.03}, 1)
    known = estimates(figures)["a"]
    noise = 0.015**2  # of a difference
    shrunk = 0.02**2 / (0.02**2 + noise)
    difference = figures["a", 0] - figures["none", 0]
    assert known.mean == pytest.approx(shrunk * difference)
    assert known.sd == pytest.approx(math.sqrt(shrunk * noise))


def test_a_candidate_of_one_block_is_pulled_to_nothing_further_than_one_of_many():
    figures = table({"none": 0.0, "a": 0.02, "b": 0.02}, 6, noise=0.003)
    few = {cell: figure for cell, figure in figures.items() if cell[0] != "b" or cell[1] == 0}
    known = estimates(few)
    assert known["b"].blocks == 1
    assert known["b"].sd > 1.5 * known["a"].sd


def test_a_failed_trial_counts_for_nothing():
    figures = table({"none": 0.0, "a": 0.02}, 4) | {("a", 2): math.nan}
    assert estimates(figures)["a"].blocks == 3
    assert math.isfinite(estimates(figures)["a"].mean)


@pytest.mark.parametrize("first", [3, 8, 13])
@pytest.mark.parametrize("trials", range(0, 120, 7))
def test_a_plan_uses_its_trials_and_never_more(first, trials):
    plan = sizes(first, 6, trials)
    assert sum(size + 1 for size in plan) <= trials
    assert plan == sorted(plan, reverse=True)
    if trials >= 3:
        assert plan
        assert trials - sum(size + 1 for size in plan) <= plan[-1] + 1


def run_race(gains: dict[str, float], trials: int, noise: float = 0.0, newcomers=lambda b, k: ()):
    names = [name for name in gains if name not in ("none", "late")]
    figures = table(gains, 40, noise)
    spent, blocks = 0, []
    racing = race(names, newcomers, lambda block: trials - spent, 0.01)
    wanted = next(racing)
    try:
        while True:
            blocks.append(wanted)
            spent += len(wanted)
            wanted = racing.send({cell: figures[cell] for cell in wanted})
    except StopIteration as end:
        return end.value, blocks, spent


def test_a_race_halves_its_field_and_keeps_the_best():
    gains = {"none": 0.0} | {f"c{k}": 0.004 * k for k in range(10)}
    known, blocks, spent = run_race(gains, 30)
    assert spent <= 30
    fields = [{name for name, _ in block} for block in blocks]
    assert all("none" in field and "c9" in field for field in fields)
    assert len(fields[0]) == 11
    assert len(fields[-1]) == 3
    assert winner(known, lambda name: (0,), 0.01) in ("c8", "c9")


def test_every_block_is_a_seed_of_its_own():
    _, blocks, _ = run_race({"none": 0.0, "a": 0.01, "b": 0.0, "c": 0.0}, 40)
    assert [{at for _, at in block} for block in blocks] == [{k} for k in range(len(blocks))]


def test_newcomers_race_beside_the_best_so_far():
    gains = {"none": 0.0} | {f"c{k}": 0.0 for k in range(6)} | {"late": 0.05}
    known, blocks, _ = run_race(gains, 40, newcomers=lambda block, known: ("late",))
    assert ("late", 0) not in blocks[0]
    assert ("late", 1) in blocks[1]
    assert winner(known, lambda name: (0,), 0.01) == "late"


def test_a_budget_of_nothing_still_races_two_against_the_baseline():
    _, blocks, _ = run_race({"none": 0.0, "a": 0.01, "b": 0.0, "c": 0.0}, 1)
    assert [len(block) for block in blocks] == [3]


def test_what_is_settled_as_no_better_leaves_the_race():
    figures = table({"none": 0.0, "bad": -0.2, "good": 0.05, "open": 0.0}, 4, noise=0.004)
    out = hopeless(figures, ["bad", "good", "open"], 4, 0.01)
    assert "bad" in out
    assert "good" not in out


def test_who_always_fails_leaves_the_race_and_never_wins():
    gains = {"none": 0.0} | {f"c{k}": -0.01 for k in range(6)} | {"broken": math.nan}
    known, blocks, _ = run_race(gains, 40)
    assert ("broken", 0) in blocks[0]
    assert all("broken" not in {name for name, _ in block} for block in blocks[1:])
    assert winner(known, lambda name: (0,), 0.01) == "none"


def test_ties_go_to_the_simplest_that_raced_as_long():
    known = {
        "complex": Estimate(0.020, 0.004, 6),
        "simple": Estimate(0.019, 0.004, 6),
        "simpler": Estimate(0.019, 0.009, 2),
        "worse": Estimate(0.010, 0.004, 6),
    }
    place = {"complex": 3, "simple": 2, "simpler": 1, "worse": 0}
    assert winner(known, lambda name: (place[name],), 0.01) == "simple"


def test_the_baseline_wins_where_nothing_gains():
    known = {"a": Estimate(-0.001, 0.004, 3)}
    assert winner(known, lambda name: (0,), 0.01) == "none"
    assert winner({}, lambda name: (0,), 0.01) == "none"
