"""`augbench.preview`: a sheet of what each policy makes of the same images."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from augbench.bench.api.inputs import Data, PolicyLike, Spec, asked_for, at_least_one
from augbench.bench.api.verb import verb

if TYPE_CHECKING:
    from augbench.bench.sheets.preview import Preview


@verb
def preview(
    *policies: PolicyLike,
    data: Data | None = None,
    follow_links: bool | None = None,
    spec: Spec | None = None,
    first_seed: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    train_size: int | None = None,
    folds: int | None = None,
    fixed_test: bool | None = None,
    model: str | None = None,
    threads: int | None = None,
    config: str | os.PathLike[str] | None = None,
    images: int = 8,
    draws: int = 3,
    strongest: bool = False,
    quiet: bool = False,
) -> Preview:
    """Return a sheet of what each policy makes of the same images, with the values drawn.

    In a notebook it shows itself; ``save`` writes it as PNG or HTML. The images are those of the
    first seed's training split, the draws those of its first epochs. Policies that generate learn
    first.

    Args:
        policies: name, name(option=value), label=name(…), a(…) + b(…), or package.module:Class(…).
            Or a Policy object, such as Posterize(bits=3), whose class can be imported. Default:
            keras albumentations.
        data: digits, a name of keras.datasets, a folder of class folders (optionally under train/,
            validation/, test/), an .npz, or a .csv with columns path, label. From Python also
            arrays (x, y), two or three such pairs, a dict of them by split, or a DataFrame with
            columns path, label and optionally split, group. Default: digits.
        follow_links: Follow links that lead out of a folder of data, too.
        spec: A preset such as light or tutorial, or a .toml, .yaml or .json file in
            ImageDataGenerator's words. From Python also a dict of words or an AugmentationSpec.
            Default: light.
        first_seed: The first seed. Default: 0.
        image_size: Image size in pixels. From Python also (height, width). Default: the images' own
            if all are equal and at most 128, else 64x64, stretched.
        train_size: Train on a class-balanced part of N images. Default: the whole training split.
        folds: Where the data bring no test part, the block of seed j tests on fold j of K.
            Default: 5.
        fixed_test: Keep one fifth of the images to test on in all blocks, instead of folds in turn.
        model: reference, small, resnet, my_pkg.mod:build, or a name of keras.applications such as
            "MobileNetV2(weights='file.h5')". Default: reference.
        threads: CPU threads a trial computes with. Default: 1.
        config: A TOML file with options by name, such as a run's ``experiment.toml``.
        images: How many images, 1 to 100. Default: 8.
        draws: How often each image is drawn anew, 1 to 100. Default: 3.
        strongest: Show the ends of the ranges instead of random draws.
        quiet: Show no progress and no notes.

    Raises:
        InputError: for anything in the options, the data or the policies that cannot work.
    """
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.bench.sheets.preview import preview as make
    from augbench.reports.findings.wording import words

    asked = asked_for(
        policies or ("keras", "albumentations"),
        data=data,
        follow_links=follow_links,
        spec=spec,
        first_seed=first_seed,
        seeds=1,
        image_size=image_size,
        train_size=train_size,
        folds=folds,
        fixed_test=fixed_test,
        model=model,
        threads=threads,
    )
    at_least_one(images=images, draws=draws)
    display = Display(quiet=quiet)
    with (
        experiment_here(asked, None if config is None else Path(config), display) as experiment,
        display.loading("drawing") as loading,
    ):
        return make(experiment, images, draws, strongest=strongest, progress=loading, words=words)
