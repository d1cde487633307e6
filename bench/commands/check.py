"""`augbench check`: do augmentations still do what they did? Ends in an exit code for a script."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from augbench.bench.commands import options
from augbench.bench.commands.options import with_options
from augbench.bench.exit_codes import ExitCode

if TYPE_CHECKING:
    from augbench.reports.run.calibration import Calibration
    from augbench.reports.run.check import Check

Baseline = Annotated[
    Path,
    typer.Option(metavar="FILE", help="What was accepted; it belongs into version control."),
]
Margin = Annotated[
    float | None,
    typer.Option(
        metavar="POINTS",
        help="How far a lift may fall. \\[default: the baseline's, which is 1 if never given]",
        show_default=False,
    ),
]
#: options of the trials that `check POLICY …` makes; those of the baseline where they are not given
TRAINING = (
    "data",
    "spec",
    "first_seed",
    "max_seeds",
    "budget",
    "epochs",
    "batch_size",
    "image_size",
    "train_size",
    "folds",
    "fixed_test",
    "model",
    "jobs",
    "threads",
    "executor",
    "measure",
)
#: where their defaults come from
SAID = {
    name: "the baseline's"
    for name in (
        "spec",
        "epochs",
        "batch_size",
        "image_size",
        "train_size",
        "folds",
        "model",
        "measure",
    )
} | {"data": ""}
CODES = {
    "passed": ExitCode.DONE,
    "regressed": ExitCode.REGRESSION,
    "inconclusive": ExitCode.INCONCLUSIVE,
}


@with_options(*TRAINING, said=SAID)
def check(
    asked: dict[str, Any],
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN|POLICY",
            help="A run folder; or with --data the policies to train, by default the baseline's.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What augbench accept wrote.")
    ] = None,
    margin: Margin = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate", help="Say which margin and how many seeds the noise of a run affords."
        ),
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the verdicts as JUnit XML too.")
    ] = None,
    out: options.Out = Path("results"),
    config: options.Config = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check that policies still gain what they gained, against a baseline.

    The lift over none of the same run is compared with the baseline's, seed by seed.

    A policy regressed if its lift is surely below, and by more than the margin.

    Exit codes: 0 no regression, 1 regression, 3 not settled, 4 no baseline or not comparable.

    With --data it trains what it needs, block by block, until all is settled or --max-seeds.

    [bold]Examples[/bold]

      augbench check results --baseline augbench.json

      augbench check --data photos/ --baseline augbench.json --max-seeds 10

      augbench check results --calibrate
    """
    from augbench.bench.gate.effect import verbs
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words

    words = policies or []
    run = verbs.run_named(words, asked["data"], config)
    display = Display(quiet=quiet or json)
    options = {**asked, "policies": words or None}
    try:
        if calibrate:
            if run is not None:
                found = verbs.calibrate_run(run, margin)
            else:
                found = verbs.calibrate_policies(options, config, out, display, margin=margin)
            _show_calibration(found, json=json, quiet=quiet)
            return
        if run is not None:
            checked = verbs.check_run(run, baseline, margin)
        else:
            checked = verbs.check_policies(
                options, config, out, baseline, display, margin=margin, told=look_words
            )
    except KeyboardInterrupt as stop:
        typer.echo(
            f"interrupted: {stop}; go on with\n  augbench {shlex.join(sys.argv[1:])}", err=True
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    _show(checked, junit, json=json, quiet=quiet)
    code = CODES[checked.verdict]
    if run is None and checked.failed and code != ExitCode.REGRESSION:
        code = ExitCode.TRIAL_FAILED
    if code:
        raise typer.Exit(code)


def _show(found: Check, junit: Path | None, *, json: bool, quiet: bool) -> None:
    from augbench.reports.gate.junit import check_junit
    from augbench.reports.gate.markdown import append_step_summary, check_markdown
    from augbench.reports.gate.terminal import print_check

    from augbench.files import write_whole

    if json:
        typer.echo(found.text(), nl=False)
    elif not quiet:
        print_check(found)
    if junit is not None:
        write_whole(junit, check_junit(found))
    append_step_summary(check_markdown(found))


def _show_calibration(found: Calibration, *, json: bool, quiet: bool) -> None:
    from augbench.reports.gate.markdown import append_step_summary, calibration_markdown
    from augbench.reports.gate.terminal import print_calibration

    if json:
        typer.echo(found.text(), nl=False)
    elif not quiet:
        print_calibration(found)
    append_step_summary(calibration_markdown(found))
