"""Does no cell of a written CSV run in a spreadsheet, and does every text read back?"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.bench.data.sources.tables import list_table
from augbench.reports.render.files import as_csv
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from augbench.csv_text import guarded, read, write

FORMULAS = ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK('http://x','y')"]
starts = st.sampled_from(["", "'", "''", "=", "'=", "-", "-1", "+1e5", "@", "\t", "\r", "＝"])


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_run_is_written_as_a_text(text: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(write([[text]]), newline="")))
    assert cell == f"'{text}"
    assert f"'{text}" in as_csv(pd.DataFrame({"policy": [text]})).replace('"', "")


def test_numbers_stay_numbers() -> None:
    assert write([[-1, -0.5, "-1", "+2", "-1.5e-3", "a-b"]]) == "-1,-0.5,-1,+2,-1.5e-3,a-b\n"
    assert as_csv(pd.DataFrame({"x": [-0.25, np.nan], "y": ["-1", None]})).split() == [
        "x,y", "-0.25,-1", ","
    ]  # fmt: skip


@given(st.builds(str.__add__, starts, st.text(st.characters(codec="utf-8"), max_size=8)))
@example("'=x")
@example("-1")
@example("'-1")
def test_every_text_reads_back_as_it_was_and_none_begins_a_formula(text: str) -> None:
    written = write([[text, "end"]])
    assert list(read(written)) == [[text, "end"]]
    assert as_csv(pd.DataFrame({"a": [text], "b": ["end"]})).split("\n", 1)[1] == written
    cell = guarded(text)
    assert cell[:1] not in tuple("=@\t\r") and (cell[:1] not in tuple("+-") or float(cell) < 1e300)


def test_a_manifest_names_its_classes_so_and_is_read_as_data_again(tmp_path: Path) -> None:
    import augbench

    names = ["=cmd|' /C calc'!A0", "@home"]
    for number, name in enumerate(names):
        folder = tmp_path / "data" / name.replace("/", "_")
        folder.mkdir(parents=True)
        for place in range(12):
            pixels = np.full((12, 12), 40 * number + place, np.uint8)
            Image.fromarray(pixels).save(folder / f"-{place}.png")
    done = augbench.expand("repeat", data=tmp_path / "data", factor=1, out=tmp_path / "out")
    text = (tmp_path / "out" / "manifest.csv").read_text()
    labels = [row["label"] for row in csv.DictReader(io.StringIO(text))]
    shown = [name.replace("/", "_") for name in names]
    assert set(labels) == {f"'{name}" for name in shown}
    assert {row[1] for row in list(read(text))[1:]} == set(shown) == set(done.classes)
    listing = list_table(tmp_path / "out" / "manifest.csv")
    assert set(listing.classes) == set(shown) and not listing.unreadable
