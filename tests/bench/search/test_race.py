"""Which candidates race on, and which wins: figures of known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from augbench.bench.search.race import (
    Estimate,
    _fitting,
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


def test_estimates_are_those_of_one_large_normal_model():
    """Gains, their mean and blocks as unknowns of one regression; the prior of blocks is flat."""
    figures = table({"none": 0.0, "a": 0.03, "b": -0.01}, 4, noise=0.02, seed=3)
    seen = np.array([[figures[name, at] for at in range(4)] for name in ("none", "a", "b")])
    pairs = (seen[1:] - seen[0]).var(axis=1, ddof=1).mean()
    left = seen - seen.mean(1, keepdims=True) - seen.mean(0) + seen.mean()
    of_figure = max(pairs / 2, (left**2).sum() / 6)  # 2 × 3 degrees of freedom
    noise = (2 * 0.015**2 / 2 + 6 * of_figure) / (2 + 6)
    design = np.zeros((12, 7))
    for line, (row, at) in enumerate(np.ndindex(3, 4)):
        design[line, 3 + at] = 1.0
        if row:
            design[line, row - 1] = 1.0
    prior = np.zeros((7, 7))
    prior[:3, :3] = [[1, 0, -1], [0, 1, -1], [-1, -1, 3]]  # each around the mean, that around 0
    precision = design.T @ design / noise + 2 * prior / 0.02**2
    means = np.linalg.solve(precision, design.T @ seen.ravel() / noise)
    sds = np.sqrt(np.diag(np.linalg.inv(precision)))
    known = estimates(figures)
    for row, name in enumerate("ab"):
        assert known[name].mean == pytest.approx(means[row])
        assert known[name].sd == pytest.approx(sds[row])


def test_where_all_do_harm_a_gain_is_rather_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    harm = {"none": 0.0} | {f"a{number}": -0.012 for number in range(10)}

    def wrong() -> int:
        seen = (estimates(table(harm, 2, noise=0.009, seed=seed)) for seed in range(200))
        return sum(winner(known, lambda name: (0,), 0.01) != "none" for known in seen)

    pulled_to_the_others = wrong()
    monkeypatch.setattr("augbench.bench.search.race.COMMON", 0.0)
    assert 1.5 * pulled_to_the_others < wrong()


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


@pytest.mark.parametrize(
    ("trials", "plan"),
    [
        (2, []),
        (3, [2]),
        (8, [4, 2]),
        (16, [7, 4, 2]),
        (17, [8, 4, 2]),
        (25, [8, 4, 2, 2, 2]),
        (100, [8] * 3 + [4] * 7 + [2] * 12),
    ],
)
def test_plans_are_those_that_are_counted_by_hand(trials, plan):
    assert sizes(20, 8, trials) == plan


def lengths(left: list[int], names: int = 12) -> list[int]:
    """Return how many trials the blocks of a race have, with so many left after each."""
    left = [*left, 0]
    racing = race([f"c{k}" for k in range(names)], lambda b, k: (), lambda b: left[b], 0.01)
    wanted, found = next(racing), []
    try:
        while True:
            found.append(len(wanted))
            wanted = racing.send(dict.fromkeys(wanted, 0.5))
    except StopIteration:
        return found


@pytest.mark.parametrize(
    ("left", "blocks"),
    [
        ([100, 8, 3], [13, 5, 3]),  # a third, then half of it
        ([100, 8, 2], [13, 5]),
        ([100, 11, 3], [13, 5, 3]),  # one of two equal blocks is left out
        ([100, 8, 8, 5], [13, 5, 3, 3]),  # more are left than was thought
        ([100, 8, 6, 3], [13, 5, 3, 3]),  # … just enough for one more
        ([100, 100], [13, 5]),  # a third of twelve, however many are left
        ([10, 0], [6]),  # the first block has three fifths of the trials
    ],
)
def test_a_race_fits_what_is_left_after_each_block(left, blocks):
    assert lengths(left) == blocks


def asked_for_newcomers(trials: int) -> list[int]:
    asked = []
    gains = {"none": 0.0} | {f"c{k}": 0.004 * k for k in range(12)}
    run_race(gains, trials, newcomers=lambda block, known: asked.append(block) or ())
    return asked


def test_newcomers_are_asked_for_in_three_blocks_and_where_two_follow():
    assert asked_for_newcomers(100) == [1, 2, 3]
    assert asked_for_newcomers(21) == [1]  # 13 trials, then blocks of 5 and 3


def test_newcomers_have_at_most_half_of_the_places():
    gains = {"none": 0.0} | {f"c{k}": 0.004 * k for k in range(6)}
    late = [f"n{k}" for k in range(9)]
    figures = table(gains | dict.fromkeys(late, 0.0), 2)
    racing = race(list(gains)[1:], lambda b, k: late, lambda b: 12, 0.01)
    first = next(racing)
    second = racing.send({cell: figures[cell] for cell in first})
    assert {name for name, _ in second} == {"none", "c5", "c4", "n0", "n1"}


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


def test_three_blocks_settle_what_changes_nothing_and_two_settle_nothing():
    figures = table({"none": 0.0, "bad": -0.2, "idle": 0.0, "late": -0.2}, 3, noise=0.0003)
    del figures["late", 0]
    assert hopeless(figures, ["bad", "idle", "late"], 3, 0.01) == {"bad", "idle"}
    assert hopeless(figures, ["bad", "idle", "late"], 2, 0.01) == set()


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


def test_a_tie_ends_at_a_quarter_of_the_margin_and_needs_half_as_many_blocks():
    known = {
        "best": Estimate(0.0200, 0.004, 6),
        "near": Estimate(0.0176, 0.004, 6),
        "far": Estimate(0.0174, 0.004, 6),
        "half": Estimate(0.0190, 0.004, 3),
        "less": Estimate(0.0190, 0.004, 2),
    }

    def chosen(*names: str) -> str:
        """The winner of some, of whom the last is the simplest."""
        some = {name: known[name] for name in names}
        return winner(some, lambda name: (-names.index(name),), 0.01)

    assert [chosen("best", name) for name in ("near", "far", "half", "less")] == [
        "near",
        "best",
        "half",
        "best",
    ]
    assert winner(known, lambda name: (0,), 0.01) == "best"  # equally simple


def test_one_block_counts_only_where_nobody_has_more_and_a_loss_never_ties():
    lone, two = Estimate(0.05, 0.01, 1), Estimate(0.001, 0.004, 2)
    assert winner({"lone": lone}, lambda name: (0,), 0.01) == "lone"
    assert winner({"lone": lone, "two": two}, lambda name: (0,), 0.01) == "two"
    loss = Estimate(-0.0001, 0.004, 2)
    assert winner({"loss": loss, "two": two}, lambda name: (name != "loss",), 0.01) == "two"
    assert winner({"none so far": Estimate(0.0, 0.02, 0)}, lambda name: (0,), 0.01) == "none"
    assert winner({"idle": Estimate(0.0, 0.004, 2)}, lambda name: (0,), 0.01) == "none"
    three, best = Estimate(0.01, 0.004, 3), Estimate(0.05, 0.004, 2)
    assert winner({"three": three, "best": best}, lambda name: (0,), 0.01) == "best"
    assert winner({"two": two}, lambda name: (0,), margin=0.0) == "two"


def test_the_baseline_wins_where_nothing_gains():
    known = {"a": Estimate(-0.001, 0.004, 3)}
    assert winner(known, lambda name: (0,), 0.01) == "none"
    assert winner({}, lambda name: (0,), 0.01) == "none"


@pytest.mark.parametrize(
    ("trials", "fitting"),
    [
        (12, [3, 2, 2]),  # the first, of 5 candidates and the baseline, is left out
        (13, [5, 3, 2]),
        (15, [5, 3, 2]),
        (16, [5, 3, 2, 2]),
        (19, [5, 3, 2, 2, 2]),
        (4, [2]),
        (2, []),
    ],
)
def test_a_plan_has_as_many_blocks_as_there_are_trials_for(trials: int, fitting: list[int]) -> None:
    plan = _fitting([5, 3, 2], trials)
    assert sum(size + 1 for size in plan) <= trials
    assert plan == fitting
