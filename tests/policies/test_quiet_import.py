"""A module that imports TensorFlow says what it says itself, and nothing of TensorFlow's log."""

import subprocess
import sys
from pathlib import Path

import pytest

LOADS = "from augbench.policies.named_objects import load_object; print(load_object('mine:VALUE'))"
SAYS = "import os, sys\nos.write(2, b'by hand\\n')\nprint('of mine', file=sys.stderr)\nVALUE = 3\n"
LOG = "import os\nos.write(2, b'I0000 00:00:17 1 a.cc:1] of TensorFlow\\n')\n"


def load(folder: Path, text: str, *, closed: bool = False) -> subprocess.CompletedProcess[str]:
    (folder / "mine.py").write_text(text)
    code = f"import os; os.close(2); {LOADS}" if closed else LOADS
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("library", ["", "import tensorflow\n"], ids=["log", "tensorflow"])
def test_the_log_is_left_out_and_what_a_module_says_is_not(tmp_path: Path, library: str) -> None:
    done = load(tmp_path, LOG + library + SAYS)
    assert (done.stdout, done.stderr) == ("3\n", "by hand\nof mine\n")


def test_a_module_that_fails_shows_all(tmp_path: Path) -> None:
    done = load(tmp_path, f"{LOG}{SAYS}0 / 0\n")
    assert "of TensorFlow" in done.stderr and "division by zero" in done.stderr


def test_a_process_without_standard_error_loads_too(tmp_path: Path) -> None:
    assert load(tmp_path, "VALUE = 3\n", closed=True).stdout == "3\n"
