"""`augbench.parity`: one spec through every engine, the same draws."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from augbench.bench.api.inputs import Data, Spec, asked_for, at_least_one
from augbench.bench.api.verb import verb

if TYPE_CHECKING:
    from augbench.bench.sheets.parity import ParityResult


@verb
def parity(
    *,
    data: Data | None = None,
    follow_links: bool | None = None,
    spec: Spec | None = None,
    first_seed: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    images: int = 64,
    config: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> ParityResult:
    """Put one spec through every engine with the same draws, and compare the pixels.

    The result prints as on the command line, and shows the image that the engines differ on most
    in a notebook; ``save`` writes that picture.

    Args:
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
        images: Training images, spread over the classes. Default: 64.
        config: A TOML file with options by name, such as a run's ``experiment.toml``.
        quiet: Show no progress and no notes.

    Raises:
        InputError: for anything in the options, the data or the spec that cannot work.
    """
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.bench.sheets.parity import parity as put_through

    asked = asked_for(
        ("none",),
        data=data,
        follow_links=follow_links,
        spec=spec,
        first_seed=first_seed,
        seeds=1,
        image_size=image_size,
    )
    at_least_one(images=images)
    file = None if config is None else Path(config)
    with experiment_here(asked, file, Display(quiet=quiet)) as experiment:
        return put_through(experiment, images)
