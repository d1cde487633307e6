"""Do the types of a table follow from its columns, and are its columns declared without a slip?"""

from __future__ import annotations

import pandas as pd
import pytest
from augbench.reports.columns import COUNT, FLAG, SHARE, TEXT, Column, Table
from augbench.reports.findings.typical_trial import TYPICAL_TRIAL
from augbench.reports.formatting import KINDS
from augbench.reports.multi_run.tables import POLICIES, SEVERAL, WINS
from augbench.reports.tables import registry

from augbench import reports

DECLARED = [entry.table for entry in registry.TABLES] + [TYPICAL_TRIAL, SEVERAL, POLICIES, WINS]
MADE = Table(
    "made",
    "Made up",
    "A row a policy.",
    (Column("policy"), Column("seeds", COUNT), Column("share", SHARE), Column("first", FLAG)),
)


@pytest.mark.parametrize("table", DECLARED, ids=lambda table: table.name)
def test_what_a_table_says_of_its_columns_fits_together(table: Table) -> None:
    assert len(table.by_name) == len(table.columns)
    assert set(table.order) <= set(table.names)
    assert len(set(table.order)) == len(table.order)
    for column in table.columns:
        assert column.rounding in KINDS
        assert not column.high or column.high in table.by_name
        assert not column.values or column.quantity.dtype == "text"
    titles = [column.title for column in table.shown()]
    assert len(set(titles)) == len(titles)


def test_every_table_of_a_run_has_the_columns_that_it_declares(written: reports.Written) -> None:
    for entry in registry.TABLES:
        frame = written.tables.frames[entry.table.name]
        assert frame is not None
        declared = [column.name for column in entry.table.columns if not column.recorded]
        assert list(frame.columns[: len(declared)]) == declared
        if entry.table.further == "no":
            assert len(frame.columns) == len(declared)


def test_a_frame_has_the_types_of_its_columns_also_without_rows() -> None:
    wanted = {"policy": "object", "seeds": "Int64", "share": "float64", "first": "bool"}
    rows = [{"policy": "a", "seeds": 3, "first": True}, {"policy": "b", "share": 0.5, "first": 0}]
    for frame in (MADE.frame(rows), MADE.frame([]), MADE.frame(pd.DataFrame(rows))):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == wanted
    assert pd.isna(MADE.frame(rows)["seeds"][1])


def test_a_name_in_another_encoding_is_a_text_like_any_other() -> None:
    assert MADE.frame([{"policy": "a\udcff", "first": True}])["policy"][0] == "a\udcff"


def test_a_column_of_another_table_keeps_its_file_and_changes_what_is_said() -> None:
    column = MADE.column("share", heading="part")
    assert (column.title, column.file, column.quantity) == ("part", "made", SHARE)
    assert Column("best_of_all", TEXT).title == "best of all"
    with pytest.raises(KeyError):
        MADE.column("absent")
