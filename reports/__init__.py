"""Tables, tests and pictures of finished runs. Knows nothing of training or of policies' insides.

`write` makes every file of a run folder that can be made again from its trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from reports.tables import Tables


@dataclass(frozen=True)
class Written:
    """What `write` made of a run folder.

    Attributes:
        folder: the run folder.
        tables: all figures of the run.
        files: the files written, tables first.
    """

    folder: Path
    tables: Tables
    files: tuple[Path, ...]


def write(folder: Path | str) -> Written:
    """Write every table and report of a run folder again, each file whole or not at all.

    Args:
        folder: the run folder that `augbench compare --out` wrote; neither data nor policies are
            needed.

    Returns:
        The tables and the files written: the CSV files, summary.json, report.md, report.html.

    Raises:
        ReportError: when the folder is no run, or a stored file cannot be read.
    """
    from reports.files import write_csv, write_whole
    from reports.markdown import markdown
    from reports.page import page
    from reports.run import load
    from reports.summary import file_tables, summary_text
    from reports.tables import tables

    folder = Path(folder)
    found = tables(load(folder))
    files = write_csv(file_tables(found), folder)
    for name, make in (
        ("summary.json", summary_text),
        ("report.md", markdown),
        ("report.html", page),
    ):
        files.append(write_whole(folder / name, make(found)))
    return Written(folder, found, tuple(files))


def print_terminal(written: Written, console: Console | None = None) -> None:
    """Print the conclusion and the accuracy table; to standard output by default."""
    from reports.terminal import print_tables

    print_tables(written.tables, console)
