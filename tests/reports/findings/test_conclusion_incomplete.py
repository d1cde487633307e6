"""Is the conclusion right where trials failed, are missing, or have no baseline?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reports.findings.test_conclusion import gain, made, mean, row

EVERY = range(5)
REASON = "(RuntimeError: the loss became NaN in epoch 3)"


def test_one_policy_failed(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"flips": 0.05, "gan": 0.05},
        failed=[("gan", seed) for seed in EVERY],
        train_accuracy={"none": 0.95, "flips": 1.0, "gan": 1.0},
    )
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds. gan failed in every "
        f"seed {REASON}."
    )


def test_a_policy_that_failed_in_some_seeds_may_be_better_still(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"flips": 0.05, "gan": 0.08},
        failed=[("gan", seed) for seed in range(3)],
        train_accuracy={"none": 0.95, "flips": 1.0, "gan": 1.0},
    )
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds. gan failed in 3 of 5 "
        f"seeds {REASON}. gan ({mean(found, 'gan')}) is not settled and may be better still."
    )


@pytest.mark.parametrize(
    ("policies", "absent", "text"),
    [
        ({"flips": 0.05}, "failed", f"Nothing can be concluded: all 10 trials failed {REASON}."),
        ({"flips": 0.05}, "missing", "Nothing can be concluded: no trial has finished yet."),
        ({"none": 0.0}, "", "Only the baseline none was run: name a policy to compare with it."),
    ],
)
def test_all_failed_or_none_began_or_nothing_is_compared(
    tmp_path: Path, policies: dict[str, float], absent: str, text: str
) -> None:
    every = [(label, seed) for label in ("none", "flips") for seed in EVERY]
    found = made(tmp_path, policies, **({absent: every} if absent else {}))
    assert found.conclusion.text == text
    assert found.conclusion.recommended == ()


def test_all_challengers_failed(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05}, failed=[("flips", seed) for seed in EVERY])
    assert found.conclusion.text == (
        "Nothing can be said of any gain: only the baseline none has finished trials. flips failed "
        f"in every seed {REASON}."
    )


@pytest.mark.parametrize("absent", [True, False])
def test_the_baseline_is_not_in_the_run_or_failed(tmp_path: Path, absent: bool) -> None:
    how: dict[str, Any] = {"failed": [("none", seed) for seed in EVERY]}
    found = made(tmp_path, {"crop": 0.0, "flips": 0.1}, **({"baseline": ""} if absent else how))
    best = 100 * row(found, "flips")["test_accuracy_mean"]
    failed = "" if absent else f" The baseline none failed in every seed {REASON}."
    assert found.conclusion.text == (
        "Nothing can be said of any gain: the baseline none has no finished trial to compare with "
        f"(the highest mean test accuracy was {best:.1f}%, of flips).{failed}"
    )


def test_no_seed_was_finished_by_two(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.1}, seeds=2, failed=[("none", 0), ("flips", 1)])
    assert found.conclusion.sentence == (
        "Nothing can be said of any gain: no policy finished a seed that the baseline none "
        "finished too."
    )


def test_a_run_in_progress(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"flips": 0.05},
        missing=[("flips", 3), ("flips", 4)],
        train_accuracy={"none": 0.95, "flips": 1.0},
        seed_sd=0.002,
    )
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 3 seeds. 2 of 10 trials are "
        "not run yet, so this may change."
    )


def test_a_run_in_progress_with_too_few_seeds_so_far(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05}, missing=[("flips", seed) for seed in range(1, 5)])
    assert found.conclusion.text == (
        "Nothing is settled on 1 seed: flips differs from no augmentation by "
        f"{mean(found, 'flips')}, which 1 seed cannot tell from chance; finish the run first. "
        "4 of 10 trials are not run yet, so this may change."
    )


def test_a_long_reason_is_shortened_to_one_line(tmp_path: Path) -> None:
    error = "ValueError: " + "x" * 300 + "\nTraceback (most recent call last)"
    found = made(
        tmp_path, {"flips": 0.05, "b": 0.0}, failed=[("b", seed) for seed in EVERY], error=error
    )
    text = found.conclusion.text
    assert "\n" not in text
    assert f"b failed in every seed (ValueError: {'x' * 105}...)." in text
