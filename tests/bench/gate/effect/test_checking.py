"""Is a run of known truth held rightly against the baseline of another one?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from augbench.bench.gate.effect.calibrating import calibrate, require_affordable
from augbench.bench.gate.effect.checking import hold
from augbench.reports.run.baseline import Baseline, baseline_of
from augbench.reports.run.check import Check
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from augbench.reports.schema import calibration_schema, check_schema

from augbench.errors import InputError, NotComparable
from tests.reports.making_runs import make_run

FILE = Path("b.json")
POLICIES = {"flips": 0.05, "light": 0.02}


def run(folder: Path, policies: dict[str, float] | None = None, **options: Any) -> Run:
    return load(make_run(folder, policies or POLICIES, **{"seeds": 8, "n_test": 400} | options))


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    return baseline_of(run(tmp_path_factory.mktemp("then") / "run"), 0.02)


def verdicts(check: Check) -> dict[str, str]:
    return {one.policy: one.verdict for one in check.policies}


def test_the_same_run_passes_with_its_figures(tmp_path: Path, baseline: Baseline) -> None:
    check = hold(run(tmp_path / "run"), baseline, FILE)
    assert check.verdict == "passed"
    assert all(one.unchanged for one in check.policies)
    jsonschema.validate(check.to_dict(), check_schema())


def test_another_run_of_the_same_truth_passes(tmp_path: Path, baseline: Baseline) -> None:
    check = hold(run(tmp_path / "run", rng_seed=1), baseline, FILE)
    assert verdicts(check) == {"flips": "passed", "light": "passed"}
    assert not any(one.unchanged for one in check.policies)


def test_a_policy_that_lost_its_gain_regressed_and_says_how_much(
    tmp_path: Path, baseline: Baseline
) -> None:
    check = hold(run(tmp_path / "run", POLICIES | {"flips": -0.02}, rng_seed=1), baseline, FILE)
    assert (check.verdict, verdicts(check)) == (
        "regressed",
        {"flips": "regressed", "light": "passed"},
    )
    accuracy = check.policies[0].accuracy
    assert accuracy.difference == pytest.approx(-0.07, abs=0.015)
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low < -0.07 < accuracy.high < 0


def test_a_class_that_is_lost_regressed_though_accuracy_did_not(
    tmp_path: Path, baseline: Baseline
) -> None:
    effects = {"flips": {"hat": -0.24, "dress": 0.08, "shirt": 0.08, "shoe": 0.08}}
    check = hold(run(tmp_path / "run", rng_seed=1, class_effects=effects), baseline, FILE)
    (flips, light) = check.policies
    assert (flips.accuracy.verdict, flips.verdict) == ("passed", "regressed")
    assert [one.measure for one in flips.measures if one.verdict == "regressed"] == [
        "worst_class_recall"
    ]
    assert light.verdict == "passed"


def test_few_noisy_seeds_settle_nothing_and_say_how_many_would(
    tmp_path: Path, baseline: Baseline
) -> None:
    check = hold(
        run(tmp_path / "run", POLICIES | {"flips": 0.03}, rng_seed=1, seeds=4, seed_sd=0.012),
        replace(baseline, margin=0.03),
        FILE,
    )
    assert check.verdict == "inconclusive"
    needed = [one.seeds_needed for one in check.policies if one.verdict == "inconclusive"]
    assert all(count is None or count > 4 for count in needed)


def test_a_folder_that_was_extended_spends_what_is_left(tmp_path: Path, baseline: Baseline) -> None:
    once = hold(run(tmp_path / "once", rng_seed=1), baseline, FILE)
    looks = [list(range(3)), list(range(5)), list(range(8))]
    again = hold(run(tmp_path / "again", rng_seed=1, looks=looks), baseline, FILE)
    for first, third in zip(once.policies, again.policies, strict=True):
        assert first.accuracy.low is not None
        assert third.accuracy.low is not None
        assert third.accuracy.low < first.accuracy.low


def test_policies_that_stopped_early_are_judged_in_the_seeds_that_they_have(
    tmp_path: Path, baseline: Baseline
) -> None:
    plan = {"stages": [[8, 1]], "most": 8, "growing": False, "budget": None, "stopped": None}
    check = hold(
        run(tmp_path / "run", POLICIES | {"light": -0.05}, plan=plan, settled_at={"flips": 4}),
        replace(baseline, margin=0.03),
        FILE,
    )
    flips, light = check.policies
    assert flips.seeds <= 4
    assert (flips.verdict, light.verdict) == ("passed", "regressed")
    assert check.grows


def test_trials_that_failed_do_not_count(tmp_path: Path, baseline: Baseline) -> None:
    check = hold(run(tmp_path / "run", failed=[("flips", 2), ("none", 3)]), baseline, FILE)
    assert check.failed == (("none", 3), ("flips", 2))
    assert [one.seeds for one in check.policies] == [6, 7]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"epochs": 7}, ["epochs: 5 then, 7 now"]),
        ({"n_test": 404, "epochs": 7}, ["images: test: 400 then, 404 now", "epochs"]),
        ({"policies": {"flips": 0.05}}, ["policy light: light then, none now"]),
        ({"policies": POLICIES | {"more": 0.0}}, ["policy more: none then, more now"]),
        ({"classes": ("a", "b", "c", "d")}, ["classes: 4 (dress, hat, shirt, shoe) then"]),
        ({"measure": "last"}, ["measure: end then, last now"]),
    ],
)
def test_other_conditions_are_listed(
    tmp_path: Path, baseline: Baseline, options: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(NotComparable) as error:
        hold(run(tmp_path / "run", **options), baseline, FILE)
    assert len(error.value.differences) == len(named)
    for line, start in zip(error.value.differences, named, strict=True):
        assert line.startswith(start)


def test_a_margin_below_the_noise_is_refused(tmp_path: Path, baseline: Baseline) -> None:
    with pytest.raises(InputError, match=r"below the noise floor of .* can be afforded"):
        hold(run(tmp_path / "run", rng_seed=1), replace(baseline, margin=0.0005), FILE)


def test_what_can_be_afforded_falls_with_seeds_and_rises_with_noise(tmp_path: Path) -> None:
    calm = calibrate(run(tmp_path / "calm", seed_sd=0.003))
    noisy = calibrate(run(tmp_path / "noisy", seed_sd=0.02))
    jsonschema.validate(calm.to_dict(), calibration_schema())
    for found in (calm, noisy):
        margins = [row.margin for row in found.rows]
        assert margins == sorted(margins, reverse=True)
        assert {3, 5, 8, 10} <= {row.seeds for row in found.rows}
        assert all(row.catches["accuracy"] > row.margin > row.floor for row in found.rows)
        assert all(row.alarms <= 0.05 for row in found.rows)
    for a, b in zip(calm.rows, noisy.rows, strict=True):
        assert a.margin < b.margin
    require_affordable(calm, calm.rows[0].margin)
    with pytest.raises(InputError, match="noise floor"):
        require_affordable(noisy, 0.0001)


def test_noise_needs_three_seeds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 seeds"):
        calibrate(run(tmp_path / "run", seeds=2))


def test_a_check_says_what_both_sides_measured(tmp_path: Path, baseline: Baseline) -> None:
    other = run(tmp_path / "run", rng_seed=1, failed=[("none", 7)])
    now = baseline_of(other, 0.02)
    check = hold(other, baseline, FILE)
    for figure, side in ((check.none_then, baseline), (check.none_now, now)):
        assert figure == pytest.approx(np.mean([*side.none["accuracy"].values()]))
    for one in check.policies:
        for measure in one.measures:
            lifts = [side.policies[one.policy].lifts[measure.measure] for side in (baseline, now)]
            then, of_now = (float(np.mean([*of.values()])) for of in lifts)
            assert (measure.then, measure.now) == pytest.approx((then, of_now), abs=2e-6)
            assert measure.low is not None and measure.high is not None
            assert measure.low < measure.difference < measure.high
            # 7 seeds of 8 are weighed 15 to 16 against their partners: nearly the plain difference
            assert measure.difference == pytest.approx(of_now - then, abs=0.005)
    assert (check.most_seeds, check.grows, check.confidence) == (8, False, 0.95)


@pytest.mark.parametrize("lacking", ["policies", "none"])
def test_a_run_without_lifts_is_refused(tmp_path: Path, baseline: Baseline, lacking: str) -> None:
    one = run(tmp_path / "run")
    kept = ["none"] if lacking == "policies" else ["flips", "light"]
    with pytest.raises(InputError, match="compares no policy with none"):
        hold(replace(one, policies=kept), baseline, FILE)
