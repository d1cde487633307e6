"""How tests run the program as a user does, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
#: columns that depend on the machine and its load
TIMES = ["seconds", "images_per_second"]


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start `augbench` with ``arguments`` in ``folder``, in a process group of its own."""
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "augbench", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_augbench(*arguments: str, folder: Path, code: int = 0) -> tuple[str, str]:
    """Run `augbench` to its end; return standard output and standard error."""
    process = start(*arguments, folder=folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, f"exit code {process.returncode}, not {code}:\n{out}\n{err}"
    return out, err


def trials(run: Path) -> pd.DataFrame:
    """Return ``trials.csv`` without its times."""
    return pd.read_csv(run / "trials.csv").drop(columns=TIMES)
