"""`augbench expand`: write an enlarged training set as class folders."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import PATH, Number, verb
from augbench.bench.console import echo, echo_json
from augbench.bench.exit_codes import ExitCode
from click.exceptions import Exit


@verb(
    "expand",
    "data",
    "follow_links",
    "spec",
    "first_seed",
    "image_size",
    "train_size",
    "folds",
    "fixed_test",
    "model",
    "jobs",
    "threads",
    "device",
)
@cloup.argument(
    "policy",
    metavar="POLICY",
    help="What makes the new images: keras, gaussian, gan(…), a(…) + b(…), "
    "package.module:Class(…), …",
)
@cloup.option("--out", type=PATH, metavar="DIR", required=True, help="The folder to write.")
@cloup.option(
    "--factor",
    type=Number(float),
    metavar="N",
    help="Size of the enlarged set in units of the real one; 2 is as many new images as real "
    "ones.  [default: the policy's own factor, else 2]",
)
@options.config
@cloup.option(
    "--format",
    metavar="png|jpeg",
    default="png",
    show_default=True,
    help="The kind of files.",
)
@cloup.option("--without-originals", is_flag=True, help="Write the new images only.")
@cloup.option(
    "--balance",
    is_flag=True,
    help="Make the classes as even as the new images allow; without --factor, bring every class "
    "up to the largest.",
)
@cloup.option("--overwrite", is_flag=True, help="Replace an earlier expansion in DIR.")
@cloup.option("--insist", is_flag=True, help="Write a pool that the policy itself would refuse.")
@cloup.option(
    "--splits",
    is_flag=True,
    help="Write validation and test images too, unchanged: train/CLASS, validation/CLASS, "
    "test/CLASS.",
)
@options.json
@options.quiet
def expand(
    asked: dict[str, Any],
    policy: str,
    out: Path,
    factor: float | None,
    config: Path | None,
    format: str,
    without_originals: bool,
    balance: bool,
    overwrite: bool,
    insist: bool,
    splits: bool,
    json: bool,
    quiet: bool,
) -> None:
    """Write the training split and what a policy makes of it as class folders of image files.

    flow_from_directory and image_dataset_from_directory read the folders;
    manifest.csv says where each file came from and how close it is to a
    training image (root mean square difference of grey levels).

    All images have the run's image size, the originals too: photos of many
    sizes become 64x64 unless --image-size says otherwise. Where the data has
    no splits, this is the training split of the first seed. What is validated
    and tested on is left out, listed in held_out.csv; --splits writes it too.

    Killed or interrupted, the same command goes on with what is missing.

    Examples:
      augbench expand keras --factor 3 --data photos/ --image-size 150 --out more
      augbench expand "gan(minutes=10)" --factor 5 --data photos/ --out more
      augbench expand albumentations --balance --data photos/ --out even
    """
    from augbench.bench.expand.allocation import PoolRefusedError
    from augbench.bench.expand.destination import ExpansionRequest
    from augbench.bench.expand.expansion import expand as write
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording import words

    request = ExpansionRequest(
        out,
        factor,
        format,
        not without_originals,
        balance,
        overwrite=overwrite,
        insist=insist,
        splits=splits,
    )
    asked |= {"policies": (policy,), "seeds": 1}
    display = Display(quiet=quiet or json)
    try:
        with (
            experiment_here(asked, config, display) as experiment,
            display.loading("learning") as loading,
        ):
            done = write(experiment, request, progress=loading)
    except PoolRefusedError as refused:
        reason = "; ".join(map(words, refused.findings)) or refused
        echo(f"augbench: {policy} wrote nothing: {reason}", err=True)
        raise Exit(ExitCode.TRIAL_FAILED) from None
    except KeyboardInterrupt:
        echo(
            f"interrupted: what is written in {out} is kept; go on with\n"
            f"  augbench {shlex.join(sys.argv[1:])}",
            err=True,
        )
        raise Exit(ExitCode.INTERRUPTED) from None
    notes = [words(finding) for finding in done.findings]
    display.notes(notes)
    summary = {
        "out": str(done.out),
        "real_images": done.originals,
        "new_images": done.added,
        "classes": done.classes,
        "held_out": done.held_out,
        "notes": [*experiment.notes, *notes],
    }
    if json:
        echo_json(summary)
    elif not quiet:
        held_out = " and ".join(f"{number} {part}" for part, number in done.held_out.items())
        where = "beside them as they are" if splits else "held out"
        echo(
            f"{done.originals + done.added} images ({done.originals} real, {done.added} new) in "
            f"{len(done.classes)} classes in {done.out}; manifest.csv there says what each is; "
            f"{held_out} images are {where}, listed in held_out.csv"
        )
