"""What a search remembers, and what it decides again."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.search.ledger import Ledger, keep_pictures
from augbench.bench.storage.run_folder import RunFolder
from augbench.reports.run.layout import SEARCH_PICTURES


class Clock:
    """A time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "search")


def test_what_time_decided_holds_from_then_on(folder):
    first = Ledger.open(folder, "study", 60.0)
    assert first.decide("trials", lambda: 7) == 7
    again = Ledger.open(folder, "study", 60.0)
    assert again.decide("trials", lambda: 99) == 7


def test_another_budget_decides_again_but_not_how_long_a_trial_is(folder):
    first = Ledger.open(folder, "study", 60.0)
    first.decide("trials", lambda: 7)
    first.decide("length", lambda: {"epochs": 3})
    larger = Ledger.open(folder, "study", 600.0)
    assert larger.decide("trials", lambda: 99) == 99
    assert larger.decide("length", lambda: {"epochs": 9}) == {"epochs": 3}


def test_another_study_begins_anew(folder):
    Ledger.open(folder, "study", 60.0).decide("trials", lambda: 7)
    assert Ledger.open(folder, "other", 60.0).decide("trials", lambda: 99) == 99


def test_time_adds_up_over_sessions(folder):
    clock = Clock()
    first = Ledger(folder, "study", 60.0, clock=clock)
    clock.now = 25.0
    first.write()
    again = Ledger.open(folder, "study", 60.0)
    assert again.before == pytest.approx(25.0)
    assert again.left <= 35.0


def test_pictures_add_up_too(folder):
    keep_pictures(folder.path, {"a": np.zeros((2, 2), np.uint8)})
    keep_pictures(folder.path, {"b": np.ones((2, 2), np.uint8)})
    with np.load(folder.path / SEARCH_PICTURES) as arrays:
        assert sorted(arrays.files) == ["a", "b"]
