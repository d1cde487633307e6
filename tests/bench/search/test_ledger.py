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


def kept(folder):
    with np.load(folder.path / SEARCH_PICTURES) as arrays:
        return sorted(arrays.files)


def test_pictures_add_up_and_those_of_an_earlier_session_go(folder):
    image = np.zeros((2, 2), np.uint8)
    keep_pictures(folder.path, {"turned 1": image, "turned 4": image}, instead_of=("turned ",))
    keep_pictures(folder.path, {"looks 1": image}, instead_of=("looks ",))
    assert kept(folder) == ["looks 1", "turned 1", "turned 4"]
    keep_pictures(folder.path, {"turned 2": image}, instead_of=("turned ",))
    keep_pictures(folder.path, {}, instead_of=("looks ",))
    assert kept(folder) == ["turned 2"]


def test_pictures_that_cannot_be_read_are_no_reason_to_stop(folder):
    (folder.path / SEARCH_PICTURES).write_bytes(b"cut off")
    keep_pictures(folder.path, {"looks 1": np.zeros((2, 2), np.uint8)}, instead_of=("looks ",))
    assert kept(folder) == ["looks 1"]
