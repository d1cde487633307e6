"""Are files whole or not there at all, and do they read back unrounded?"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.render.files import CSV_TABLES, csv_text, write_csv, write_whole

from augbench import reports


def test_floats_of_a_csv_file_read_back_bit_for_bit() -> None:
    values = np.random.default_rng(0).standard_normal(500) * 10.0 ** np.arange(-250, 250)
    text = csv_text(pd.DataFrame({"x": values}))
    back = [float(number) for number in pd.read_csv(io.StringIO(text), dtype=str)["x"]]
    assert np.array_equal(back, values)


def test_names_with_commas_quotes_and_line_breaks_read_back() -> None:
    names = ["a,b", 'say "no"', "two\nlines", "Ünïcödé 😀", " spaces "]
    back = pd.read_csv(io.StringIO(csv_text(pd.DataFrame({"policy": names}))))
    assert back["policy"].tolist() == names


def test_a_table_without_rows_still_has_its_header() -> None:
    assert csv_text(pd.DataFrame(columns=["a", "b"])) == "a,b\n"


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_whole(tmp_path / "x.txt", "old")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.txt"]


def test_a_name_that_utf_8_cannot_hold_is_written_as_its_code(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "x", "a\udcffb\n").read_bytes() == b"a\\udcffb\n"


def test_a_table_that_does_not_apply_any_more_takes_its_old_file_away(tmp_path: Path) -> None:
    (tmp_path / "synthetic.csv").write_text("of another grid")
    write_csv({"noise": pd.DataFrame({"policy": ["a"]}), "synthetic": None}, tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["noise.csv"]


def test_write_makes_every_file_of_a_run_folder(written: reports.Written) -> None:
    names = [path.name for path in written.files]
    assert names == [*(f"{n}.csv" for n in CSV_TABLES), "summary.json", "report.md", "report.html"]
    assert all(path.is_file() and path.parent == written.folder for path in written.files)
    assert not list(written.folder.glob(".*"))


def test_importing_reports_costs_no_heavy_import() -> None:
    code = "import augbench.reports, sys; print(*{'pandas', 'altair', 'rich'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_writing_again_gives_the_same_bytes(written: reports.Written) -> None:
    before = {path.name: path.read_bytes() for path in written.files}
    again = reports.write(written.folder)
    assert {path.name: path.read_bytes() for path in again.files} == before
