"""Tables, tests and pictures of finished runs. Knows nothing of training or of policies' insides.

`write` makes every file of a run folder that can be made again from its trials; `write_multi_run`
puts several runs side by side; `watch` shows a run in progress.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augbench.reports.findings.analysis import Tables
    from augbench.reports.multi_run.multi_run import MultiRun
    from rich.console import Console


@dataclass(frozen=True)
class Written:
    """What `write` made of a run folder.

    Attributes:
        folder: where the files are, the run folder unless another was asked for.
        tables: all figures of the run.
        files: the files written, tables first.
    """

    folder: Path
    tables: Tables
    files: tuple[Path, ...]


@dataclass(frozen=True)
class WrittenMultiRun:
    """What `write_multi_run` made of several run folders.

    Attributes:
        folder: where the files are.
        multi_run: all figures of the comparison.
        files: the files written, tables first.
    """

    folder: Path
    multi_run: MultiRun
    files: tuple[Path, ...]


def write(
    folder: Path | str,
    formats: Iterable[str] | None = None,
    out: Path | str | None = None,
) -> Written:
    """Write the tables and reports of a run folder again, each file whole or not at all.

    Args:
        folder: the run folder that `augbench compare --out` wrote; neither data nor policies are
            needed.
        formats: names of `FORMATS`; by default html, md, csv and json, with junit
            and parquet where the folder has such files already.
        out: where to write, the run folder by default.

    Returns:
        The tables and the files written.

    Raises:
        ReportError: when the folder is no run, a stored file cannot be read, a format is unknown,
            or `out` is another run.
    """
    from augbench.reports.render.formats import formats_for, write_forms

    folder = Path(folder)
    place = _place(folder if out is None else Path(out), folder)
    chosen = formats_for(place, formats)
    tables = read(folder)
    files = write_forms(chosen, place, tables, tables.frames)
    return Written(place, tables, tuple(files))


def read(folder: Path | str) -> Tables:
    """Return the tables of a run folder, and write nothing.

    Raises:
        ReportError: when the folder is no run, or a file about all of it cannot be read.
    """
    from augbench.reports.findings.analysis import tables
    from augbench.reports.run.reader import load

    return tables(load(Path(folder)))


def write_multi_run(
    folders: Sequence[Path | str], out: Path | str, formats: Iterable[str] | None = None
) -> WrittenMultiRun:
    """Put several runs side by side: differences, win rates and, from 10 data sets on, ranks.

    Args:
        folders: the run folders, of which nothing is changed.
        out: the folder to write into: several.csv, policies.csv, wins.csv, several.json,
            report.md, report.html; made when absent.
        formats: names of `FORMATS`, as for `write`.

    Raises:
        ReportError: when a folder is no run or is named twice, a format is unknown or shows one run
            alone, or `out` is a run.
    """
    from augbench.reports.multi_run.multi_run import read
    from augbench.reports.render.formats import formats_for, write_forms

    place = _place(Path(out))
    chosen = formats_for(place, formats, several=True)
    multi_run = read(folders)
    files = write_forms(chosen, place, multi_run, multi_run.frames(), several=True)
    return WrittenMultiRun(place, multi_run, tuple(files))


def print_terminal(written: Written | WrittenMultiRun, console: Console | None = None) -> None:
    """Print the conclusion and the main table; to standard output by default."""
    if isinstance(written, WrittenMultiRun):
        from augbench.reports.multi_run.render import print_side_by_side

        print_side_by_side(written.multi_run, console)
        return
    from augbench.reports.render.terminal import print_tables

    print_tables(written.tables, console)


def watch(folder: Path | str, console: Console | None = None) -> None:
    """Show a run in progress until its grid is complete or Ctrl-C; writes nothing.

    Raises:
        ReportError: when the folder is neither a run nor one that can become it.
    """
    from augbench.reports.render.live import watch as show

    show(Path(folder), console)


def _place(out: Path, run: Path | None = None) -> Path:
    """Where to write; never over another run's reports."""
    from augbench.errors import ReportError

    same = run is not None and out.resolve() == run.resolve()
    if not same and (out / "grid.json").exists():
        raise ReportError(f"--out {out} is a run folder with reports of its own; name another one")
    if out.exists() and not out.is_dir():
        raise ReportError(f"--out {out} is a file; name a folder")
    return out
