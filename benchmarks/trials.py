"""What a trial costs beyond the training itself, as ratios of times measured in turn in one run.

python -m benchmarks.trials [--images 8000] [--epochs 3] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from augbench.bench.data import Dataset, load
from augbench.bench.options.model import Settings
from augbench.bench.trial import models
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.bench.trial.training import STEPS_PER_EXECUTION
from augbench.bench.trial.trial import Bench, TrialPlan

BATCH = 32
SHAPES = [(28, 28, 1), (64, 64, 3)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=8000, help="images of 28 px; fewer of 64 px")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    prepare_process(threads=1)
    began = time.perf_counter()
    limit_threads(1)
    print(f"importing TensorFlow                       {time.perf_counter() - began:7.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AUGBENCH_CACHE"] = folder
        for shape in SHAPES:
            count = max(2000, asked.images * 28 * 28 // (shape[0] * shape[1] * shape[2]))
            compare(Path(folder), shape, count, asked.epochs, asked.rounds)


def compare(
    folder: Path, shape: tuple[int, int, int], count: int, epochs: int, rounds: int
) -> None:
    """Print the ratios for ``count`` training images of one shape."""
    size = "×".join(map(str, shape))
    data = noise(folder / f"{size}.npz", shape, count)
    dataset = load(str(data))
    bench = Bench()
    trials: dict[str, list[float]] = {"none": [], "albumentations": []}
    bare: list[float] = []
    few = load(str(noise(folder / f"{size}-few.npz", shape, BATCH)))
    first, second = run(bench, few, "none", 1), run(bench, few, "none", 1)
    fit = bare_fit(dataset, epochs)
    for _ in range(rounds):
        for policy, spent in trials.items():
            spent.append(run(bench, dataset, policy, epochs))
        bare.append(fit())
    ratio = median(a / b for a, b in zip(trials["albumentations"], trials["none"], strict=True))
    over = median(a / b for a, b in zip(trials["none"], bare, strict=True))
    print(f"\n{count} training images of {size}, {epochs} epochs, batch {BATCH}, one thread")
    print(f"a worker's first trial, of a single step   {first:7.2f} s")
    print(f"its second one, the fixed cost of a trial  {second:7.2f} s   (below 1)")
    print(f"trial albumentations : trial none          {ratio:7.2f}     (at most 1.15)")
    print(f"trial none : model.fit with validation     {over:7.2f}     (at most 1.15)")


def noise(path: Path, shape: tuple[int, int, int], count: int) -> Path:
    """Write an .npz of random images with validation and test parts of an eighth each."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for name, number in (("train", count), ("validation", count // 8), ("test", count // 8)):
        arrays[f"x_{name}"] = rng.integers(0, 256, (number, *shape), dtype=np.uint8)
        arrays[f"y_{name}"] = np.arange(number) % 10
    np.savez(path, **arrays)
    return path


def run(bench: Bench, dataset: Dataset, policy: str, epochs: int) -> float:
    """Run one trial; return its seconds."""

    plan = TrialPlan(
        key="",
        policy=policy,
        label=policy,
        seed=0,
        data=dataset.reference,
        dataset=dataset.name,
        settings=Settings(
            spec={"rotation_range": 20.0, "width_shift_range": 0.2, "zoom_range": 0.2},
            epochs=epochs,
            batch_size=BATCH,
        ),
    )
    began = time.perf_counter()
    bench.run(plan)
    return time.perf_counter() - began


def bare_fit(dataset: Dataset, epochs: int) -> Callable[[], float]:
    """Return a function that trains once more on arrays in memory and returns the seconds."""

    def arrays(split: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.flatnonzero(dataset.split == split)
        labels = np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels[rows]]
        return np.asarray(dataset.images[rows], np.float32) / 255, labels

    train, validation = arrays(0), arrays(1)
    model = models.build("reference", dataset.shape, len(dataset.classes))
    model.compile(
        "adam",
        "categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
    )

    def fit() -> float:
        began = time.perf_counter()
        model.fit(*train, BATCH, epochs, verbose=0, validation_data=validation)
        return time.perf_counter() - began

    fit()
    return fit


if __name__ == "__main__":
    main()
