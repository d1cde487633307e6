"""What does a log say of the time that is left?"""

from __future__ import annotations

import io
from types import SimpleNamespace

from augbench.bench.run.progress import Display
from rich.console import Console


def said_after_trials(count: int, total: int, budget_left: float | None) -> list[str]:
    display = Display()
    file = io.StringIO()
    display.console = Console(file=file, width=200)
    with display.trials(total, 1) as shown:
        if budget_left is not None:
            shown.budget_left = lambda: budget_left
        shown._began -= 1000.0
        for seed in range(count):
            plan = SimpleNamespace(label="none", seed=seed, key=str(seed))
            shown.ended(SimpleNamespace(plan=plan, status="done", seconds=1.0, error=""))  # type: ignore[arg-type]
    return file.getvalue().splitlines()


def test_no_more_time_is_left_than_the_budget_has() -> None:
    assert "about 9000 s left" in said_after_trials(1, 10, None)[0]
    assert "about 120 s left" in said_after_trials(1, 10, 120.0)[0]
    assert "about 0 s left" in said_after_trials(1, 10, -5.0)[0]


def test_trials_beyond_what_was_expected_count_as_expected() -> None:
    assert said_after_trials(3, 2, None)[2].startswith("[3/3]")
