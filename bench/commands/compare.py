"""`augbench compare`: train the reference CNN under each policy and seed, and report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from augbench.bench.commands import options
from augbench.bench.commands.report import show


def compare(
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="POLICY",
            help="name, name(option=value), label=name(…), a(…) + b(…), or "
            "package.module:Class(…). none is added where absent.",
            show_default=False,
        ),
    ] = None,
    data: options.Data = None,
    spec: options.Spec = None,
    first_seed: options.FirstSeed = None,
    seeds: options.Seeds = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    image_size: options.ImageSize = None,
    train_size: options.TrainSize = None,
    model: options.Model = None,
    jobs: options.Jobs = None,
    threads: options.Threads = None,
    executor: options.ExecutorName = None,
    margin: Annotated[
        float | None,
        typer.Option(metavar="POINTS", help="Differences under it do not matter. \\[default: 1]"),
    ] = None,
    log: Annotated[
        list[str] | None,
        typer.Option(
            metavar="mlflow|tensorboard",
            help="Also log each trial to a tracker, never twice; may be repeated.",
        ),
    ] = None,
    out: options.Out = Path("results"),
    config: options.Config = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show the table so far under the progress bar.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train the reference CNN under each policy on paired seeds; write the run folder and reports.

    Without arguments: hand-written digits, 3 seeds, both engines, offline, a few minutes.

    Killed or interrupted, the same command goes on with what is missing.

    [bold]Examples[/bold]

      augbench compare

      augbench compare "flips=albumentations(spec='flip')" --data photos/

      augbench compare keras mixup "my_pkg.mod:MyPolicy(p=0.5)" --seeds 10
    """
    from augbench.bench.run.comparison import Comparison
    from augbench.bench.run.progress import Display
    from augbench.reports.render.live import so_far

    asked: dict[str, Any] = {
        "policies": tuple(policies) if policies else None,
        "data": data,
        "spec": spec,
        "first_seed": first_seed,
        "seeds": seeds,
        "epochs": epochs,
        "batch_size": batch_size,
        "image_size": image_size,
        "train_size": train_size,
        "model": model,
        "jobs": jobs,
        "threads": threads,
        "executor": executor,
        "margin": margin,
        "log": tuple(log) if log else None,
    }
    comparison = Comparison.prepare(asked, config, out, Display(quiet=quiet or json))
    try:
        outcomes = comparison.run(so_far(out) if watch else None)
    except KeyboardInterrupt as stop:
        typer.echo(
            f"interrupted: {stop}; go on with\n  augbench {shlex.join(sys.argv[1:])}", err=True
        )
        raise typer.Exit(130) from None
    show(out, json=json, quiet=quiet)
    comparison.log()
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(5)
