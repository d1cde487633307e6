"""How long do commands take to begin, and image files to be read?"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.cli import VERBS
from augbench.bench.data import load
from PIL import Image

from benchmarks.engines import photographs
from benchmarks.timing import Line, longer

#: what the help of a verb is held against: a command line and its terminal, imported
IMPORTS = "import typer, rich.console"
PHOTOS, SIDE, READ_AT = 500, 1500, 64
#: grey levels of grain, so that files have 1.4 bits a pixel; photos of clothing, at 400×533, have
#: 1.1, and 1.6 when they are written again at that quality
GRAIN, QUALITY = 4.5, 90


def python(*arguments: str) -> None:
    """Run Python to its end."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def photos(folder: Path) -> Path:
    """Write JPEG files as cameras do, in two class folders."""
    rng = np.random.default_rng(0)
    for number, image in enumerate(photographs(PHOTOS, (SIDE, SIDE, 3))):
        place = folder / "ab"[number % 2] / f"{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        grain = rng.normal(0.0, GRAIN, image.shape).astype(np.float32)
        grainy = (image + grain).clip(0, 255).astype(np.uint8)
        Image.fromarray(grainy).save(place, quality=QUALITY)
    return folder


def decoded_by_keras(folder: Path) -> None:
    """Read all photos once with one thread of ``image_dataset_from_directory``."""
    import keras
    import tensorflow as tf

    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    read: Any = keras.utils.image_dataset_from_directory(
        folder, image_size=(READ_AT, READ_AT), batch_size=32, verbose=False
    )
    for _ in read.with_options(options):
        pass


def lines(folder: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios of this page; ``folder`` is for data."""
    if not find_spec("typer"):
        raise SystemExit("typer, which help is held against, is not installed: pip install typer")
    for verb in VERBS:
        help_of_verb = partial(python, "-m", "augbench", verb, "--help")
        ratio = longer(help_of_verb, partial(python, "-c", IMPORTS), rounds)
        yield Line(f"`augbench {verb} --help`", f"`{IMPORTS}`", ratio, most=1.8)
    place, caches = photos(folder / "photos"), itertools.count()

    def first() -> None:
        load(str(place), cache=folder / f"cache {next(caches)}", image_size=READ_AT, jobs=jobs)

    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    ratio = longer(partial(decoded_by_keras, place), first, rounds)
    against = f"one thread of `image_dataset_from_directory`; {jobs} threads here"
    yield Line(f"first decoding of {PHOTOS} photos of {SIDE} px", against, ratio, least=3)
