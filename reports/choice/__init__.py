"""What does a search say: what to use, how much that brings, how sure it is, what to avoid?

`write` makes the report of a folder that `augbench choose` wrote; it can be made again at any time
from choose.json and choose.npz, while the search goes on too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from augbench.reports.choice.choice import Choice
    from rich.console import Console


@dataclass(frozen=True)
class Written:
    """What `write` made of a folder.

    Attributes:
        folder: where the files are.
        choice: all that they are made of.
        files: the files written, the page last.
    """

    folder: Path
    choice: Choice
    files: tuple[Path, ...]


def is_search(folder: Path | str) -> bool:
    """Return whether `augbench choose` wrote to a folder."""
    from augbench.reports.run.layout import SEARCH

    return (Path(folder) / SEARCH).is_file()


def read(folder: Path | str) -> Choice:
    """Return what a search has found so far.

    Raises:
        ReportError: when the folder is of no search, or a file cannot be read.
    """
    from augbench.reports.choice.reader import read as read_folder

    return read_folder(folder)


def write(folder: Path | str) -> Written:
    """Write choose.csv, report.md and report.html of a search, each whole or not at all.

    Args:
        folder: where `augbench choose` wrote; neither data nor policies are needed.

    Raises:
        ReportError: when the folder is of no search, or a file cannot be read.
    """
    from augbench.reports.choice.markdown import markdown
    from augbench.reports.choice.page import page
    from augbench.reports.choice.table import NAME
    from augbench.reports.render.files import as_csv

    from augbench.files import write_whole

    choice = read(folder)
    place = choice.folder
    files = (
        write_whole(place / f"{NAME}.csv", as_csv(tried(choice))),
        write_whole(place / "report.md", markdown(choice)),
        write_whole(place / "report.html", page(choice)),
    )
    return Written(place, choice, files)


def print_terminal(search: Choice | Path | str, console: Console | None = None) -> None:
    """Print the answer and the candidates that matter most; to standard output by default.

    Args:
        search: its answer, or its folder.
        console: where to; names are never read as markup.
    """
    from augbench.reports.choice.terminal import print_choice

    print_choice(read(search) if isinstance(search, Path | str) else search, console)


def leaks(summary: Mapping[str, Any]) -> list[str]:
    """Return what should be known of data before anything is trained, in sentences.

    Args:
        summary: facts of the data, as in choose.json.
    """
    from augbench.reports.choice import facts

    return facts.leaks(summary)


def tried(choice: Choice) -> pd.DataFrame:
    """Return the table of choose.csv: a row a candidate, what it gave and what became of it."""
    from augbench.reports.choice.table import frame

    return frame(choice)


def text(choice: Choice) -> str:
    """Return the answer in a few lines of plain text."""
    from augbench.reports.choice.terminal import plain

    return plain(choice)


def notebook(choice: Choice) -> str:
    """Return the answer as a piece of HTML for a notebook; names stay text."""
    from augbench.reports.choice.page import notebook as cell

    return cell(choice)
