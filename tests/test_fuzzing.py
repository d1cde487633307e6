"""A minute of the fuzzer that `benchmarks/fuzzing.py` runs for an hour by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).resolve().parents[1] / "benchmarks" / "fuzzing.py"


@pytest.mark.slow
def test_no_changed_file_or_text_ends_in_an_error_that_nobody_thought_of() -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZER), "--seconds", "60", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    assert done.stdout.count(" 0 unexpected") == 33
