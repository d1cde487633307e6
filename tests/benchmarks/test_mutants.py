"""Changes are of what computes, one at a time, and name tests that are there."""

from __future__ import annotations

import random

import pytest

from benchmarks.mutants import GROUPS, REPOSITORY
from benchmarks.mutations import mutations

TEXT = '''
"""A module of 3 lines."""

LIMIT: int = 3


def clipped(value: float, most: float = 1.5) -> float:
    """Return at most 2."""
    if not value < 0 and value is not None:
        return min(value, most) * -1  # ≤ 4
    raise ValueError(f"{value + 1} is below {0}")
'''


def test_each_operator_number_and_comparison_is_changed_and_no_word() -> None:
    changes = {(one.before, one.after) for one in mutations(TEXT)}
    assert changes == {
        ("3", "(4)"),
        ("1.5", "(2.5)"),
        ("not value < 0 and value is not None", "(not value < 0 or value is not None)"),
        ("not value < 0", "(value < 0)"),
        ("value < 0", "(value <= 0)"),
        ("0", "(1)"),
        ("value is not None", "(value is None)"),
        ("min(value, most) * -1", "(min(value, most) / -1)"),
        ("min(value, most)", "(max(value, most))"),
        ("-1", "(1)"),
        ("1", "(2)"),
    }


def test_a_change_is_made_where_it_is_and_nowhere_else() -> None:
    (one,) = [one for one in mutations(TEXT) if one.before == "min(value, most)"]
    assert one.applied(TEXT) == TEXT.replace("min(value, most)", "(max(value, most))")


@pytest.mark.parametrize("group", GROUPS)
def test_changed_modules_are_python_and_their_tests_are_there(group: str) -> None:
    for path, tests in GROUPS[group].items():
        text = (REPOSITORY / path).read_text(encoding="utf-8")
        for one in random.Random(0).sample(mutations(text), 5):
            changed = one.applied(text)
            assert changed != text
            compile(changed, path, "exec")
        assert all((REPOSITORY / test).exists() for test in tests), path
