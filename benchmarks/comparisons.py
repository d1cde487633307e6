"""How long does a whole comparison take, against the script that people write by hand?"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.by_hand import POLICIES, SEEDS, WORDS
from benchmarks.timing import Line, seconds
from benchmarks.trials import noise

#: shape -> training images, epochs, how many times as fast it should be
SIZES = {
    (10, 10, 1): (2000, 15, 6.0),
    (28, 28, 1): (2000, 15, 4.0),
    (150, 150, 3): (192, 5, 2.5),
}


def program(*words: str, cache: Path) -> None:
    """Run Python to its end, in silence, with the threads that it takes by itself."""
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_")
    free = {name: value for name, value in os.environ.items() if not name.startswith(limits)}
    subprocess.run(
        [sys.executable, "-m", *words],
        check=True,
        capture_output=True,
        env={**free, "AUGBENCH_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def lines(folder: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios of this page, each measured once: a round takes minutes."""
    spec = folder / "spec.json"
    spec.write_text(json.dumps(WORDS), encoding="utf-8")
    numbers = itertools.count()
    for shape, (count, epochs, least) in SIZES.items():
        data = str(noise(folder / f"comparison {shape[0]}.npz", shape, count))

        def ours(data: str = data, epochs: int = epochs) -> None:
            number = next(numbers)
            options = {
                "--data": data,
                "--spec": str(spec),
                "--seeds": str(SEEDS),
                "--epochs": str(epochs),
                "--out": str(folder / f"run {number}"),
            }
            words = ("augbench", "compare", *POLICIES, *itertools.chain(*options.items()))
            program(*words, "--quiet", cache=folder / f"comparison cache {number}")

        theirs = partial(program, "benchmarks.by_hand", data, str(epochs), cache=folder / "by hand")
        what = (
            f"`compare`, {len(POLICIES)} policies × {SEEDS} seeds, {count:,} images, "
            f"{epochs} epochs, {shape[0]} px, reports included"
        )
        yield Line(what, "the script by hand", seconds(theirs) / seconds(ours), least=least)
