"""Which files does a report consist of? The formats that a reader can ask for, by name."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from augbench.errors import ReportError, nearest

# name -> what it makes, as the command line says it
FORMATS = {
    "html": "report.html, the page",
    "md": "report.md",
    "csv": "a .csv file a table",
    "json": "summary.json",
    "junit": "junit.xml, for continuous integration",
    "parquet": "a .parquet file a table (needs the extra `parquet`)",
}
DEFAULT = ("html", "md", "csv", "json")
# A file that shows that a report was written in a format before.
_SIGNS = {"junit": "junit.xml", "parquet": "trials.parquet"}


def formats_of(words: Iterable[str]) -> tuple[str, ...]:
    """The formats that lists such as "html,md" name, in the order of `FORMATS`.

    Args:
        words: names, or several of them with commas between; the case of letters does not count.

    Returns:
        The formats, each once; none for no words.

    Raises:
        ReportError: for an unknown name, with the nearest known one.
    """
    asked = [name.strip().lower() for word in words for name in word.split(",")]
    for name in asked:
        if name not in FORMATS:
            raise ReportError(
                f"--format knows no {name!r}{nearest(name, FORMATS)}; "
                f"it knows {', '.join(FORMATS)}, with commas"
            )
    return tuple(name for name in FORMATS if name in asked)


def formats_for(folder: Path, asked: Iterable[str] | None) -> tuple[str, ...]:
    """What to write into a folder: what was asked, else the default and what is there already.

    A run that was extended must not keep the junit.xml of fewer seeds beside its new tables.

    Raises:
        ReportError: when Parquet is asked for and cannot be written.
    """
    if asked is None:
        there = [name for name, file in _SIGNS.items() if (folder / file).is_file()]
        return (*DEFAULT, *(n for n in there if n != "parquet" or can_write_parquet()))
    chosen = formats_of(asked)
    if "parquet" in chosen and not can_write_parquet():
        raise ReportError(
            "--format parquet needs pyarrow, which is not installed: "
            "pip install 'augbench[parquet]'"
        )
    return chosen


def can_write_parquet() -> bool:
    """Whether the extra `parquet` is installed."""
    return find_spec("pyarrow") is not None
