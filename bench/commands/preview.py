"""`augbench preview`: a sheet of what each policy makes of the same images."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import PATH, Number, verb
from augbench.bench.console import echo


@verb(
    "preview",
    "policies",
    "data",
    "follow_links",
    "spec",
    "first_seed",
    "image_size",
    "train_size",
    "folds",
    "fixed_test",
    "model",
    "threads",
    policies=("keras", "albumentations"),
)
@options.config
@cloup.option(
    "--images",
    type=Number(int, least=1, most=100),
    metavar="N",
    default=8,
    show_default=True,
    help="How many images.",
)
@cloup.option(
    "--draws",
    type=Number(int, least=1, most=100),
    metavar="N",
    default=3,
    show_default=True,
    help="How often each image is drawn anew.",
)
@cloup.option(
    "--strongest", is_flag=True, help="Show the ends of the ranges instead of random draws."
)
@cloup.option(
    "--out",
    type=PATH,
    metavar="FILE.png|FILE.html",
    help="The file to write.  [default: preview.png, or none with --terminal]",
)
@cloup.option("--terminal", is_flag=True, help="Show the sheet in the terminal.")
@options.quiet
def preview(
    asked: dict[str, Any],
    config: Path | None,
    images: int,
    draws: int,
    strongest: bool,
    out: Path | None,
    terminal: bool,
    quiet: bool,
) -> None:
    """Write a sheet of what each policy makes of the same images, with the values drawn.

    The images are those of the first seed's training split, the draws those
    of its first epochs. Policies that generate learn first; the images that
    they add stand below those of the same class.

    Examples:
      augbench preview
      augbench preview keras mixup gaussian --data photos/ --out sheet.html
      augbench preview albumentations --spec tutorial --strongest --terminal
    """
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.bench.sheets.preview import checked_file
    from augbench.bench.sheets.preview import preview as make
    from augbench.bench.sheets.terminal import to_terminal
    from augbench.reports.findings.wording import words

    from augbench.errors import InputError

    if out is not None:
        checked_file(out)
    if terminal and not sys.stdout.isatty():
        raise InputError(
            "--terminal: standard output is not a terminal; leave it out to write preview.png"
        )
    display = Display(quiet=quiet)
    with (
        experiment_here(asked | {"seeds": 1}, config, display) as experiment,
        display.loading("drawing") as loading,
    ):
        sheet = make(experiment, images, draws, strongest=strongest, progress=loading, words=words)
    if terminal:
        echo(to_terminal(sheet, shutil.get_terminal_size().columns), nl=False, color=True)
    if out is not None or not terminal:
        file = sheet.save(out or "preview.png")
        if not quiet:
            echo(file)
