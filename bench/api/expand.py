"""`augbench.expand`: write an enlarged training set as class folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from augbench.bench.api.inputs import Data, PolicyLike, Spec, asked_for
from augbench.bench.api.verb import verb

if TYPE_CHECKING:
    from augbench.bench.expand.expansion import Expansion


@verb
def expand(
    policy: PolicyLike,
    *,
    out: str | os.PathLike[str],
    factor: float | None = None,
    data: Data | None = None,
    follow_links: bool | None = None,
    spec: Spec | None = None,
    first_seed: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    train_size: int | None = None,
    folds: int | None = None,
    fixed_test: bool | None = None,
    model: str | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    config: str | os.PathLike[str] | None = None,
    format: str = "png",
    without_originals: bool = False,
    balance: bool = False,
    overwrite: bool = False,
    insist: bool = False,
    splits: bool = False,
    quiet: bool = False,
) -> Expansion:
    """Write the training split and what a policy makes of it as class folders of image files.

    ``manifest.csv`` there says where each file came from and how close it is to a training image.
    Killed or interrupted, the same call goes on with what is missing.

    Args:
        policy: What makes the new images, as text or as a Policy object.
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
        jobs: Trials at a time. Default: the CPU cores, on GPUs at most 4 for each.
        threads: CPU threads a trial computes with. Default: 1.
        device: What a trial computes on: auto takes a GPU where Keras' backend sees one.
            Default: auto.
        out: The folder to write.
        factor: Size of the enlarged set in units of the real one; 2 is as many new images as real
            ones. Default: the policy's own factor, else 2.
        config: A TOML file with options by name, such as a run's ``experiment.toml``.
        format: The kind of files, ``png`` or ``jpeg``.
        without_originals: Write the new images only.
        balance: Make the classes as even as the new images allow; without ``factor``, bring every
            class up to the largest.
        overwrite: Replace an earlier expansion in ``out``.
        insist: Write a pool that the policy itself would refuse.
        splits: Write validation and test images too, unchanged: train/CLASS, validation/CLASS,
            test/CLASS.
        quiet: Show no progress and no notes.

    Returns:
        What was written: ``out``, how many ``originals`` and ``added``, ``classes``, and how many
        images were ``held_out``; ``held_out.csv`` lists these.

    Raises:
        InputError: for anything in the options, the data or the policy that cannot work.
        PoolRefusedError: the policy added nothing, for the reason in the message.
    """
    from augbench.bench.expand.allocation import PoolRefusedError
    from augbench.bench.expand.destination import ExpansionRequest
    from augbench.bench.expand.expansion import expand as write
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording import words

    asked = asked_for(
        (policy,),
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
        jobs=jobs,
        threads=threads,
        device=device,
    )
    request = ExpansionRequest(
        Path(out),
        factor,
        format,
        not without_originals,
        balance,
        overwrite=overwrite,
        insist=insist,
        splits=splits,
    )
    display = Display(quiet=quiet)
    try:
        with (
            experiment_here(asked, None if config is None else Path(config), display) as experiment,
            display.loading("learning") as loading,
        ):
            expansion = write(experiment, request, progress=loading)
    except PoolRefusedError as refused:
        reason = "; ".join(map(words, refused.findings)) or str(refused)
        raise PoolRefusedError(reason, refused.findings) from None
    display.notes(map(words, expansion.findings))
    return expansion
