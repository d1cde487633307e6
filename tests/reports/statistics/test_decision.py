"""Does the procedure settle what is true, when it should, and from whole blocks alone?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from augbench.reports.statistics.decision import (
    Block,
    Measured,
    _variance_by_all,
    chance_to_settle,
    decide,
)
from augbench.reports.statistics.design import STUDENT_SHARE, Design, Stage
from augbench.reports.statistics.effect import half_width, paired_effect
from augbench.reports.statistics.group_sequential import crossing, equal_levels
from augbench.reports.statistics.level import Level, alpha_of_look
from augbench.reports.statistics.repeated_images import repeated_part
from augbench.reports.statistics.verdict import verdict
from scipy import stats

from benchmarks.settling import World, alarms, decided, trials_and_settled

DESIGN = Design(margin=0.01)


def blocks(effects: dict[str, float], count: int, sd: float = 0.004, seed: int = 0) -> list[Block]:
    rng = np.random.default_rng(seed)
    truth = {"none": 0.8, **{name: 0.8 + effect for name, effect in effects.items()}}
    return [
        {name: Measured(mean + sd * rng.standard_normal()) for name, mean in truth.items()}
        for _ in range(count)
    ]


def test_a_large_loss_and_a_large_gain_are_settled_at_the_first_look() -> None:
    decision = decide(
        blocks({"flips": -0.2, "shifts": 0.2}, 3), ["flips", "shifts"], "none", DESIGN
    )
    assert [one.word for one in decision.standings.values()] == ["worse", "better"]
    assert decision.done and decision.looked == 3
    assert decision.blocks == {"flips": 3, "shifts": 3, "none": 3}


def test_before_the_first_look_nothing_is_said_and_three_blocks_are_wanted() -> None:
    for count in (0, 1, 2):
        decision = decide(blocks({"flips": -0.2}, count), ["flips"], "none", DESIGN)
        assert decision.standings["flips"].word == "open" and not decision.done
        assert decision.looked == 0 and decision.blocks == {"flips": 3, "none": 3}


def test_a_settled_policy_stops_and_the_baseline_goes_on_with_those_that_are_open() -> None:
    there = blocks({"flips": -0.2, "light": 0.008}, 3)
    decision = decide(there, ["flips", "light"], "none", DESIGN)
    assert [one.word for one in decision.standings.values()] == ["worse", "open"]
    assert decision.blocks == {"flips": 3, "light": 4, "none": 4} and not decision.done


def test_what_a_policy_measures_after_it_was_settled_changes_nothing() -> None:
    there = blocks({"flips": -0.2, "light": 0.008}, 8)
    others = [dict(block) for block in there]
    for block in others[3:]:
        block["flips"] = Measured(0.99)
    without = [{k: v for k, v in b.items() if k != "flips" or j < 3} for j, b in enumerate(there)]
    told = [decide(some, ["flips", "light"], "none", DESIGN) for some in (there, others, without)]
    assert told[0] == told[1] == told[2]
    assert told[0].standings["flips"].effect.blocks == 3


def test_an_incomplete_block_counts_only_when_it_is_whole() -> None:
    there = blocks({"flips": 0.008, "light": 0.008}, 5)
    half = [*there[:4], {"none": there[4]["none"], "flips": there[4]["flips"]}]
    assert decide(half, ["flips", "light"], "none", DESIGN) == decide(
        there[:4], ["flips", "light"], "none", DESIGN
    )


def test_a_lone_comparison_is_judged_by_students_t_at_the_level_of_the_look() -> None:
    there = blocks({"flips": 0.0}, 5, sd=0.03, seed=4)
    decision = decide(there, ["flips"], "none", DESIGN)
    standing = decision.standings["flips"]
    figures = [(block["flips"].figure, block["none"].figure) for block in there]
    figures = figures[: standing.blocks]
    expected = stats.ttest_rel(*zip(*figures, strict=True)).confidence_interval(
        1 - standing.level.alpha
    )
    assert standing.effect.interval(standing.level) == pytest.approx(tuple(expected))


def test_equal_predictions_are_equivalent_and_do_not_make_the_others_sure() -> None:
    there = [
        block | {"same": replace(block["none"], same=True)}
        for block in blocks({"flips": 0.0}, 3, sd=0.03)
    ]
    decision = decide(there, ["flips", "same"], "none", DESIGN)
    assert decision.standings["same"].word == "equivalent"
    assert math.isnan(decision.standings["flips"].effect.shared)


def test_failed_trials_are_missing_and_a_policy_that_always_fails_stops() -> None:
    there = [block | {"broken": Measured(math.nan)} for block in blocks({"flips": -0.2}, 4)]
    there[1] = there[1] | {"flips": Measured(math.nan)}
    decision = decide(there[:3], ["flips", "broken"], "none", DESIGN)
    assert decision.standings["broken"].word == "futile"
    assert decision.standings["flips"].word == "open", "two blocks make no interval"
    decision = decide(there, ["flips", "broken"], "none", DESIGN)
    assert decision.standings["flips"].word == "worse"
    assert decision.standings["flips"].effect.blocks == 3 and decision.done


def test_a_plan_ends_after_its_last_block_with_what_is_open_said_to_be_so() -> None:
    there = blocks({"light": 0.0}, 6, sd=0.02, seed=1)
    decision = decide(there, ["light"], "none", replace(DESIGN, stages=(Stage(3),)))
    assert decision.looked == 3 and decision.done
    standing = decision.standings["light"]
    assert standing.word == "open"
    low, high = standing.needed(DESIGN.margin)
    assert low is not None and high is not None and 3 < low < high


def test_a_hopeless_policy_is_called_futile_from_four_blocks_on() -> None:
    there = blocks({"light": 0.0}, 10, sd=0.1, seed=2)
    decision = decide(there, ["light"], "none", DESIGN)
    standing = decision.standings["light"]
    assert standing.word == "futile" and 4 <= standing.blocks < 10 and decision.done
    more = replace(DESIGN, stages=(Stage(10, 1), Stage(40, 2)))
    again = decide(there, ["light"], "none", more)
    as_before = again.standings["light"]
    assert (as_before.word, as_before.blocks) == ("futile", standing.blocks)
    assert as_before.known.bounds == standing.known.bounds
    assert again.blocks["light"] == 11 and not again.done, "an extension takes it up again"


def test_swings_around_nothing_are_futile_at_four_blocks_and_not_before() -> None:
    there = [{"none": Measured(0.8), "a": Measured(0.8 + 0.1 * (-1) ** at)} for at in range(10)]
    standing = decide(there, ["a"], "none", DESIGN).standings["a"]
    assert (standing.word, standing.blocks) == ("futile", 4)


def test_the_chance_to_settle_is_that_of_simulated_futures() -> None:
    rng = np.random.default_rng(3)
    now = rng.normal(0.004, 0.01, 6)
    effect, level, margin = paired_effect(now), DESIGN.level(10, 1), 0.012
    told = chance_to_settle(effect, level, margin, 4)
    settled = 0
    half = stats.t.isf(level.alpha / 2, 9) * math.sqrt(effect.variance / 10)
    for _ in range(4000):
        truth = rng.normal(effect.mean, math.sqrt(effect.variance / 6))
        mean = (6 * effect.mean + rng.normal(truth, math.sqrt(effect.variance), 4).sum()) / 10
        settled += abs(mean) > half or abs(mean) + half < margin
    assert told == pytest.approx(settled / 4000, abs=0.03)


@pytest.mark.parametrize("margin", [0.002, 0.02])
def test_the_chance_to_settle_is_that_of_a_normal_mean(margin: float) -> None:
    now, shared = np.random.default_rng(5).normal(0.004, 0.01, 6), 0.0002
    effect, level = paired_effect(now, shared=shared), DESIGN.level(10, 3)
    variance = (2 * shared + 5 * now.var(ddof=1)) / 7
    final = stats.norm(now.mean(), math.sqrt(variance * (1 / 6 - 1 / 10)))
    half = float(half_width(now.var(ddof=1), shared, 0.0, 10, level.alpha, 3))
    inside = max(0.0, margin - half)
    expected = final.sf(half) + final.cdf(-half) + final.cdf(inside) - final.cdf(-inside)
    assert chance_to_settle(effect, level, margin, 4) == pytest.approx(expected)
    assert chance_to_settle(paired_effect(now[:2]), level, 1e-9, 1) < 1
    assert chance_to_settle(paired_effect(now[:1]), level, margin, 1) == 1


def test_images_that_are_tested_again_are_a_source_of_chance_by_their_formula() -> None:
    rng = np.random.default_rng(6)
    right = rng.integers(0, 2, (3, 2, 40)).astype(np.float64)
    differences = [float(a.mean() - b.mean()) for a, b in right]
    paths = [np.arange(40) + 10 * at for at in range(3)]

    def found(images: list[np.ndarray] | list[None], known: int = 3) -> float:
        there = [
            {
                name: Measured(float(one.mean()), one if at < known else None, False, images[at])
                for name, one in zip(("a", "none"), right[at], strict=True)
            }
            for at in range(3)
        ]
        return decide(there, ["a"], "none", DESIGN).standings["a"].effect.image_variance

    same = paired_effect(differences, right[:, 0], right[:, 1]).image_variance
    assert found([None] * 3) == found([paths[0]] * 3) == pytest.approx(same)
    # Two blocks of one fold and one of another: of n images of a fold with the same differences,
    # those vary by q, and q (2² - 2) / n / (3 · 2) is what s² / 3 lacks.
    a, b = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 1, 0, 1, 1]], np.float64)
    folds = [np.arange(6), np.arange(6) + 10, np.arange(6)]
    twice = [
        {
            "a": Measured(float(a.mean()) + 0.01 * at, a, False, folds[at]),
            "none": Measured(float(b.mean()), b, False, folds[at]),
        }
        for at in range(3)
    ]
    effect = decide(twice, ["a"], "none", DESIGN).standings["a"].effect
    assert effect.image_variance == pytest.approx((a - b).var(ddof=1) * 2 / 6 / 6)
    moved = repeated_part(paths, list(right[:, 0] - right[:, 1]))
    assert found(paths) == pytest.approx(moved) and moved != pytest.approx(same)
    assert found([None] * 3, known=2) == paired_effect(differences).image_variance


def test_all_looks_of_a_plan_and_its_extensions_spend_at_most_five_per_cent() -> None:
    design = replace(DESIGN, stages=(Stage(10, 1), Stage(20, 2), Stage(30, 3)))
    looks = list(range(3, 31))
    levels = [design.level(count, 1).alpha for count in looks]
    assert len(set(levels[:8])) == 1 and levels[0] > levels[8] > levels[18]
    assert crossing(levels, looks) < 0.05


def test_an_extension_changes_no_look_of_the_plan() -> None:
    longer = replace(DESIGN, stages=(Stage(10, 1), Stage(20, 2)))
    for seed in range(5):
        there = blocks({"a": 0.006, "b": -0.01, "c": 0.0}, 20, sd=0.01, seed=seed)
        short = decide(there[:10], ["a", "b", "c"], "none", DESIGN)
        long = decide(there, ["a", "b", "c"], "none", longer)
        for name, one in short.standings.items():
            if one.settled:
                assert long.standings[name].word == one.word
                assert long.standings[name].effect == one.effect


@pytest.mark.parametrize(
    "world",
    [
        World((0.0,)),
        World((0.0,) * 4),
        World((0.0,) * 4, (10.0, 1.0, 1.0, 1.0)),
        World((0.0,) * 4, missing=0.15),
    ],
)
def test_false_alarms_of_the_whole_procedure_are_at_most_five_per_cent(world: World) -> None:
    runs = 300
    most = stats.binom.ppf(0.999, runs, 0.05)
    assert alarms(decided(world, Design(0.7), runs)) <= most


def test_verdicts_at_every_look_unspent_would_be_too_many() -> None:
    # The control: the same comparisons, at .05 after every block.
    count = 0
    for run in range(300):
        there = blocks({"a": 0.0}, 10, seed=run)
        differences = [block["a"].figure - block["none"].figure for block in there]
        level = replace(DESIGN.level(3, 1), alpha=0.05)
        count += any(
            verdict(paired_effect(differences[:k]), level, 1e-9)[0] in ("better", "worse")
            for k in range(3, 11)
        )
    assert count > stats.binom.ppf(0.999, 300, 0.05)


def test_effects_of_two_standard_deviations_need_little_more_than_half_of_ten_blocks() -> None:
    mean, settled = trials_and_settled(decided(World((2.0,) * 4), Design(0.7), 60))
    assert mean < 6.5 and settled > 0.85


def test_one_block_may_still_settle_whatever_it_shows() -> None:
    assert chance_to_settle(paired_effect([0.3]), Level(0.05, 1, 1, 1), 0.01, 1) == 1


def test_who_predicts_as_the_baseline_in_some_blocks_alone_counts_in_the_common_spread() -> None:
    figures = np.random.default_rng(0).normal(0.8, 0.01, (3, 4))
    there: list[Block] = [
        {"none": Measured(a), "twin": Measured(b, same=place < 2), "light": Measured(c)}
        for place, (a, b, c) in enumerate(figures.T)
    ]
    extent = {"twin": 4, "light": 4}
    # a block and a policy each have a mean of their own; what is left has (3 - 1)(4 - 1) degrees
    rest = figures - figures.mean(axis=0) - figures.mean(axis=1, keepdims=True) + figures.mean()
    own = (figures[1:] - figures[0]).var(axis=1, ddof=1).mean()
    wanted = max(float(own), 2 * float((rest**2).sum()) / 6)
    assert _variance_by_all(there, extent, "none") == pytest.approx(wanted)
    always = [{**block, "twin": replace(block["twin"], same=True)} for block in there]
    assert math.isnan(_variance_by_all(always, extent, "none"))  # one policy has none to go by


def test_an_extension_of_a_plan_looks_from_the_next_block_on() -> None:
    design = Design(0.01, stages=(Stage(4), Stage(5, look=2), Stage(8, look=3)), spends=0.5)
    shares = {5: (2, (5,)), 6: (3, (6, 7, 8)), 8: (3, (6, 7, 8)), 3: (1, (3, 4))}
    for count, (look, looks) in shares.items():
        error = 0.5 * alpha_of_look(look)
        alpha = equal_levels(looks, STUDENT_SHARE * error) if len(looks) > 1 else error
        assert design.level(count, 2) == Level(alpha, 2, look, 3)
