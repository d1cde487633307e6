"""`augbench report`: write a run's reports again, compare runs, or watch one, without training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import PATH, verb
from augbench.bench.console import echo, echo_json
from augbench.reports.render.formats import DEFAULT, FORMATS

SIDE_BY_SIDE = Path("side-by-side")


@verb("report")
@cloup.argument(
    "runs",
    nargs=-1,
    type=PATH,
    required=True,
    metavar="RUN...",
    help="A run folder, or that of a search; several runs are put side by side.",
)
@cloup.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[,NAME]",
    help="; ".join(f"{name}: {form.makes}" for name, form in FORMATS.items())
    + f".  [default: {','.join(DEFAULT)}]",
)
@cloup.option(
    "--out",
    type=PATH,
    metavar="FOLDER",
    help="Where to write.  [default: the run's folder; side-by-side for several runs]",
)
@cloup.option("--live", is_flag=True, help="Show a run in progress until it is complete.")
@options.json
@options.quiet
def report(
    runs: tuple[Path, ...],
    formats: tuple[str, ...],
    out: Path | None,
    live: bool,
    json: bool,
    quiet: bool,
) -> None:
    """Write a run's tables and reports again, without training, data or policies.

    Several runs are put side by side: differences and verdicts, win rates, from 10 data sets ranks.

    In junit.xml a policy is a suite and a trial a test; failed trials are errors, all others pass.

    Examples:
      augbench report results
      augbench report results --format html,junit
      augbench report digits/ photos/ letters/ --out comparison
      augbench report --live results
      augbench report results --json > results.json
    """
    if live:
        _watch(runs, formats, out, json)
    elif len(runs) == 1 and _is_search(runs[0]):
        _show_search(runs[0], formats, out, json=json, quiet=quiet)
    elif len(runs) == 1:
        show(runs[0], json=json, quiet=quiet, formats=formats, out=out)
    else:
        _side_by_side(runs, out or SIDE_BY_SIDE, formats, json=json, quiet=quiet)


def show(
    run: Path,
    *,
    json: bool,
    quiet: bool,
    formats: Sequence[str] = (),
    out: Path | None = None,
) -> None:
    """Write the reports of a run folder; print the table, or the summary as JSON."""
    from augbench import reports
    from augbench.files import WriteError

    try:
        written = reports.write(run, formats or None, out)
    except WriteError as error:
        if not json:
            raise
        echo(f"augbench: {error}", err=True)  # what was asked for can be had all the same
        tables = reports.read(run)
    else:
        tables = written.tables
    if json:
        from augbench.reports.render.summary import summary_text

        echo_json(summary_text(tables))
    elif not quiet:
        reports.print_terminal(written)
        _name(written.files)


def _is_search(folder: Path) -> bool:
    from augbench.reports import choice

    return choice.is_search(folder)


def _show_search(
    folder: Path, formats: Sequence[str], out: Path | None, *, json: bool, quiet: bool
) -> None:
    """Write the report of `augbench choose` again; print the answer, or choose.json."""
    from augbench.reports import choice
    from augbench.reports.run.layout import SEARCH

    from augbench.errors import ReportError

    if formats or out:
        raise ReportError(
            f"{folder} is of augbench choose, whose report stands beside it; "
            "--format and --out are for runs"
        )
    written = choice.write(folder)
    if json:
        echo_json((folder / SEARCH).read_text(encoding="utf-8"))
    elif not quiet:
        choice.print_terminal(written.choice)
        _name(written.files)


def _side_by_side(
    runs: Sequence[Path], out: Path, formats: Sequence[str], *, json: bool, quiet: bool
) -> None:
    from augbench import reports

    written = reports.write_multi_run(runs, out, formats or None)
    if json:
        from augbench.reports.multi_run.render import json_text

        echo_json(json_text(written.multi_run))
    elif not quiet:
        reports.print_terminal(written)
        _name(written.files)


def _name(files: tuple[Path, ...]) -> None:
    """The page, or what was written in its place."""
    pages = [file for file in files if file.name == "report.html"]
    echo("")
    for file in pages or files:
        echo(str(file))


def _watch(runs: Sequence[Path], formats: Sequence[str], out: Path | None, json: bool) -> None:
    from augbench import reports
    from augbench.errors import ReportError

    if len(runs) > 1:
        raise ReportError(f"--live shows one run, not {len(runs)}; name one")
    if formats or out or json:
        raise ReportError("--live only shows a run; --format, --out and --json go without it")
    reports.watch(runs[0])
