"""What goes wrong while a run is at it: nothing that was finished is lost, and the rest goes on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from tests.bench.running import run_augbench, run_here, start, trials
from tests.patience import wait_until

SMALL = ["--data", "digits", "--train-size", "150", "--epochs", "2", "--model", "small"]
PLUGIN = """
import multiprocessing
import os
import time
from pathlib import Path
from augbench.policies.base import Policy


class Darker(Policy):
    def __init__(self, by: int = 2) -> None:
        self.by = by

    def change(self, batch):
        return batch.replace(images=batch.images // self.by)


class Fails(Policy):
    def change(self, batch):
        if batch.seed == 1:
            raise ValueError("these images are\\nnot to my taste")
        return batch


class Dies(Policy):
    def change(self, batch):
        if batch.seed == 1 and batch.epoch == 1:
            print("the library gave up", flush=True)
            os._exit(9)
        return batch


class Waits(Policy):
    "Trains, in a worker, once a file `go` lies beside this one."

    def change(self, batch):
        in_worker = multiprocessing.parent_process() is not None
        while in_worker and not Path(__file__).with_name("go").exists():
            time.sleep(0.02)
        return batch


def diverging(shape, classes):
    import keras

    softmax = keras.layers.Dense(classes, activation="softmax")
    model = keras.Sequential([keras.layers.Input(shape), keras.layers.Flatten(), softmax])
    model.compile(keras.optimizers.SGD(1e38), "categorical_crossentropy", metrics=["accuracy"])
    return model
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "my_pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "mod.py").write_text(PLUGIN)
    return tmp_path


def stored(run: Path) -> int:
    """Return how many trials are in the run folder."""
    return len(list(run.glob("trials/[!.]*/result.json")))


@pytest.mark.slow
def test_a_class_of_the_users_own_is_compared_like_the_others(folder: Path) -> None:
    policy = "my_pkg.mod:Darker(by=3)"
    words = [policy, *SMALL, "--seeds", "1", "--jobs", "1"]
    run_here("compare", *words, folder=folder)
    assert set(trials(folder / "results")["policy"]) == {"none", policy}
    (folder / "my_pkg/mod.py").write_text(PLUGIN + "\nCHANGED = True\n")
    _, err = run_here("compare", *words, folder=folder)
    assert "1 trials are there already; 1 to go" in err  # its source is part of its key


@pytest.mark.slow
def test_a_trial_that_hangs_is_ended_and_named_and_the_others_finish(folder: Path) -> None:
    run_here("compare", "none", *SMALL, "--seeds", "1", folder=folder)
    words = ["my_pkg.mod:Waits", *SMALL, "--seeds", "1"]
    run_here("compare", *words, "--trial-timeout", "2s", folder=folder, code=5)
    table = pd.read_csv(folder / "results/trials.csv").set_index("policy")
    assert table.loc["none", "status"] == "done"
    assert table.loc["my_pkg.mod:Waits", "status"] == "failed"
    assert "longer than --trial-timeout allows (2 s)" in table.loc["my_pkg.mod:Waits", "error"]
    cost = pd.read_csv(folder / "results/cost.csv").set_index("policy")
    assert cost.loc["my_pkg.mod:Waits", "attempts"] == 1
    (folder / "my_pkg" / "go").touch()
    run_here("compare", *words, folder=folder)  # the same command, with what it waited for


@pytest.mark.slow
def test_a_trial_that_fails_is_recorded_and_the_others_finish(folder: Path) -> None:
    words = ["my_pkg.mod:Fails", "my_pkg.mod:Dies", *SMALL, "--seeds", "2"]
    _, err = run_augbench("compare", *words, folder=folder, code=5)
    table = pd.read_csv(folder / "results/trials.csv").set_index(["policy", "seed"])
    assert (table["status"] == "failed").sum() == 2
    assert (
        table.loc[("my_pkg.mod:Fails", 1), "error"]
        == "ValueError: these images are not to my taste"
    )
    assert (
        table.loc[("my_pkg.mod:Dies", 1), "error"]
        == "the worker process died (exit code 9); it wrote last: the library gave up"
    )
    assert set(pd.read_csv(folder / "results/cost.csv").query("attempts == 2")["policy"]) == {
        "my_pkg.mod:Fails",
        "my_pkg.mod:Dies",
    }
    assert "Traceback" not in err and "oneDNN" not in err
    assert "Fails failed in 1 of 2 seeds" in (folder / "results/report.md").read_text()


@pytest.mark.slow
def test_a_loss_that_is_not_finite_fails_the_trial_with_its_reason(folder: Path) -> None:
    words = [*SMALL, "--model", "my_pkg.mod:diverging", "--seeds", "1", "--jobs", "1", "none"]
    run_here("compare", *words, folder=folder, code=5)
    (error,) = pd.read_csv(folder / "results/trials.csv")["error"]
    assert "loss became nan in epoch 1" in error


@pytest.mark.slow
def test_control_c_waits_for_no_trial_and_the_same_command_goes_on(folder: Path) -> None:
    words = ["keras", "my_pkg.mod:Waits", *SMALL, "--seeds", "2", "--jobs", "2"]
    process = start("compare", *words, folder=folder)
    wait_until(lambda: stored(folder / "results") == 4, process)
    os.killpg(process.pid, signal.SIGINT)  # both workers are at trials that would never end
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    kept = {path: path.stat().st_mtime_ns for path in (folder / "results").glob("trials/*/*")}
    assert len(kept) == 16 and "augbench compare keras my_pkg.mod:Waits --data digits" in err
    (folder / "my_pkg/go").touch()
    _, err = run_here("compare", *words, folder=folder)
    assert "4 trials are there already" in err
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_full_disk_is_one_line_and_keeps_what_was_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from augbench.bench.options.model import Settings
    from augbench.bench.storage.run_folder import RunFolder
    from augbench.bench.trial.trial import TrialPlan, TrialResult

    plan = TrialPlan("k" * 24, "none", "none", 0, {}, "d", Settings())
    run = RunFolder(folder / "run")
    run.keep(plan, TrialResult({"status": "failed", "error": "", "cost": {}}))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(
        OSError, match=f"cannot write .*{plan.key}: the disk is full; free some space"
    ):
        run.keep(plan, TrialResult({"status": "failed", "error": "new", "cost": {}}))
    monkeypatch.undo()
    assert json.loads((run.path / "trials" / plan.key / "result.json").read_text())["error"] == ""
    assert [path.name for path in (run.path / "trials").iterdir()] == [plan.key]
