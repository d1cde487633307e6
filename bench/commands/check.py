"""`augbench check`: do augmentations still do what they did? Ends in an exit code for a script."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import PATH, Number, margin, specs, verb
from augbench.bench.console import echo, echo_json
from augbench.bench.exit_codes import ExitCode
from augbench.bench.gate import TOLERANCE
from click.exceptions import Exit

from augbench.errors import InputError

if TYPE_CHECKING:
    from augbench.reports.gate.forms import Found
    from augbench.reports.run.tier_one import TierOne

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
    "device",
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


@verb("check", *TRAINING, said=SAID)
@cloup.argument(
    "policies",
    nargs=-1,
    metavar="[RUN|POLICY]...",
    help="A run folder; or policies: with --data those to train, with --fingerprint or --health "
    "those to look at; by default those of the file, or all engines.",
)
@cloup.option(
    "--baseline",
    type=PATH,
    metavar="FILE",
    help="Check the effect against what augbench accept wrote.",
)
@cloup.option(
    "--fingerprint",
    type=PATH,
    metavar="FILE",
    help="Check pixels, labels and draws without training, in seconds.",
)
@cloup.option(
    "--health", is_flag=True, help="Look for faults of randomness and input, without a file."
)
@specs
@cloup.option(
    "--tolerance",
    type=Number(int),
    metavar="LEVELS",
    help=f"Grey levels of 0..255 that count as rounding.  [default: {TOLERANCE}]",
)
@cloup.option(
    "--picture",
    type=PATH,
    metavar="FILE.png",
    help="Where the picture of what changed goes.  [default: beside the fingerprint]",
)
@margin
@cloup.option(
    "--calibrate",
    is_flag=True,
    help="Say which margin and how many seeds the noise of a run affords.",
)
@cloup.option("--junit", type=PATH, metavar="FILE", help="Write the verdicts as JUnit XML too.")
@options.out
@options.config
@options.json
@options.quiet
def check(
    asked: dict[str, Any],
    policies: tuple[str, ...],
    baseline: Path | None,
    fingerprint: Path | None,
    health: bool,
    spec: tuple[str, ...],
    tolerance: int | None,
    picture: Path | None,
    margin: float | None,
    calibrate: bool,
    junit: Path | None,
    out: Path,
    config: Path | None,
    json: bool,
    quiet: bool,
) -> None:
    """Check that augmentation still does what it did: pixels in seconds, or the effect.

    With --fingerprint, pixels, labels and draws are compared with what was accepted, without
    training, and what changed is said. With --health, faults of randomness and input are looked
    for. With --baseline, the lift over none of the same run is compared with the baseline's, seed
    by seed: a policy regressed if its lift is surely below, and by more than the margin.

    Exit codes: 0 no regression, 1 regression, 3 not settled, 4 no file or not comparable.

    With --baseline and --data it trains what it needs, until all is settled or --max-seeds.

    Examples:
      augbench check --fingerprint augmentation.json
      augbench check keras pipeline.json my_pkg.mod:MyPolicy --health
      augbench check results --baseline augbench.json
      augbench check --data photos/ --baseline augbench.json --max-seeds 10
      augbench check results --calibrate
    """
    from augbench.bench.gate.effect import verbs
    from augbench.bench.gate.tier_one import require_one_check
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words

    words = list(policies)
    require_one_check(
        baseline,
        fingerprint,
        health=health,
        calibrate=calibrate,
        margin=margin,
        config=config,
        tolerance=tolerance,
        picture=picture,
        junit=junit,
    )
    if fingerprint is not None or health:
        outcome = _without_training(
            words,
            spec,
            asked,
            fingerprint,
            TOLERANCE if tolerance is None else tolerance,
            picture,
            quiet or json,
        )
        _show(outcome, junit, json=json, quiet=quiet)
        if outcome.verdict == "regressed":
            raise Exit(ExitCode.REGRESSION)
        return
    if not words and baseline is None and not calibrate:
        raise InputError(
            "say what to check against: RUN --baseline FILE, --fingerprint FILE, or --health"
        )
    if len(spec) > 1:
        raise InputError("--spec: a run has one spec; several are for --fingerprint and --health")
    asked["spec"] = spec[0] if spec else None
    run = verbs.run_named(words, asked, config)
    display = Display(quiet=quiet or json)
    options = {**asked, "policies": words or None}
    try:
        if calibrate:
            if run is not None:
                affordable = verbs.calibrate_run(run, margin)
            else:
                affordable = verbs.calibrate_policies(options, config, out, display, margin=margin)
            _show(affordable, None, json=json, quiet=quiet)
            return
        if run is not None:
            checked = verbs.check_run(run, baseline, margin)
        else:
            checked = verbs.check_policies(
                options, config, out, baseline, display, margin=margin, told=look_words
            )
    except KeyboardInterrupt as stop:
        echo(f"interrupted: {stop}; go on with\n  augbench {shlex.join(sys.argv[1:])}", err=True)
        raise Exit(ExitCode.INTERRUPTED) from None
    _show(checked, junit, json=json, quiet=quiet)
    code = CODES[checked.verdict]
    if run is None and checked.failed and code != ExitCode.REGRESSION:
        code = ExitCode.TRIAL_FAILED
    if code:
        raise Exit(code)


def _show(result: Found, junit: Path | None, *, json: bool, quiet: bool) -> None:
    from augbench.reports.gate.forms import forms_of
    from augbench.reports.gate.markdown import append_step_summary

    from augbench.files import write_whole

    forms = forms_of(result)
    if json:
        echo_json(result.text())
    elif not quiet:
        forms.show(result)
    if junit is not None and forms.junit is not None:
        write_whole(junit, forms.junit(result))
    append_step_summary(forms.markdown(result))


def _without_training(
    words: list[str],
    specs: tuple[str, ...],
    asked: dict[str, Any],
    fingerprint: Path | None,
    tolerance: int,
    picture: Path | None,
    quiet: bool,
) -> TierOne:
    from augbench.bench.gate import tier_one
    from augbench.bench.run.progress import Display

    with Display(quiet=quiet).loading("policies") as tell:
        about = tier_one.Asked.of(words, specs, asked, tell)
        return tier_one.check(about, fingerprint, tolerance, picture)
