"""Is a number written for people the number that the tables hold?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from augbench.reports.formatting import KINDS, MISSING, exact, interval, shown


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.8349, "percent", "83.5%"),
        (1.0, "percent", "100.0%"),
        (0.0493, "points", "+4.9"),
        (-0.0493, "points", "-4.9"),
        (0.0004, "points", "0.0"),
        (-0.0004, "points", "0.0"),
        (0.0493, "gap", "4.9"),
        (0.0004, "p", "<0.001"),
        (0.0494, "p", "0.049"),
        (0.0, "p", "<0.001"),
        (3.14159, "seconds", "3.14"),
        (31.4159, "seconds", "31.4"),
        (3141.59, "seconds", "3,142"),
        (12345.6, "rate", "12,346"),
        (310.5, "megabytes", "310"),
        (12, "count", "12"),
        (1.23456, "number", "1.235"),
        ("flips", "text", "flips"),
    ],
)
def test_each_kind_is_written_as_its_name_says(value: object, kind: str, text: str) -> None:
    assert shown(value, kind) == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, "", np.float64("nan")])
def test_what_is_missing_is_a_dash_in_every_kind(value: object, kind: str) -> None:
    assert shown(value, kind) == MISSING


def test_an_unknown_kind_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="percent"):
        shown(0.5, "permille")


def test_an_endless_number_is_the_sign_of_infinity() -> None:
    assert (shown(float("inf"), "points"), shown(float("-inf"), "points")) == ("∞", "-∞")


def test_an_interval_keeps_the_end_that_is_known() -> None:
    assert interval(0.021, 0.077) == "+2.1 to +7.7"
    assert interval(None, 0.077) == "– to +7.7"
    assert interval(None, None) == "–"
    assert interval(13, 13, "count") == "13"


@pytest.mark.parametrize("number", np.random.default_rng(0).standard_normal(50).tolist())
def test_the_exact_text_reads_back_as_the_same_float(number: float) -> None:
    assert float(exact(np.float64(number))) == number


def test_exact_writes_whole_numbers_without_a_point_and_nothing_for_missing_ones() -> None:
    assert exact(pd.array([3], dtype="Int64")[0]) == "3"
    assert exact(pd.NA) == ""
