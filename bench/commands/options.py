"""Options that mean the same in every verb, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str | None,
    typer.Option(
        metavar="DATA",
        help="digits, a name of keras.datasets, a folder of class folders (optionally under "
        "train/, validation/, test/), an .npz, or a .csv with columns path, label.",
    ),
]
Spec = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="A preset (light, tutorial, expansion, flip, digits, photos, medical, aerial) or a "
        ".toml, .yaml or .json file in ImageDataGenerator's words.",
    ),
]
FirstSeed = Annotated[int | None, typer.Option(metavar="N", help="The first seed. \\[default: 0]")]
Seeds = Annotated[
    int | None, typer.Option(metavar="N", help="Paired seeds; more extend a run. \\[default: 5]")
]
Epochs = Annotated[int | None, typer.Option(metavar="N", help="Epochs a trial. \\[default: 10]")]
BatchSize = Annotated[int | None, typer.Option(metavar="N", help="Batch size. \\[default: 32]")]
ImageSize = Annotated[
    str | None,
    typer.Option(
        metavar="N|HxW",
        help="Image size in pixels. \\[default: the images' own if all are equal and at most 128, "
        "else 64x64, stretched]",
    ),
]
TrainSize = Annotated[
    int | None, typer.Option(metavar="N", help="Train on a class-balanced part of N images.")
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="reference, small, resnet, my_pkg.mod:build, or a name of keras.applications such "
        "as \"MobileNetV2(weights='file.h5')\". \\[default: reference]",
    ),
]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", help="Trials at a time. \\[default: the CPU cores]")
]
Threads = Annotated[
    int | None, typer.Option(metavar="N", help="CPU threads a trial computes with. \\[default: 1]")
]
ExecutorName = Annotated[
    str | None, typer.Option("--executor", metavar="local", help="Who runs the trials.")
]
Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="Options by name; the command line wins."),
]
Out = Annotated[Path, typer.Option(metavar="RUN", help="The run folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")]
