"""Comparisons from Python: mistakes are said at once, a script needs no guard, nothing is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import augbench.bench.api
import pytest

import augbench
from augbench.errors import AugbenchWarning, InputError
from tests.bench.running import REPOSITORY
from tests.patience import wait_until

SMALL = {"data": "digits", "train_size": 150, "epochs": 2, "model": "small"}


def python(*arguments: str, folder: Path, text: str | None = None) -> str:
    """Run Python in ``folder`` with this checkout importable; return its standard output."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_importing_it_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, augbench; dir(augbench); print(*{n.partition('.')[0] for n in sys.modules})"
    loaded = set(python("-c", code, folder=tmp_path).split())
    heavy = {"tensorflow", "keras", "pandas", "numpy", "rich", "pydantic", "altair", "reports"}
    assert "augbench" in loaded and not loaded & heavy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epoch": 3}, "unknown option 'epoch' (did you mean 'epochs'?)"),
        ({"batchsize": 3}, "did you mean 'batch_size'?"),
        ({"seeds": 0}, "--seeds"),
        ({"log": "mlflo"}, "did you mean 'mlflow'?"),
        ({"spec": {"rotation": 20}}, "rotation_range"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        augbench.compare("keras", out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_policy_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a policy is a text"):
        augbench.compare(dict, out=tmp_path / "run")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_script_needs_no_guard_and_is_run_once(tmp_path: Path) -> None:
    script = f"""
import augbench
print("running", __name__)
result = augbench.compare("none", **{SMALL!r}, seeds=SEEDS, jobs=1, quiet=True)
print(result.trials["status"].tolist())
"""
    (tmp_path / "study.py").write_text(script.replace("SEEDS", "1"))
    out = python("study.py", folder=tmp_path)
    assert out.split("\n")[:2] == ["running __main__", "['done']"]
    out = python("-", folder=tmp_path, text=script.replace("SEEDS", "2"))
    assert out.split("\n")[:2] == ["running __main__", "['done', 'done']"]


@pytest.mark.slow
def test_a_trial_that_fails_warns_and_stands_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_of_api.py").write_text(
        "from augbench.policies.base import Policy\n"
        "class Fails(Policy):\n"
        "    def change(self, batch):\n"
        "        if batch.epoch:  # not the batch that is tried before\n"
        "            raise ValueError('not to my taste')\n"
        "        return batch\n"
    )
    monkeypatch.chdir(tmp_path)
    environment, path = dict(os.environ), list(sys.path)
    with pytest.warns(AugbenchWarning, match="1 of 2 trials failed.*not to my taste"):
        result = augbench.compare("plugin_of_api:Fails", **SMALL, seeds=1, out="run", quiet=True)
    assert dict(os.environ) == environment and sys.path == path
    failed = result.trials.set_index("policy").loc["plugin_of_api:Fails"]
    assert failed["status"] == "failed" and "not to my taste" in failed["error"]
    assert result.report.is_file()


@pytest.mark.slow
def test_control_c_leaves_no_worker_and_says_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(
        """
import multiprocessing
import time
from pathlib import Path
from augbench import Policy

class Waits(Policy):
    def change(self, batch):
        if multiprocessing.parent_process() is None:
            return batch  # asked before any training
        Path(__file__).with_name("training").touch()
        while True:
            time.sleep(1)
"""
    )
    (tmp_path / "study.py").write_text(
        f"""
import psutil
import augbench
try:
    augbench.compare("waiting:Waits", **{SMALL!r}, seeds=2, jobs=2, out="run", quiet=True)
except KeyboardInterrupt as stop:
    kept_by_its_traceback = stop
    me = psutil.Process()
    workers = [
        child
        for child in me.children(recursive=True)
        if child.ppid() != me.pid or "spawn_main" in " ".join(child.cmdline())
    ]
    print(stop, "|", len(workers))
"""
    )
    process = subprocess.Popen(
        [sys.executable, "study.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: (tmp_path / "training").exists(), process)
    process.send_signal(signal.SIGINT)  # to this process alone, as a notebook does
    out, _ = process.communicate(timeout=60)
    kept = len(list((tmp_path / "run/trials").glob("[!.]*/result.json")))
    assert out.strip() == f"{kept} of 4 trials are kept in run | 0"
    assert kept <= 2  # no trial of Waits can end
