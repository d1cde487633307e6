"""Does docs/pipelines.md say what is translated?"""

from __future__ import annotations

from pathlib import Path

from augbench.policies.pipelines.table import tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "pipelines.md"


def test_the_page_has_the_tables_as_the_code_has_them() -> None:
    """Where not: `python -m augbench.policies.pipelines.table` prints them."""
    assert tables() in PAGE.read_text(encoding="utf-8")
