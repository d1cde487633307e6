"""`augbench check`: do augmentations still do what they did? Ends in an exit code for a script."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from augbench.bench.commands import options
from augbench.bench.commands.options import with_options
from augbench.bench.console import echo, echo_json
from augbench.bench.exit_codes import ExitCode
from augbench.bench.gate import TOLERANCE

from augbench.errors import InputError

if TYPE_CHECKING:
    from augbench.reports.run.calibration import Calibration
    from augbench.reports.run.check import Check
    from augbench.reports.run.tier_one import TierOne

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
Specs = Annotated[
    list[str] | None,
    typer.Option(
        "--spec",
        metavar="SPEC",
        help="A preset such as light or tutorial, or a .toml, .yaml or .json file in "
        "ImageDataGenerator's words; of a fingerprint as often as there are specs. \\[default: "
        "that of the baseline or fingerprint]",
        show_default=False,
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN|POLICY",
        help="A run folder; or policies: with --data those to train, with --fingerprint or "
        "--health those to look at; by default those of the file, or all engines.",
        show_default=False,
    ),
]
#: options of the trials that `check POLICY …` makes; those of the baseline where they are not given
TRAINING = (
    "data",
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
    "ray_address",
    "cpus_per_trial",
    "gpus_per_trial",
    "measure",
)
#: where their defaults come from
SAID = {
    name: "the baseline's"
    for name in (
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
    policies: Policies = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check the effect against what augbench accept wrote."),
    ] = None,
    fingerprint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Check pixels, labels and draws without training, in seconds."
        ),
    ] = None,
    health: Annotated[
        bool,
        typer.Option("--health", help="Look for faults of randomness and input, without a file."),
    ] = False,
    spec: Specs = None,
    tolerance: Annotated[
        int, typer.Option(metavar="LEVELS", help="Grey levels of 0..255 that count as rounding.")
    ] = TOLERANCE,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Where the picture of what changed goes. \\[default: beside the fingerprint]",
            show_default=False,
        ),
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
    """Check that augmentation still does what it did: pixels in seconds, or the effect.

    With --fingerprint, pixels, labels and draws are compared with what was accepted, without
    training, and what changed is said. With --health, faults of randomness and input are looked
    for. With --baseline, the lift over none of the same run is compared with the baseline's, seed
    by seed: a policy regressed if its lift is surely below, and by more than the margin.

    Exit codes: 0 no regression, 1 regression, 3 not settled, 4 no file or not comparable.

    With --baseline and --data it trains what it needs, until all is settled or --max-seeds.

    [bold]Examples[/bold]

      augbench check --fingerprint augmentation.json

      augbench check keras pipeline.json my_pkg.mod:MyPolicy --health

      augbench check results --baseline augbench.json

      augbench check --data photos/ --baseline augbench.json --max-seeds 10

      augbench check results --calibrate
    """
    from augbench.bench.gate.effect import verbs
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words

    words = policies or []
    if fingerprint is not None or health:
        _without_training(
            words,
            spec,
            asked,
            baseline,
            fingerprint,
            health,
            tolerance,
            picture,
            junit,
            json,
            quiet,
        )
        return
    if not words and baseline is None and not calibrate:
        raise InputError(
            "say what to check against: RUN --baseline FILE, --fingerprint FILE, or --health"
        )
    if spec is not None and len(spec) > 1:
        raise InputError("--spec: a run has one spec; several are for --fingerprint and --health")
    asked["spec"] = spec[0] if spec else None
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
        echo(f"interrupted: {stop}; go on with\n  augbench {shlex.join(sys.argv[1:])}", err=True)
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
        echo_json(found.text())
    elif not quiet:
        print_check(found)
    if junit is not None:
        write_whole(junit, check_junit(found))
    append_step_summary(check_markdown(found))


def _show_calibration(found: Calibration, *, json: bool, quiet: bool) -> None:
    from augbench.reports.gate.markdown import append_step_summary, calibration_markdown
    from augbench.reports.gate.terminal import print_calibration

    if json:
        echo_json(found.text())
    elif not quiet:
        print_calibration(found)
    append_step_summary(calibration_markdown(found))


def _without_training(
    words: list[str],
    specs: list[str] | None,
    asked: dict[str, Any],
    baseline: Path | None,
    fingerprint: Path | None,
    health: bool,
    tolerance: int,
    picture: Path | None,
    junit: Path | None,
    json: bool,
    quiet: bool,
) -> None:
    """Check a fingerprint, or health, and end with the code that says what was found."""
    from augbench.bench.gate import tier_one

    if sum((baseline is not None, fingerprint is not None, health)) > 1:
        raise InputError("--baseline, --fingerprint and --health are three checks: one at a time")
    with looking(quiet=quiet or json) as tell:
        about = tier_one.Asked(tuple(words), tuple(specs or ()), pictures_of(asked), tell)
        if fingerprint is not None:
            found = tier_one.check_fingerprint(about, fingerprint, tolerance, picture)
        else:
            found = tier_one.check_health(about)
    _show_tier_one(found, junit, json=json, quiet=quiet)
    if found.verdict == "regressed":
        raise typer.Exit(ExitCode.REGRESSION)


def pictures_of(asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the options that say where pictures come from, None for the embedded ones."""
    about = ("data", "image_size", "train_size")
    given = {name: asked[name] for name in about if asked.get(name) is not None}
    if given and "data" not in given:
        raise InputError(f"--{next(iter(given)).replace('_', '-')} needs --data")
    return given or None


@contextmanager
def looking(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show on a terminal which policy is looked at."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, quiet=quiet)
    if quiet or not console.is_terminal:
        yield lambda text: None
        return
    with console.status("looking") as status:
        yield lambda text: status.update(f"looking at {escape(text)}")


def _show_tier_one(found: TierOne, junit: Path | None, *, json: bool, quiet: bool) -> None:
    from augbench.reports.gate.junit import tier_one_junit
    from augbench.reports.gate.markdown import append_step_summary, tier_one_markdown
    from augbench.reports.gate.terminal import print_tier_one

    from augbench.files import write_whole

    if json:
        echo_json(found.to_dict(), indent=1)
    elif not quiet:
        print_tier_one(found)
    if junit is not None:
        write_whole(junit, tier_one_junit(found))
    append_step_summary(tier_one_markdown(found))
