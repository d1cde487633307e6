"""Does no file of a folder that somebody stands in run, unless it is named?"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest
from augbench.bench.executors.child_process import nothing_run_at_start

#: modules that Python, this program or a library of its looks for by these names
WANTED = (
    *("typing", "re", "random", "pickle", "struct", "signal", "selectors", "tempfile", "threading"),
    *("multiprocessing", "filelock", "numpy", "click", "rich", "pydantic", "keras", "pyarrow"),
)


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is a data folder with a file for each of `WANTED`; returns their log.

    A distribution that was left there names a policy, too.
    """
    folder = tmp_path / "data"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
    log = tmp_path / "ran"
    for name in (*WANTED, "left_there"):
        (folder / f"{name}.py").write_text(f"open({str(log)!r}, 'a').write('{name} ')\n")
    info = folder / "left-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: left\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[augbench.policies]\nleft = left_there:Policy\n")
    monkeypatch.chdir(folder)
    return log


def as_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return subprocess.run(
        [sys.executable, "-m", "augbench", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


def test_a_folder_of_data_runs_nothing_though_its_files_are_called_like_modules(
    planted: Path,
) -> None:
    listed = as_module("policies", "--json")
    assert listed.returncode == 0 and '"left"' not in listed.stdout
    refused = as_module("preview", "none", "--data", ".")
    assert refused.returncode == 2 and "readable" in refused.stderr
    assert not planted.exists()


def test_a_module_that_is_named_is_found_there_and_hides_nothing_that_is_installed(
    planted: Path,
) -> None:
    done = as_module("preview", "left_there:Policy")
    assert done.returncode == 2 and "left_there has no 'Policy'" in done.stderr
    assert planted.read_text().split() == ["left_there"]


def test_a_worker_starts_without_a_look_into_the_working_directory(planted: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    with nothing_run_at_start():
        process.start()
    process.join()
    assert process.exitcode == 0 and not planted.exists()


def test_a_process_that_is_started_without_that_care_runs_what_lies_there(planted: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    process.start()
    process.join()
    assert "multiprocessing" in planted.read_text()
