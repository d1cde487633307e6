"""Does a worker begin like a new process, whichever process it is a copy of?"""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from augbench.bench.executors.child_process import Child
from augbench.bench.trial.environment import limit_threads


def _tell(line: Connection, threads: int) -> None:
    there = "tensorflow" in sys.modules
    limit_threads(threads)
    import numpy as np
    import tensorflow as tf
    from threadpoolctl import threadpool_info

    # OpenCV may bring one of its own that knows no threads
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    found = {
        "there": there,
        "variable": os.environ.get("OF_THIS_MOMENT"),
        "path": list(sys.path),
        "folder": os.getcwd(),
        "blas": {one["num_threads"] for one in blas if one["threading_layer"] != "disabled"},
        "tensorflow": tf.config.threading.get_intra_op_parallelism_threads(),
        "sum": float(tf.reduce_sum(tf.ones((9, 9)) @ tf.ones((9, 9)))),
        "numpy": float((np.ones((9, 9)) @ np.ones((9, 9))).sum()),
    }
    line.send(found)


def told(threads: int = 1) -> dict[str, object]:
    """Start a worker that tells what it finds when it begins."""
    child = Child.start(_tell, threads)
    found = child.line.recv()
    child.process.join()
    assert child.process.exitcode == 0
    return found


def test_it_has_the_environment_the_path_and_the_folder_of_its_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for moment in ("first", "second"):
        (tmp_path / moment).mkdir()
        monkeypatch.chdir(tmp_path / moment)
        monkeypatch.setenv("OF_THIS_MOMENT", moment)
        monkeypatch.syspath_prepend(str(tmp_path / moment))
        found = told()
        assert found["variable"] == moment
        assert found["folder"] == str(tmp_path / moment)
        assert found["path"] == sys.path
    monkeypatch.delenv("OF_THIS_MOMENT")
    assert told()["variable"] is None


def test_it_computes_with_the_threads_of_its_own_run() -> None:
    for threads in (1, 2, 1):
        found = told(threads)
        assert found["tensorflow"] == threads
        assert found["blas"] == {min(threads, os.cpu_count() or 1)}
        assert found["sum"] == found["numpy"] == 9**3


@pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are not safe elsewhere")
def test_it_finds_tensorflow_imported() -> None:
    assert told()["there"]


_STARTS_A_WORKER = """
from augbench.bench.executors.child_process import Child
child = Child.start(id)
child.process.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are not safe elsewhere")
def test_the_process_that_is_copied_takes_nothing_down_at_its_end(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    note = f"open({str(ends)!r}, 'a').write(f'{{sys.orig_argv[-1]}}\\n')"
    (tmp_path / "sitecustomize.py").write_text(
        f"import atexit, sys\natexit.register(lambda: {note})\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    # its output ends with the process that is copied
    subprocess.run(
        [sys.executable, "-c", _STARTS_A_WORKER, "the command"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
    )
    told = ends.read_text(encoding="utf-8")
    assert "the command" in told and "forkserver" not in told
