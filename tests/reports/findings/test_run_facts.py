"""Is said what the run was made of, and what it warned of?"""

from __future__ import annotations

import json
from pathlib import Path

from augbench.reports.findings.analysis import tables
from augbench.reports.findings.run_facts import warnings_of
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run


def test_files_left_out_and_duplicates_are_warnings(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", seeds=1, n_test=40, pictures=False, warnings=["a warning"])
    environment = json.loads((folder / "environment.json").read_text())
    environment["data"]["unreadable"] = [{"path": "train/hat/x.png", "reason": "cut off"}] * 3
    environment["data"]["duplicates"] = [{"a": "train/1.png", "b": "test/2.png", "splits": "x"}]
    (folder / "environment.json").write_text(json.dumps(environment))
    found = warnings_of(tables(load(folder)))
    assert found[0] == "a warning"
    assert "3 unreadable files left out, such as train/hat/x.png" in found
    assert "1 exact duplicates across splits, such as train/1.png and test/2.png" in found
