"""A grid that grows, as a user runs it: the same trials whatever the workers and interruptions."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from tests.bench.running import run_here, start, trials
from tests.patience import wait_until

ASKED = [
    "compare",
    "albumentations(spec='tutorial')",
    "none(reseed=1)",
    *["--data", "digits", "--train-size", "100", "--epochs", "1", "--model", "small"],
    *["--max-seeds", "4", "--margin", "60"],
]


@pytest.mark.slow
def test_the_same_command_grows_the_same_grid(tmp_path: Path) -> None:
    _, err = run_here(*ASKED, "--jobs", "1", "--out", "one", folder=tmp_path)
    assert "settled after" in err or "open after" in err or "given up after" in err
    process = start(*ASKED, "--jobs", "2", "--out", "two", folder=tmp_path)
    wait_until(lambda: len(list(tmp_path.glob("two/trials/[!.]*/result.json"))) >= 2, process, 300)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    run_here(*ASKED, "--jobs", "2", "--out", "two", folder=tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    pd.testing.assert_frame_equal(trials(one), trials(two))
    assert (one / "accuracy.csv").read_text() == (two / "accuracy.csv").read_text()
    grids = [json.loads((run / "grid.json").read_text()) for run in (one, two)]
    assert grids[0] == grids[1] and not grids[0]["plan"]["growing"]
    _, err = run_here("compare", "--config", "one/experiment.toml", "--out", "one", folder=tmp_path)
    assert "s left" not in err, "nothing is trained again"
