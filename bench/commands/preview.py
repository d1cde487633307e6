"""`augbench preview`: a sheet of what each policy makes of the same images."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from augbench.bench.commands import options


def preview(
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="POLICY",
            help="name, name(option=value), label=name(…), a(…) + b(…), or "
            "package.module:Class(…). \\[default: keras albumentations]",
            show_default=False,
        ),
    ] = None,
    data: options.Data = None,
    spec: options.Spec = None,
    first_seed: options.FirstSeed = None,
    image_size: options.ImageSize = None,
    train_size: options.TrainSize = None,
    model: options.Model = None,
    threads: options.Threads = None,
    config: options.Config = None,
    images: Annotated[
        int, typer.Option("--images", metavar="N", min=1, max=100, help="How many images.")
    ] = 8,
    draws: Annotated[
        int,
        typer.Option(
            "--draws", metavar="N", min=1, max=100, help="How often each image is drawn anew."
        ),
    ] = 3,
    strongest: Annotated[
        bool,
        typer.Option("--strongest", help="Show the ends of the ranges instead of random draws."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png|FILE.html",
            help="The file to write. \\[default: preview.png, or none with --terminal]",
            show_default=False,
        ),
    ] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Show the sheet in the terminal.")
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a sheet of what each policy makes of the same images, with the values drawn.

    The images are those of the first seed's training split, the draws those
    of its first epochs. Policies that generate learn first; the images that
    they add stand below those of the same class.

    [bold]Examples[/bold]

      augbench preview

      augbench preview keras mixup gaussian --data photos/ --out sheet.html

      augbench preview albumentations --spec tutorial --strongest --terminal
    """
    from augbench.bench.run.progress import Display
    from augbench.bench.sheets.preview import preview as make
    from augbench.bench.sheets.rendering import to_html, to_png, to_terminal
    from augbench.bench.trial.block_setup import prepared

    from augbench.errors import InputError

    if out is not None and out.suffix.lower() not in (".png", ".html", ".htm"):
        raise InputError(f"--out {out}: a file that ends with .png or .html is wanted")
    if terminal and not sys.stdout.isatty():
        raise InputError(
            "--terminal: standard output is not a terminal; leave it out to write preview.png"
        )
    asked = {
        "policies": tuple(policies) if policies else ("keras", "albumentations"),
        "data": data,
        "spec": spec,
        "first_seed": first_seed,
        "seeds": 1,
        "image_size": image_size,
        "train_size": train_size,
        "model": model,
        "threads": threads,
    }
    display = Display(quiet=quiet)
    experiment = prepared(asked, config, display)
    with display.loading("drawing") as loading:
        sheet = make(experiment, images, draws, strongest=strongest, progress=loading)
    if terminal:
        typer.echo(to_terminal(sheet, shutil.get_terminal_size().columns), nl=False, color=True)
    if out is not None or not terminal:
        file = out or Path("preview.png")
        html = file.suffix.lower() != ".png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(to_html(sheet).encode() if html else to_png(sheet))
        if not quiet:
            typer.echo(file)
