"""Trials on Ray are those of local workers, whatever becomes of the run, its workers and nodes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from augbench.bench.run.experiment import executor_named

from augbench.errors import InputError
from tests.bench.running import run_here, start, trials
from tests.patience import LAST_WORDS_SECONDS, LOOK_SECONDS, PATIENCE_SECONDS, wait_until

SMALL = ["--data", "digits", "--train-size", "150", "--epochs", "2", "--model", "small"]
ON_RAY = ["--executor", "ray", "--jobs", "2"]
PLUGIN = """
import os
import time
from pathlib import Path

import beside_it
from augbench.policies.base import Policy


class Waits(Policy):
    "On Ray, says on which node it is, and trains once a file `go` lies in a folder."

    def __init__(self, folder, weights):
        self.folder, self.weights = Path(folder), weights

    def change(self, batch):
        import ray

        if not ray.is_initialized():
            return batch
        assert Path(self.weights).read_text() == beside_it.WEIGHTS
        node = ray.get_runtime_context().get_node_id()
        (self.folder / f"seed {batch.seed} on {node}").write_text(str(os.getpid()))
        while not (self.folder / "go").exists():
            time.sleep(0.02)
        return batch
"""


def test_without_the_extra_an_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "augbench.bench.executors.ray", raising=False)
    with pytest.raises(InputError, match=r'needs the extra.*pip install "augbench\[ray\]"'):
        executor_named("ray")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy of the user's, what it needs, and a run of local workers, `local`."""
    pytest.importorskip("ray", reason="Ray is not installed (the extra ray)")
    folder = tmp_path_factory.mktemp("ray")
    (folder / "my_mod.py").write_text(PLUGIN)
    (folder / "beside_it.py").write_text("WEIGHTS = 'w'")
    (folder / "weights.txt").write_text("w")
    (folder / "nodes").mkdir()
    run_here(*words(folder, "local"), "--jobs", "2", folder=folder)
    return folder


def words(folder: Path, out: str) -> list[str]:
    waits = f"w=my_mod:Waits(folder={str(folder / 'nodes')!r}, weights='weights.txt')"
    return ["compare", "keras", waits, *SMALL, "--seeds", "2", "--out", out]


def variables(**more: str) -> dict[str, str]:
    # Sockets of Ray have short names; a cluster of somebody else's is none of ours.
    return {"TMPDIR": "/tmp", "RAY_ADDRESS": "", "RAY_USAGE_STATS_ENABLED": "0", **more}


def stored(run: Path) -> int:
    return len(list(run.glob("trials/[!.]*/result.json")))


def at_work(folder: Path) -> dict[str, str]:
    """Return the node of each seed whose trial of `Waits` has begun."""
    written = [path for path in (folder / "nodes").glob("seed*") if path.stat().st_size]
    names = [path.name.split(" on ") for path in written]
    return {seed: node for seed, node in names}


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ends(group: int) -> bool:
    """Whether the last process of a group ends in a while, which the system notices later."""
    until = time.monotonic() + LAST_WORDS_SECONDS
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(LOOK_SECONDS)
    return False


def assert_same_bytes(run: Path, local: Path) -> None:
    pd.testing.assert_frame_equal(trials(run), trials(local))
    files = [path.relative_to(local) for path in local.glob("trials/*/*[!n]")]
    kinds = {path.suffix for path in files}
    assert len(files) == 18 and kinds == {".csv", ".npz"}
    for path in [*files, Path("curves.csv"), Path("accuracy.csv"), Path("per_class.csv")]:
        assert (run / path).read_bytes() == (local / path).read_bytes(), path
    assert not list(run.glob("trials/.*"))


@pytest.mark.slow
def test_local_workers_finish_what_a_ray_of_its_own_began_before_control_c(
    folder: Path,
) -> None:
    command = [*words(folder, "own"), *ON_RAY, "--ray-address", "local"]
    process = start(*command, folder=folder, environment=variables())
    there = lambda: stored(folder / "own") == 4 and len(at_work(folder)) == 2  # noqa: E731
    wait_until(there, process, 3 * PATIENCE_SECONDS)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130 and "Traceback" not in err
    assert ends(process.pid)  # no process of Ray's is left
    goes_on = [*words(folder, "own"), "--jobs", "2"]  # and local workers go on with it
    _, err = run_here(*goes_on, folder=folder)
    assert "4 trials are there already; 2 to go" in err
    assert_same_bytes(folder / "own", folder / "local")


@pytest.mark.slow
def test_a_node_that_is_killed_costs_its_trials_an_attempt_and_nothing_else(
    folder: Path, tmp_path: Path
) -> None:
    for path in (folder / "nodes").iterdir():
        path.unlink()
    # In a process of its own, since Ray leaves threads and files to the end of the process.
    script = Path(__file__).with_name("ray_cluster.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "cache")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **variables()},
        text=True,
    ) as cluster:
        assert cluster.stdin and cluster.stdout
        address, lost = cluster.stdout.readline().split()
        command = [*words(folder, "joined"), *ON_RAY, "--ray-address", address]
        process = start(*command, folder=folder, environment=variables())
        there = lambda: stored(folder / "joined") == 4 and len(at_work(folder)) == 2  # noqa: E731
        wait_until(there, process, 3 * PATIENCE_SECONDS)
        seeds = [seed for seed, node in at_work(folder).items() if node == lost]
        workers = [int(path.read_text()) for path in (folder / "nodes").glob(f"seed* on {lost}")]
        cluster.stdin.write("kill\n")
        cluster.stdin.flush()
        assert cluster.stdout.readline() == "killed\n"
        # its workers outlive a node by a moment, in which they would finish what they are at
        wait_until(lambda: not any(map(alive, workers)), process)
        (folder / "nodes/go").touch()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "raylet" not in out + err
        cluster.stdin.close()
    cost = pd.read_csv(folder / "joined/cost.csv").query("attempts > 1")
    assert [f"seed {seed}" for seed in cost["seed"]] == seeds and list(cost["policy"]) == ["w"]
    assert_same_bytes(folder / "joined", folder / "local")
    other = tmp_path / "cache"
    assert list(other.glob("data/*/images.npy")), "the pixels were sent to the other node"
    sent = {path.name for path in other.glob("travelled/*/*") if path.is_file()}
    assert sent == {"my_mod.py", "beside_it.py", "weights.txt"}


def test_what_a_node_has_learnt_is_used_there_as_long_as_it_has_workers() -> None:
    pytest.importorskip("ray", reason="Ray is not installed (the extra ray)")
    from augbench.bench.executors.ray import _near
    from augbench.bench.options.model import Settings
    from augbench.bench.trial.trial import TrialPlan

    shares = TrialPlan("k", "gan", "gan", 0, {}, "d", Settings(), "0: a gan")
    alone = TrialPlan("k", "none", "none", 0, {}, "d", Settings())
    homes = {"0: a gan": "one"}
    assert _near(homes, {"one", "two"}, "one", shares)
    assert not _near(homes, {"one", "two"}, "two", shares)
    assert _near(homes, {"two", "three"}, "two", shares)
    assert _near({}, {"one", "two"}, "two", shares)
    assert _near(homes, {"one", "two"}, "two", alone)
