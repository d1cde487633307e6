"""Are images generated where data, budget and machine suit it, and is the reason told elsewhere?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from augbench.bench.options.model import Settings
from augbench.bench.search.candidates.generating import (
    LEARNING_SHARE,
    TrainedOn,
    generated,
    unsuited,
)
from augbench.policies.expression import parse
from augbench.policies.gan.training.options import LEAST_STEPS

DIGITS = TrainedOn((8, 8, 1), 10, 120)
HOUR = 3600.0


class Decisions:
    """Keeps what was decided once."""

    kept: str | None = None

    def __call__(self, choose: Any) -> str:
        if self.kept is None:
            self.kept = choose()
        return self.kept


def machine_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, seconds: float) -> None:
    """Let a step take so many seconds, whatever the width."""
    monkeypatch.setenv("AUGBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(
        "augbench.policies.gan.time_budget.seconds_a_step", lambda *of_what: seconds
    )


@pytest.mark.parametrize(
    ("data", "budget", "said"),
    [
        (replace(DIGITS, shape=(96, 64, 3)), HOUR, "images of 96×64 px are larger than 64 px"),
        (replace(DIGITS, fewest=20), HOUR, "the smallest class has 20 training images, fewer"),
        (DIGITS, 300.0, "worth it with a budget of 25 minutes or more"),
        (DIGITS, HOUR, ""),
    ],
)
def test_a_network_wants_small_images_large_classes_and_time(
    data: TrainedOn, budget: float, said: str
) -> None:
    reason = unsuited("gan", data, budget)
    assert said in reason and bool(said) == bool(reason)


def test_a_gaussian_needs_less(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    found, left_out = generated(replace(DIGITS, fewest=20), 300.0, Settings(), (), (), Decisions())
    assert [one.policy for one in found] == ["gaussian(factor=2)"]
    assert list(left_out) == ["gan"]


def test_learning_takes_its_part_of_the_budget_by_the_speed_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    machine_of(monkeypatch, tmp_path, 0.02)
    decide = Decisions()
    found, left_out = generated(DIGITS, HOUR, Settings(), (), (), decide)
    assert [one.label for one in found] == ["gaussian", "gan"] and not left_out
    (term,) = parse(found[1].policy).terms
    assert term.options["steps"] * 0.02 == pytest.approx(LEARNING_SHARE * HOUR, rel=0.1)
    machine_of(monkeypatch, tmp_path / "slower", 99.0)
    assert generated(DIGITS, HOUR, Settings(), (), (), decide)[0] == found  # decided once


def test_too_slow_a_machine_learns_nothing_unless_it_is_asked_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    machine_of(monkeypatch, tmp_path, 1.01 * LEARNING_SHARE * HOUR / LEAST_STEPS)
    found, left_out = generated(DIGITS, HOUR, Settings(), (), (), Decisions())
    assert [one.label for one in found] == ["gaussian"]
    assert left_out == {"gan": "4% of the time is too little for it to learn anything"}
    asked, _ = generated(DIGITS, HOUR, Settings(), ("gan",), ("gaussian",), Decisions())
    assert [one.policy for one in asked] == ["gan(factor=2)"]
