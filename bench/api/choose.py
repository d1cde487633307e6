"""`augbench.choose`: the augmentation that is worth having on some data, in the time given."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augbench.bench.api.inputs import Data, Spec, asked_for
from augbench.bench.api.verb import verb

if TYPE_CHECKING:
    import pandas as pd
    from augbench.reports.choice.choice import Choice as Found


@dataclass(frozen=True, repr=False)
class Choice:
    """What a search found, as its report has it.

    Attributes:
        folder: where its files are.
        found: all that the report is made of.
    """

    folder: Path
    found: Found

    @property
    def chosen(self) -> Path:
        """The answer as a file that ``config``, ``spec`` and `augbench.export` take."""
        return self.folder / "chosen.toml"

    @property
    def tried(self) -> pd.DataFrame:
        """A row a candidate, as in choose.csv: what was tried, what it gave, why it was dropped."""
        from augbench.reports.choice import tried

        return tried(self.found)

    @property
    def report(self) -> Path:
        """The page for a browser."""
        return self.folder / "report.html"

    def code(self, to: str = "albumentations") -> str:
        """Return the answer as a script of a library's own: keras, albumentations, keras-layers.

        Raises:
            InputError: for another target, or what it cannot say.
        """
        from augbench.bench.run.exported import exported

        return exported(self.chosen, to)

    def __repr__(self) -> str:
        """The text that the command line ends with."""
        from augbench.reports.choice import text

        return text(self.found)

    def _repr_html_(self) -> str:
        """What a notebook shows; names stay text."""
        from augbench.reports.choice import notebook

        return notebook(self.found)


@verb
def choose(
    data: Data | None = None,
    *,
    budget: str | float | None = None,
    objective: str = "accuracy",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    start_from: Spec | None = None,
    seed: int = 0,
    follow_links: bool | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    train_size: int | None = None,
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
    out: str | os.PathLike[str] = "results",
    quiet: bool = False,
) -> Choice:
    """Find the augmentation that is worth having, within a budget of time.

    Candidates that turn one class into another are struck out, the others race on paired seeds by
    their validation images, and the winner is confirmed on fresh seeds and test images. Interrupted
    or killed, the same call goes on; with a larger budget too.

    Args:
        data: digits, a name of keras.datasets, a folder of class folders (optionally under train/,
            validation/, test/), an .npz, or a .csv with columns path, label. From Python also
            arrays (x, y), two or three such pairs, a dict of them by split, or a DataFrame with
            columns path, label and optionally split, group. Default: digits.
        follow_links: Follow links that lead out of a folder of data, too.
        budget: How long it may take: 30m, 1h30m, 90s. Default: 30m.
        objective: What is made as good as can be, on validation images: accuracy,
            balanced_accuracy, loss or worst_class.
        include: Augmentations to try even if they break labels, such as flip.
        exclude: Augmentations to leave out.
        start_from: A spec that is in use: it races too, and is confirmed.
        seed: Of all randomness.
        epochs: Epochs a trial. Default: 10. Where it is not given, what the budget allows.
        batch_size: Batch size. Default: 32.
        image_size: Image size in pixels. From Python also (height, width). Default: the images' own
            if all are equal and at most 128, else 64x64, stretched. Smaller in a small budget.
        train_size: Train on a class-balanced part of N images. Default: the whole training split.
            Where it is not given, what the budget allows.
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
        out: The folder of the search.
        quiet: Show no progress and no notes.

    Returns:
        What was found.

    Raises:
        InputError: for anything in the options or the data that cannot work.
        KeyboardInterrupt: when it is interrupted; the answer so far is in ``out``.
    """
    from augbench.bench.run.progress import Display
    from augbench.bench.search.running import prepare, run
    from augbench.reports import choice
    from augbench.reports import write as write_report

    options: dict[str, Any] = asked_for(
        (),
        data=data,
        follow_links=follow_links,
        spec=start_from,
        epochs=epochs,
        batch_size=batch_size,
        image_size=image_size,
        train_size=train_size,
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
    )
    del options["policies"]
    folder, display = Path(out), Display(quiet=quiet)
    search = prepare(
        {name: value for name, value in options.items() if name != "spec"},
        folder,
        display,
        budget=budget,
        seed=seed,
        objective=objective,
        include=include,
        exclude=exclude,
        start_from=options.get("spec"),
    )
    display.notes(choice.leaks(search.summary.to_dict()))
    run(
        search,
        display,
        "augbench.choose(…, budget='1h')",
        choice.write,
        lambda run_folder, place: write_report(run_folder, out=place),
        epochs=epochs,
    )
    return Choice(folder, choice.read(folder))
