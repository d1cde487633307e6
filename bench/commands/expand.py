"""`augbench expand`: write an enlarged training set as class folders."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from augbench.bench.commands import options


def expand(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY",
            help="What makes the new images: keras, gaussian, gan(…), a(…) + b(…), "
            "package.module:Class(…), …",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder to write.", show_default=False)
    ],
    factor: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Size of the enlarged set in units of the real one; 2 is as many new images as "
            "real ones. \\[default: the policy's own factor, else 2]",
        ),
    ] = None,
    data: options.Data = None,
    spec: options.Spec = None,
    first_seed: options.FirstSeed = None,
    image_size: options.ImageSize = None,
    train_size: options.TrainSize = None,
    model: options.Model = None,
    jobs: options.Jobs = None,
    threads: options.Threads = None,
    config: options.Config = None,
    format: Annotated[
        str, typer.Option("--format", metavar="png|jpeg", help="The kind of files.")
    ] = "png",
    without_originals: Annotated[
        bool, typer.Option("--without-originals", help="Write the new images only.")
    ] = False,
    balance: Annotated[
        bool,
        typer.Option(
            "--balance",
            help="Make the classes as even as the new images allow; without --factor, bring every "
            "class up to the largest.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier expansion in DIR.")
    ] = False,
    insist: Annotated[
        bool, typer.Option("--insist", help="Write a pool that the policy itself would refuse.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write the training split and what a policy makes of it as class folders of image files.

    flow_from_directory and image_dataset_from_directory read the folders;
    manifest.csv says where each file came from and how close it is to a
    training image (root mean square difference of grey levels).

    All images have the run's image size, the originals too: photos of many
    sizes become 64x64 unless --image-size says otherwise. Where the data has
    no splits, this is the training split of the first seed.

    Killed or interrupted, the same command goes on with what is missing.

    [bold]Examples[/bold]

      augbench expand keras --factor 3 --data photos/ --image-size 150 --out more

      augbench expand "gan(minutes=10)" --factor 5 --data photos/ --out more

      augbench expand albumentations --balance --data photos/ --out even
    """
    import json as json_format

    from augbench.bench.expand.allocation import PoolRefusedError
    from augbench.bench.expand.expansion import Order
    from augbench.bench.expand.expansion import expand as write
    from augbench.bench.run.progress import Display
    from augbench.bench.trial.block_setup import prepared

    order = Order(
        out, factor, format, not without_originals, balance, overwrite=overwrite, insist=insist
    )
    asked = {
        "policies": (policy,),
        "data": data,
        "spec": spec,
        "first_seed": first_seed,
        "seeds": 1,
        "image_size": image_size,
        "train_size": train_size,
        "model": model,
        "jobs": jobs,
        "threads": threads,
    }
    display = Display(quiet=quiet or json)
    experiment = prepared(asked, config, display)
    try:
        with display.loading("learning") as loading:
            done = write(experiment, order, progress=loading)
    except PoolRefusedError as refused:
        typer.echo(f"augbench: {policy} wrote nothing: {refused}", err=True)
        raise typer.Exit(5) from None
    except KeyboardInterrupt:
        typer.echo(
            f"interrupted: what is written in {out} is kept; go on with\n"
            f"  augbench {shlex.join(sys.argv[1:])}",
            err=True,
        )
        raise typer.Exit(130) from None
    for note in done.notes:
        display.console.print(f"note: {note}", style="yellow", markup=False)
    summary = {
        "out": str(done.out),
        "real_images": done.originals,
        "new_images": done.added,
        "classes": done.classes,
        "notes": done.notes,
    }
    if json:
        typer.echo(json_format.dumps(summary, ensure_ascii=False))
    elif not quiet:
        typer.echo(
            f"{done.originals + done.added} images ({done.originals} real, {done.added} new) in "
            f"{len(done.classes)} classes in {done.out}; manifest.csv there says what each is"
        )
