"""`augbench report`: write a run's reports again, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.commands import options


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.", show_default=False)],
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a run's tables and reports again, without training, data or policies.

    [bold]Examples[/bold]

      augbench report results

      augbench report results --json > results.json
    """
    show(run, json=json, quiet=quiet)


def show(run: Path, *, json: bool, quiet: bool) -> None:
    """Write every report of a run folder; print the table, or the summary as JSON."""
    import reports

    written = reports.write(run)
    if json:
        typer.echo((run / "summary.json").read_text(encoding="utf-8"), nl=False)
    elif not quiet:
        reports.print_terminal(written)
        typer.echo(f"\n{run / 'report.html'}")
