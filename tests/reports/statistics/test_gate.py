"""Does the gate flag what fell, pass what did not, and cry wolf as rarely as it says?

Lifts are simulated; the truth is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from augbench.reports.statistics.affordable import Noise, affordable, noise_of
from augbench.reports.statistics.decision import Decision, decide
from augbench.reports.statistics.design import Design, Stage
from augbench.reports.statistics.gate import (
    ACCURACY,
    GAP,
    SHARES,
    WORST_CLASS,
    GateStanding,
    Then,
    question,
    word_of,
)

#: noise of a lift by measure, fractions
SD = {ACCURACY: 0.01, GAP: 0.015, WORST_CLASS: 0.03}
SIGNS = {ACCURACY: 1, GAP: -1, WORST_CLASS: 1}
Figures = dict[str, dict[str, np.ndarray]]


def figures(
    rng: np.random.Generator,
    names: Sequence[str],
    seeds: int,
    drops: Mapping[tuple[str, str], float] = {},
    block: np.ndarray | None = None,
) -> Figures:
    """What each policy and none measure in some seeds; ``block`` is a lift that a seed brings."""
    found: Figures = {}
    for measure, sd in SD.items():
        none = 0.7 + sd / math.sqrt(2) * rng.standard_normal(seeds)
        found[measure] = {"none": none}
        for name in names:
            own = 0.75 + sd / math.sqrt(2) * rng.standard_normal(seeds)
            own = own - SIGNS[measure] * drops.get((name, measure), 0.0)
            found[measure][name] = own if block is None else own + block[:seeds]
    return found


def then_of(measured: Figures) -> Then:
    of_none = {m: dict(enumerate(rows["none"])) for m, rows in measured.items()}
    names = [name for name in measured[ACCURACY] if name != "none"]
    lifts = {
        name: {m: dict(enumerate(rows[name] - rows["none"])) for m, rows in measured.items()}
        for name in names
    }
    return Then(of_none, lifts)  # type: ignore[arg-type]


def checked(
    then: Figures,
    now: Figures,
    margin: float,
    first: int = 3,
    most: int | None = None,
    seeds: Sequence[int] | None = None,
) -> Decision:
    count = len(now[ACCURACY]["none"])
    names = [name for name in now[ACCURACY] if name != "none"]
    blocks = [
        {name: {m: now[m][name][at] for m in SHARES} for name in ("none", *names)}
        for at in range(count)
    ]
    design = Design(margin, first, (Stage(most or count),))
    asked = question(then_of(then), seeds or range(count))
    return decide(blocks, names, "none", design, asked)


def words(decision: Decision) -> set[str]:
    return {standing.word for standing in decision.standings.values()}


@pytest.mark.parametrize(
    ("bounds", "word"),
    [
        ((-0.05, -0.03, -0.01), "regressed"),
        ((-0.02, -0.008, -0.001), "open"),  # surely below, but by less than the margin
        ((-0.008, -0.004, -0.001), "passed"),
        ((-0.05, -0.02, 0.01), "open"),
        ((-0.005, 0.02, 0.05), "passed"),
        ((math.nan, -0.2, math.nan), "open"),
    ],
)
def test_a_regression_is_surely_below_and_more_than_the_margin(
    bounds: tuple[float, float, float], word: str
) -> None:
    assert word_of(*bounds, margin=0.01) == word


def test_the_same_figures_pass_at_the_first_look() -> None:
    then = figures(np.random.default_rng(0), ["a", "b"], 10)
    decision = checked(then, then, 0.001)
    assert words(decision) == {"passed"}
    assert decision.looked == 3


def test_drift_that_moves_none_and_policies_alike_moves_nothing() -> None:
    then = figures(np.random.default_rng(1), ["a", "b"], 5)
    now = {m: {name: row - 0.05 for name, row in rows.items()} for m, rows in then.items()}
    decision = checked(then, now, 0.001, first=5)
    for standing in decision.standings.values():
        assert standing.effect.mean == pytest.approx(0.0)


def test_with_the_same_seeds_the_difference_is_that_of_pairs() -> None:
    rng = np.random.default_rng(2)
    then, now = figures(rng, ["a"], 5), figures(rng, ["a"], 5)
    (standing,) = checked(then, now, 0.01, first=5).standings.values()
    pairs = (now[ACCURACY]["a"] - now[ACCURACY]["none"]) - (
        then[ACCURACY]["a"] - then[ACCURACY]["none"]
    )
    assert standing.effect.mean == pytest.approx(pairs.mean())
    assert standing.effect.variance == pytest.approx(pairs.var(ddof=1))
    assert standing.effect.image_variance == 0.0


def test_what_a_seed_brings_to_both_sides_cancels() -> None:
    rng = np.random.default_rng(3)
    block = 0.2 * rng.standard_normal(6)
    then = figures(rng, ["a"], 6, block=block)
    now = figures(rng, ["a"], 6, block=block)
    paired = checked(then, now, 0.05, first=6).standings["a"].effect
    apart = checked(then, now, 0.05, first=6, seeds=range(100, 106)).standings["a"].effect
    assert paired.variance < 0.01 * apart.variance


def test_other_seeds_are_two_samples() -> None:
    rng = np.random.default_rng(4)
    then, now = figures(rng, ["a"], 8), figures(rng, ["a"], 5)
    (standing,) = checked(then, now, 0.01, first=5, seeds=range(50, 55)).standings.values()
    lifts_then = then[ACCURACY]["a"] - then[ACCURACY]["none"]
    lifts_now = now[ACCURACY]["a"] - now[ACCURACY]["none"]
    assert standing.effect.mean == pytest.approx(lifts_now.mean() - lifts_then.mean())
    # Welch's variance of the mean difference, the baseline's part widened for its few seeds
    assert standing.effect.image_variance > lifts_then.var(ddof=1) / 8


def test_more_seeds_in_the_baseline_make_a_check_surer() -> None:
    widths = []
    for known in (5, 10, 20):
        rng = np.random.default_rng(5)
        halves = []
        for _ in range(60):
            then, now = figures(rng, ["a", "b"], known), figures(rng, ["a", "b"], 5)
            standing = checked(then, now, 0.01, first=5).standings["a"]
            halves.append((standing.known.high - standing.known.low) / 2)
        widths.append(float(np.median(halves)))
    assert widths[0] > widths[1] > widths[2]


def test_a_gap_that_grows_and_a_class_that_is_lost_fail_a_policy() -> None:
    for measure in (GAP, WORST_CLASS):
        rng = np.random.default_rng(6)
        then = figures(rng, ["a", "b"], 10)
        now = figures(rng, ["a", "b"], 10, {("a", measure): 0.15})
        decision = checked(then, now, 0.03, first=10)
        standing = decision.standings["a"]
        assert isinstance(standing, GateStanding)
        assert standing.word == "regressed"
        assert {m for m, one in standing.measures.items() if one.word == "regressed"} == {measure}
        assert decision.standings["b"].word == "passed"


def test_fewer_than_three_seeds_settle_nothing() -> None:
    rng = np.random.default_rng(7)
    then = figures(rng, ["a"], 5)
    now = figures(rng, ["a"], 2, {("a", ACCURACY): 0.5})
    assert words(checked(then, now, 0.01, most=10)) == {"open"}


@pytest.mark.parametrize(("policies", "known", "most"), [(1, 10, 5), (3, 8, 6)])
def test_promises_of_the_calibration_hold(policies: int, known: int, most: int) -> None:
    """200 checks of unchanged builds and 200 of worse ones, block by block through `decide`."""
    names = [f"p{at}" for at in range(policies)]
    noise = Noise({m: dict.fromkeys(names, sd) for m, sd in SD.items()}, known, 100.0)  # type: ignore[misc]
    found = affordable(noise, known, most)
    alarms = passes = caught = 0
    for run in range(200):
        rng = np.random.default_rng([8, policies, known, run])
        then, now = figures(rng, names, known), figures(rng, names, most)
        ended = words(checked(then, now, found.margin))
        alarms += "regressed" in ended
        passes += ended == {"passed"}
        worse = figures(rng, names, most, {("p0", ACCURACY): found.catches[ACCURACY]})
        caught += checked(then, worse, found.margin).standings["p0"].word == "regressed"
    assert alarms <= 0.05 * 200
    assert passes >= 0.92 * 200  # .95 less two standard errors
    assert caught >= 0.77 * 200  # .83 less two standard errors


def test_a_margin_without_noise_behind_it_would_cry_wolf() -> None:
    """The control: a threshold on the means alone flags unchanged builds."""
    alarms = 0
    for run in range(200):
        rng = np.random.default_rng([9, run])
        then, now = figures(rng, ["a", "b"], 5), figures(rng, ["a", "b"], 5)
        ended = checked(then, now, 0.01, first=5).standings.values()
        alarms += any(standing.effect.mean < -0.01 for standing in ended)
    assert alarms > 0.10 * 200


def test_simulated_checks_end_as_the_decision_does() -> None:
    """The calibration's arrays against `decide`, on the very same figures."""
    from augbench.reports.statistics import affordable as module

    names = ("a", "b")
    noise = Noise({m: dict.fromkeys(names, sd) for m, sd in SD.items()}, 6, 5.0)  # type: ignore[misc]
    runs, known, most = 40, 6, 8
    design = Design(0.01, 3, (Stage(most),))
    checks = module.simulated(noise, known, design, runs, seed=3)
    drawn = {}
    for place, (measure, sd) in enumerate(SD.items()):
        rng = np.random.default_rng([3, place, known])
        own = np.full(3, sd / math.sqrt(2))
        drawn[measure] = [
            own[:, None] * rng.standard_normal((runs, 3, count)) for count in (known, most)
        ]
    for margin in (0.01, 0.02, 0.03):
        passed, regressed, seeds = checks._ends(margin)
        for run in range(runs):
            then, now = (
                {
                    m: dict(zip(("none", *names), SIGNS[m] * sides[side][run], strict=True))
                    for m, sides in drawn.items()
                }
                for side in (0, 1)
            )
            decision = checked(then, now, margin)
            # Once a policy is settled, its blocks end, and with them what it says of the noise.
            first = seeds[run].min()
            for at, name in enumerate(names):
                standing = decision.standings[name]
                assert (standing.blocks == first) == (seeds[run, at] == first)
                if standing.blocks == first:
                    assert (standing.word == "passed") == passed[run, at]
                    assert (standing.word == "regressed") == regressed[run, at]


def test_the_noise_of_lifts_is_measured() -> None:
    found = noise_of(then_of(figures(np.random.default_rng(10), ["a", "b", "c"], 400)))
    for measure, sds in found.sd.items():
        for sd in sds.values():
            assert sd == pytest.approx(SD[measure], rel=0.1)
    assert found.seeds == 400
    few = noise_of(then_of(figures(np.random.default_rng(11), ["a"], 5)))
    assert few.at_most().sd[ACCURACY]["a"] > 1.4 * few.sd[ACCURACY]["a"]
