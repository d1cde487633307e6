"""What happens where a process that judges dies, and where it has nothing to judge?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from augbench.bench.search.screening.fold_judge import _drawn
from augbench.bench.search.screening.judges import _Process
from augbench.bench.trial.training import TrainingFailed
from augbench.policies.base import Policy


class Dead:
    """The line to a process that was killed while it was idle, as out of memory."""

    def send(self, question: object) -> None:
        raise BrokenPipeError


def test_a_process_that_died_while_it_was_idle_is_named() -> None:
    child = SimpleNamespace(line=Dead(), last_words=lambda: "of signal 9")
    with pytest.raises(TrainingFailed, match="of a classifier died of signal 9"):
        _Process(child).take(0, None)  # type: ignore[arg-type]


def test_a_fold_without_an_image_to_change_gives_no_answer_and_no_error() -> None:
    task = SimpleNamespace(draws=2, fold=0, seed=0, places=np.arange(0))
    nothing = np.empty((0, 8, 8, 1), np.uint8)
    found = _drawn(Policy(), nothing, np.empty((0, 3)), np.empty((0, 3)), task, np.log)  # type: ignore[arg-type]
    assert found is not None
    assert found.log_probabilities.shape == (2, 0, 3) and found.changed.shape == (2, 0)
