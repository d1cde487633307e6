"""`augbench compare`: train the reference CNN under each policy and seed, and report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import verb
from augbench.bench.commands.report import show
from augbench.bench.console import echo
from augbench.bench.exit_codes import ExitCode
from augbench.bench.options.model import known
from click.exceptions import Exit


@verb("compare", *known())
@options.out
@options.config
@cloup.option("--watch", is_flag=True, help="Show the table so far under the progress bar.")
@options.json
@options.quiet
def compare(
    asked: dict[str, Any], out: Path, config: Path | None, watch: bool, json: bool, quiet: bool
) -> None:
    """Train the reference CNN under each policy on paired seeds; write the run folder and reports.

    The baseline none is added where it is absent.

    Without arguments: 200 hand-written digits, both engines, flips and a GAN, offline, in minutes.

    Killed or interrupted, the same command goes on with what is missing.

    Examples:
      augbench compare
      augbench compare "flips=albumentations(spec='flip')" --data photos/
      augbench compare keras mixup cutmix --budget 20m
      augbench compare keras mixup "my_pkg.mod:MyPolicy(p=0.5)" --seeds 10
    """
    from augbench.bench.run.comparison import Comparison
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words
    from augbench.reports.render.live import so_far

    comparison = Comparison.prepare(asked, config, out, Display(quiet=quiet or json))
    try:
        outcomes = comparison.run(so_far(out) if watch else None, look_words)
    except KeyboardInterrupt as stop:
        echo(f"interrupted: {stop}; go on with\n  augbench {shlex.join(sys.argv[1:])}", err=True)
        raise Exit(ExitCode.INTERRUPTED) from None
    show(out, json=json, quiet=quiet)
    comparison.log()
    if any(outcome.status == "failed" for outcome in outcomes):
        raise Exit(ExitCode.TRIAL_FAILED)
