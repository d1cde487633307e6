"""How tests run the program as a user does, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pandas as pd
import pytest
from augbench.bench.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]
#: columns that depend on the machine and its load
TIMES = ["seconds", "images_per_second"]


def start(
    *arguments: str,
    folder: Path,
    environment: dict[str, str] | None = None,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int | IO[str] = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """Start `augbench` with ``arguments`` in ``folder``, in a session of its own."""
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "augbench", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **(environment or {})},
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def run_augbench(
    *arguments: str, folder: Path, code: int = 0, environment: dict[str, str] | None = None
) -> tuple[str, str]:
    """Run `augbench` in a process of its own; return standard output and standard error."""
    process = start(*arguments, folder=folder, environment=environment)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, f"exit code {process.returncode}, not {code}:\n{out}\n{err}"
    return out, err


def run_here(*arguments: str, folder: Path, code: int = 0) -> tuple[str, str]:
    """Run `augbench` in this process, which saves its imports; return what was printed.

    Its workers are processes of their own, as always, and what they print is in it too.
    """
    with pytest.raises(SystemExit) as stop, _left_as_it_was(folder), _printed() as said:
        main(list(arguments))
    out, err = said
    assert stop.value.code == code, f"exit code {stop.value.code}, not {code}:\n{out}\n{err}"
    return out, err


@contextmanager
def _left_as_it_was(folder: Path) -> Iterator[None]:
    """Work in ``folder``, and undo what a process changes of itself."""
    for name in [name for name in sys.modules if (folder / name.partition(".")[0]).exists()]:
        del sys.modules[name]  # of another test, which has a module of the same name
    variables, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    before = Path.cwd()
    os.chdir(folder)
    os.environ["COLUMNS"] = "200"
    try:
        with warnings.catch_warnings():
            yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(variables)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


@contextmanager
def _printed() -> Iterator[list[str]]:
    """Collect what this process and those that it starts print: standard output, then error."""
    said: list[str] = []
    kept = [os.dup(1), os.dup(2)]
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        for place, file in ((1, out), (2, err)):
            os.dup2(file.fileno(), place)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                yield said
        finally:
            for place, (file, descriptor) in enumerate(zip((out, err), kept, strict=True), 1):
                os.dup2(descriptor, place)
                os.close(descriptor)
                file.seek(0, os.SEEK_SET)
                said.append(file.read())


def trials(run: Path) -> pd.DataFrame:
    """Return ``trials.csv`` without its times."""
    return pd.read_csv(run / "trials.csv").drop(columns=TIMES)
