"""Which files does a report consist of? The formats that a reader can ask for, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augbench.errors import ReportError, nearest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Form:
    """What a report has under the name of a format; places are ``module:function``.

    Attributes:
        makes: what it is, as the command line says it.
        file: its name; the ending of its files where it is a file a table.
        of_table: what makes the content of a file, where it is a file a table.
        of_run: what makes its text of the tables of a run.
        of_runs: what makes its text of several runs side by side; empty where it shows one alone.
        file_of_runs: its name there, where it is another.
        extra: the extra of augbench that it needs, and the package that this brings.
    """

    makes: str
    file: str
    of_table: str = ""
    of_run: str = ""
    of_runs: str = ""
    file_of_runs: str = ""
    extra: tuple[str, str] | None = None

    @property
    def sign(self) -> str:
        """The file that shows that a report of a run was written in this form before."""
        return f"trials{self.file}" if self.of_table else self.file

    @property
    def installed(self) -> bool:
        """Whether what it needs is there."""
        return self.extra is None or find_spec(self.extra[1]) is not None

    @property
    def shows_several(self) -> bool:
        """Whether it has a rendering for several runs side by side."""
        return bool(self.of_table or self.of_runs)

    def write(
        self,
        place: Path,
        figures: object,
        frames: Mapping[str, pd.DataFrame | None],
        *,
        several: bool,
    ) -> list[Path]:
        """Write its files into a folder, each whole or not at all, and return them.

        Args:
            place: the folder.
            figures: the `Tables` of a run, or the `MultiRun` of several.
            frames: its tables by name.
            several: whether it is of several.
        """
        from augbench.reports.render.files import write_tables

        from augbench.files import write_whole

        if self.of_table:
            return write_tables(frames, place, self.file, _function(self.of_table))
        make = _function(self.of_runs if several else self.of_run)
        file = self.file_of_runs if several and self.file_of_runs else self.file
        return [write_whole(place / file, make(figures))]


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


_RENDER, _SEVERAL = "augbench.reports.render", "augbench.reports.multi_run.render"
FORMATS = {
    "html": Form(
        "report.html, the page",
        "report.html",
        of_run=f"{_RENDER}.page:page",
        of_runs=f"{_SEVERAL}:page",
    ),
    "md": Form(
        "report.md",
        "report.md",
        of_run=f"{_RENDER}.markdown:markdown",
        of_runs=f"{_SEVERAL}:markdown",
    ),
    "csv": Form("a .csv file a table", ".csv", of_table=f"{_RENDER}.files:as_csv"),
    "json": Form(
        "summary.json",
        "summary.json",
        of_run=f"{_RENDER}.summary:summary_text",
        of_runs=f"{_SEVERAL}:json_text",
        file_of_runs="several.json",
    ),
    "junit": Form(
        "junit.xml, for continuous integration",
        "junit.xml",
        of_run=f"{_RENDER}.junit:junit",
        of_runs=f"{_SEVERAL}:junit",
    ),
    "parquet": Form(
        "a .parquet file a table (needs the extra `parquet`)",
        ".parquet",
        of_table=f"{_RENDER}.parquet:parquet_bytes",
        extra=("parquet", "pyarrow"),
    ),
}
DEFAULT = ("html", "md", "csv", "json")


def write_forms(
    names: Iterable[str],
    place: Path,
    figures: object,
    frames: Mapping[str, pd.DataFrame | None],
    *,
    several: bool = False,
) -> list[Path]:
    """Write a report in some formats and return the files: tables first, the page last."""
    forms = [FORMATS[name] for name in names]
    tables = [form for form in forms if form.of_table]
    others = [form for form in reversed(forms) if not form.of_table]
    return [
        file
        for form in (*tables, *others)
        for file in form.write(place, figures, frames, several=several)
    ]


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


def formats_for(
    folder: Path, asked: Iterable[str] | None, *, several: bool = False
) -> tuple[str, ...]:
    """What to write into a folder: what was asked, else the default and what is there already.

    A run that was extended must not keep the junit.xml of fewer seeds beside its new tables.

    Raises:
        ReportError: when a format is asked for that cannot be written here, or that does not show
            several runs.
    """
    if asked is None:
        return tuple(
            name
            for name, form in FORMATS.items()
            if (form.shows_several or not several) and (name in DEFAULT or _is_there(form, folder))
        )
    chosen = formats_of(asked)
    for name in chosen:
        form = FORMATS[name]
        if form.extra and not form.installed:
            extra, package = form.extra
            raise ReportError(
                f"--format {name} needs {package}, which is not installed: "
                f"pip install 'augbench[{extra}]'"
            )
        if several and not form.shows_several:
            raise ReportError(f"--format {name} shows one run alone; name a single run folder")
    return chosen


def _is_there(form: Form, folder: Path) -> bool:
    return form.installed and (folder / form.sign).is_file()
