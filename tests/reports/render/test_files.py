"""Do the files of tables read back unrounded, and only those of this run stay?"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from augbench.reports.render.files import as_csv, write_tables

from augbench import reports


def test_floats_of_a_csv_file_read_back_bit_for_bit() -> None:
    values = np.random.default_rng(0).standard_normal(500) * 10.0 ** np.arange(-250, 250)
    text = as_csv(pd.DataFrame({"x": values}))
    back = [float(number) for number in pd.read_csv(io.StringIO(text), dtype=str)["x"]]
    assert np.array_equal(back, values)


def test_names_with_commas_quotes_and_line_breaks_read_back() -> None:
    names = ["a,b", 'say "no"', "two\nlines", "Ünïcödé 😀", " spaces "]
    back = pd.read_csv(io.StringIO(as_csv(pd.DataFrame({"policy": names}))))
    assert back["policy"].tolist() == names


def test_a_table_without_rows_still_has_its_header() -> None:
    assert as_csv(pd.DataFrame(columns=["a", "b"])) == "a,b\n"


def test_a_table_that_does_not_apply_any_more_takes_its_old_file_away(tmp_path: Path) -> None:
    (tmp_path / "synthetic.csv").write_text("of another grid")
    frames = {"noise": pd.DataFrame({"policy": ["a"]}), "synthetic": None}
    write_tables(frames, tmp_path, ".csv", as_csv)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["noise.csv"]


def test_write_makes_every_file_of_a_run_folder(written: reports.Written) -> None:
    names = [path.name for path in written.files]
    assert names == [
        *(f"{n}.csv" for n in written.tables.frames),
        "summary.json",
        "report.md",
        "report.html",
    ]
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
