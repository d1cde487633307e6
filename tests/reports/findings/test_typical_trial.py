"""Is the typical trial of a policy one that was measured?"""

from __future__ import annotations

import json
from pathlib import Path

from augbench.reports.findings.analysis import tables
from augbench.reports.findings.typical_trial import TYPICAL_TRIAL, typical_trials
from augbench.reports.run.reader import load
from augbench.reports.views import view

from tests.reports.making_runs import make_run


def test_the_typical_trial_is_that_of_median_time_with_its_own_costs(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", {"a": 0.0}, seeds=4, n_test=40, pictures=False)
    for place in (folder / "trials").iterdir():
        record = json.loads((place / "result.json").read_text())
        record["seconds"] = [9.0, 2.0, 4.0, 7.0][record["seed"]]
        record["cost"]["peak_memory_mb"] = 100.0 + record["seed"]
        (place / "result.json").write_text(json.dumps(record))
    rows = typical_trials(tables(load(folder)))
    assert rows["seconds"].tolist() == [4.0, 4.0]
    assert rows["seed"].tolist() == [2, 2]
    assert rows["peak_memory_mb"].tolist() == [102.0, 102.0]
    assert "learn_seconds" not in rows
    shown = view(TYPICAL_TRIAL, rows)
    assert [column.file for column in shown.columns] == [*["trials"] * 3, *["cost"] * 3]
    assert shown.rows[0][2].values == (("trials.seconds", "4.0"),)
