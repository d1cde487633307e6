"""`augbench.compare`: train under each policy on paired seeds, write the reports, return them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from augbench.bench.api.inputs import Data, PolicyLike, Spec, asked_for
from augbench.bench.api.result import Result
from augbench.bench.api.verb import verb

from augbench.errors import AugbenchWarning

if TYPE_CHECKING:
    from augbench.bench.executors import Outcome


@verb
def compare(
    *policies: PolicyLike,
    data: Data | None = None,
    follow_links: bool | None = None,
    spec: Spec | None = None,
    first_seed: int | None = None,
    seeds: int | str | None = None,
    max_seeds: int | None = None,
    budget: str | float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    train_size: int | None = None,
    folds: int | None = None,
    fixed_test: bool | None = None,
    model: str | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    trial_timeout: str | float | None = None,
    executor: str | None = None,
    ray_address: str | None = None,
    cpus_per_trial: float | None = None,
    gpus_per_trial: float | None = None,
    margin: float | None = None,
    measure: str | None = None,
    log: str | Sequence[str] | None = None,
    out: str | os.PathLike[str] = "results",
    config: str | os.PathLike[str] | None = None,
    quiet: bool = False,
    watch: bool = False,
) -> Result:
    """Train the reference CNN under each policy on paired seeds, write the reports, return them.

    Trials that are in ``out`` already are not trained again; interrupted or killed, the same call
    goes on with what is missing. Without policies and options: the embedded hand-written digits.
    What is None is not asked for, and ``config`` or the default counts.

    Args:
        policies: name, name(option=value), label=name(…), a(…) + b(…), or package.module:Class(…).
            Or a Policy object, such as Posterize(bits=3), whose class can be imported. Default:
            none keras albumentations.
        data: digits, a name of keras.datasets, a folder of class folders (optionally under train/,
            validation/, test/), an .npz, or a .csv with columns path, label. From Python also
            arrays (x, y), two or three such pairs, a dict of them by split, or a DataFrame with
            columns path, label and optionally split, group. Default: digits.
        follow_links: Follow links that lead out of a folder of data, too.
        spec: A preset such as light or tutorial, or a .toml, .yaml or .json file in
            ImageDataGenerator's words. From Python also a dict of words or an AugmentationSpec.
            Default: light.
        first_seed: The first seed. Default: 0.
        seeds: Paired seeds: auto adds seeds until every policy is settled; more extend a run.
            Default: auto.
        max_seeds: The most seeds of --seeds auto. Default: 10.
        budget: Start no further seed of --seeds auto beyond this time: 20m, 1h30m, 90s.
        epochs: Epochs a trial. Default: 10.
        batch_size: Batch size. Default: 32.
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
        trial_timeout: End a trial that takes longer than this, 30m say, and count it as failed.
        executor: Who runs the trials: processes of this machine, or Ray. Default: local.
        ray_address: The Ray cluster to join; local starts one here whatever there is. Default:
            RAY_ADDRESS, else a cluster that this machine is part of, else local.
        cpus_per_trial: CPUs that Ray sets aside for a trial. Default: --threads.
        gpus_per_trial: GPUs that Ray sets aside for a trial, which computes on them; .5 shares one
            by two. Default: 1 with --device gpu, else 0.
        margin: Differences under it do not matter. Default: 1.
        measure: What verdicts are of: the mean over the end of training, the last step's weights,
            or averaged weights. Default: end.
        log: Also log each trial to a tracker, never twice; may be repeated.
        out: The run folder.
        config: A TOML file with options by name, such as a run's ``experiment.toml``.
        quiet: Show no progress and no notes.
        watch: Show the table of the trials so far under the progress bar, on a terminal.

    Returns:
        The run. A trial that failed for good raises nothing: it warns, stands in ``trials`` with
        its reason, and is tried again by the next call.

    Raises:
        InputError: for anything in the options, the data or the policies that cannot work.
        KeyboardInterrupt: when it is interrupted; finished trials are kept, no worker is left.
    """
    from augbench.bench.run.comparison import Comparison
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words
    from augbench.reports.render.live import so_far

    from augbench import reports

    asked = asked_for(
        policies,
        data=data,
        follow_links=follow_links,
        spec=spec,
        first_seed=first_seed,
        seeds=seeds,
        max_seeds=max_seeds,
        budget=budget,
        epochs=epochs,
        batch_size=batch_size,
        image_size=image_size,
        train_size=train_size,
        folds=folds,
        fixed_test=fixed_test,
        model=model,
        jobs=jobs,
        threads=threads,
        device=device,
        trial_timeout=trial_timeout,
        executor=executor,
        ray_address=ray_address,
        cpus_per_trial=cpus_per_trial,
        gpus_per_trial=gpus_per_trial,
        margin=margin,
        measure=measure,
        log=log,
    )
    folder = Path(out)
    comparison = Comparison.prepare(
        asked, None if config is None else Path(config), folder, Display(quiet=quiet)
    )
    outcomes = comparison.run(so_far(folder) if watch else None, look_words)
    written = reports.write(folder)
    comparison.log()
    _warn_of_failures(outcomes)
    return Result(folder, written.tables)


def _warn_of_failures(outcomes: list[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        first = failed[0]
        warnings.warn(
            f"{len(failed)} of {len(outcomes)} trials failed, the first is {first.plan.label}, "
            f"seed {first.plan.seed}: {first.error}",
            AugbenchWarning,
            stacklevel=4,  # where `compare` was called
        )
