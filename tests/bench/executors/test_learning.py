"""Policies that learn: once a block, charged to each trial, with choices of timing made once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from tests.bench.running import run_here

SMALL = ["--data", "digits", "--train-size", "100", "--epochs", "1", "--model", "small"]
PLUGIN = """
import time
from pathlib import Path
from augbench.policies.base import Policy

LOG = Path(__file__).with_name("log.txt")


def note(text):
    with LOG.open("a") as log:
        log.write(text + "\\n")


class Learns(Policy):
    "Learns until both trials of the baseline are stored, which others can do meanwhile."

    def __init__(self, steps=1, factor=1, others=0):
        self.steps, self.others = steps, others

    @property
    def artefact_key(self):
        return f"{self.steps} steps"

    def learn(self, train, context):
        note(f"begin {context.seed}")
        context.progress(f"learning {self.steps} steps")
        while len(list(LOG.parent.glob("results/trials/*/result.json"))) < self.others:
            time.sleep(0.02)
        context.charges.append(100.0)
        note(f"end {context.seed}")


class Timed(Learns):
    def __init__(self, steps=None, minutes=None):
        super().__init__(steps)
        self.minutes = minutes

    def resolve_budget(self, shape, classes, cache, threads):
        if self.minutes is None:
            return {}
        note(f"timed {shape} {classes} {threads}")
        steps = 10 * len(LOG.read_text().splitlines())
        return {"minutes": None, "steps": steps}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PLUGIN)
    return tmp_path


@pytest.mark.slow
def test_what_a_block_learns_is_learnt_before_the_trials_that_share_it(folder: Path) -> None:
    words = [
        "mine:Learns(steps=3, others=2)",
        "mine:Learns(steps=3, others=2, factor=2) + mixup",
        *SMALL,
        "--seeds",
        "2",
    ]
    _, err = run_here("compare", *words, "--jobs", "3", folder=folder)
    log = (folder / "log.txt").read_text().splitlines()
    for seed in "01":
        mine = [line.split()[0] for line in log if line.endswith(seed)]
        assert mine == ["begin", "end", "begin", "end"]
    assert "mine:Learns(steps=3, others=2), seed 0: learning 3 steps" in err
    cost = pd.read_csv(folder / "results/cost.csv").set_index("policy")
    charged = cost.loc["mine:Learns(steps=3, others=2, factor=2) + mixup", "learn_seconds"]
    assert (charged > 100).all()  # what it is charged, and its own time
    assert (cost.loc["none", "learn_seconds"] < 100).all()


@pytest.mark.slow
def test_what_timing_decides_is_decided_once_and_written_down(folder: Path) -> None:
    words = ["mine:Timed(minutes=2)", *SMALL, "--seeds", "1", "--jobs", "1"]
    run_here("compare", *words, folder=folder)
    run = folder / "results"
    settled = "mine:Timed(minutes=2)=mine:Timed(steps=10)"
    assert tomllib.loads((run / "experiment.toml").read_text())["policies"] == ["none", settled]
    assert (folder / "log.txt").read_text().startswith("timed (16, 16, 1) 10 1\n")
    for again in (words, ["--config", str(run / "experiment.toml")]):
        _, err = run_here("compare", *again, folder=folder)
        assert "2 trials are there already; 0 to go" in err
    assert (folder / "log.txt").read_text().count("timed") == 1
    run_here("compare", *words, "--threads", "2", folder=folder)
    assert "timed (16, 16, 1) 10 2\n" in (folder / "log.txt").read_text()
    run_here("compare", *words, folder=folder)
    assert (folder / "log.txt").read_text().count("timed") == 2
    assert json.loads((run / "grid.json").read_text())["policies"] == [
        "none",
        "mine:Timed(minutes=2)",
    ]
