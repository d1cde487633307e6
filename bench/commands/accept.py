"""`augbench accept`: write or replace the baseline that `augbench check` holds runs against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from augbench.bench.commands.check import Baseline, Margin


def accept(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="The folder that compare --out wrote.", show_default=False
        ),
    ],
    baseline: Baseline,
    margin: Margin = None,
) -> None:
    """Accept what a run's policies do: write the baseline for augbench check, or replace it.

    It holds the lift over none of every seed, and what makes it comparable: small, readable JSON.

    [bold]Examples[/bold]

      augbench accept results --baseline augbench.json

      augbench accept results --baseline augbench.json --margin 2
    """
    from augbench.bench.gate.effect import verbs

    written = verbs.accept(run, baseline, margin)
    typer.echo(
        f"{baseline}: {', '.join(written.policies)} in {len(written.seeds)} seeds, margin "
        f"{100 * written.margin:g}"
    )
