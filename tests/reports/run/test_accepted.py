"""Is a file of the other check named for what it is?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from augbench.bench.gate.fingerprint import stored
from augbench.reports.run.baseline import baseline_of, read_baseline
from augbench.reports.run.reader import load

from augbench.errors import InputError
from tests.reports.making_runs import make_run


def test_a_baseline_and_a_fingerprint_that_are_mixed_up_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "fingerprint.json"
    empty = stored.Fingerprint(stored.SCHEMA_VERSION, stored.software(), "synthetic", "", {})
    file.write_text(empty.text())
    with pytest.raises(InputError, match=r"is a fingerprint; give it as --fingerprint \S+t\.json$"):
        read_baseline(file)
    run = load(make_run(tmp_path / "run", {"flips": 0.1}, seeds=3, pictures=False))
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps(asdict(baseline_of(run, 0.05))))
    with pytest.raises(InputError, match=r"is a baseline; give it as --baseline \S+e\.json$"):
        stored.read(file)
