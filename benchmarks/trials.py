"""What a trial costs beyond the training itself, on one thread."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from augbench.bench.data import Dataset, load
from augbench.bench.options.model import Settings
from augbench.bench.trial import models
from augbench.bench.trial.input_pipeline import STEPS_IN_A_CALL
from augbench.bench.trial.trial import Bench, TrialPlan

from benchmarks.timing import Line, longer, seconds

BATCH, EPOCHS = 32, 4
#: training images by shape, so that a trial takes some seconds
SIZES = {(28, 28, 1): 4000, (64, 64, 3): 800, (150, 150, 3): 192}
POLICIES = (
    "keras", "albumentations", "keras-layers(spec={'rotation_range': 20.0})", "mixup", "cutmix",
    "randaugment", "trivialaugment",
)  # fmt: skip


def noise(path: Path, shape: tuple[int, int, int], count: int) -> Path:
    """Write an .npz of random images with validation and test parts of an eighth each."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for name, number in (("train", count), ("validation", count // 8), ("test", count // 8)):
        arrays[f"x_{name}"] = rng.integers(0, 256, (number, *shape), dtype=np.uint8)
        arrays[f"y_{name}"] = np.arange(number) % 4
    np.savez(path, **arrays)
    return path


def trial(bench: Bench, dataset: Dataset, policy: str, epochs: int = EPOCHS) -> None:
    """Run one trial."""
    settings = Settings(
        spec={"rotation_range": 20.0, "width_shift_range": 0.2, "zoom_range": 0.2},
        epochs=epochs,
        batch_size=BATCH,
    )
    bench.run(TrialPlan("", policy, policy, 0, dataset.reference, dataset.name, settings))


def bare_fit(dataset: Dataset) -> Callable[[], Any]:
    """Return a function that trains on arrays in memory, and evaluates what a trial evaluates.

    That is the clean training and the validation images after each epoch, and the test images near
    the end.
    """
    import keras

    def arrays(split: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.flatnonzero(dataset.split == split)
        labels = np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels[rows]]
        return np.asarray(dataset.images[rows], np.float32) / 255, labels

    train, validation, test = (arrays(split) for split in range(3))
    model = models.build("reference", dataset.shape, len(dataset.classes))
    model.compile(
        "adam",
        "categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS_IN_A_CALL,
    )

    def evaluate(epoch: int, logs: Any) -> None:
        model.evaluate(*train, batch_size=256, verbose=0)
        if epoch >= EPOCHS - math.ceil(0.3 * EPOCHS):
            model.evaluate(*test, batch_size=256, verbose=0)

    beside = keras.callbacks.LambdaCallback(on_epoch_end=evaluate)
    return partial(
        model.fit, *train, BATCH, EPOCHS, verbose=0, validation_data=validation, callbacks=[beside]
    )


def sgemm() -> float:
    """Return the GFLOP a second of a float32 product of matrices on this thread."""
    a = np.ones((1024, 1024), np.float32)
    return 2 * 1024**3 / min(seconds(lambda: a @ a) for _ in range(5)) / 1e9


def flop_of_a_step(model: Any) -> float:
    """Return the operations of a training step: three times those of the products forward."""
    total = 0.0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = math.prod(layer.output.shape[1:-1])
            total += 2.0 * math.prod(kernel.shape) * places
    return 3 * BATCH * total


def step_rate(shape: tuple[int, int, int], rounds: int) -> float:
    """Return the GFLOP a second of the reference CNN's training step, as a part of `sgemm`'s."""
    model = models.build("reference", shape, 4)
    model.compile("adam", "categorical_crossentropy", steps_per_execution=STEPS_IN_A_CALL)
    count = BATCH * (256 if shape[0] < 64 else 16)
    images = np.random.default_rng(0).random((count, *shape), np.float32)
    labels = np.eye(4, dtype=np.float32)[np.arange(count) % 4]
    fit = partial(model.fit, images, labels, BATCH, 1, shuffle=False, verbose=0)
    fit()
    flop = flop_of_a_step(model) * count / BATCH / 1e9
    return median(flop / seconds(fit) / sgemm() for _ in range(rounds))


def lines(folder: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios of this page; ``folder`` is for data."""
    os.environ["AUGBENCH_CACHE"] = str(folder / "cache")
    bench = Bench()
    for shape, count in SIZES.items():
        size = f"{shape[0]} px"
        dataset = load(str(noise(folder / f"{size}.npz", shape, count)))
        of = partial(trial, bench, dataset)
        for policy in POLICIES:
            ratio = longer(partial(of, policy), partial(of, "none"), rounds)
            yield Line(f"a trial under `{policy}`, {size}", "under `none`", ratio, most=1.10)
        ratio = longer(partial(of, "none"), bare_fit(dataset), rounds)
        bare = "bare `model.fit`, same evaluations"
        yield Line(f"a trial under `none`, {count:,} images, {size}", bare, ratio, most=1.10)
        if shape[0] == 28:
            few = load(str(noise(folder / "500.npz", shape, 500)))
            ratio = longer(partial(trial, bench, few, "none"), bare_fit(few), rounds)
            yield Line("the same, 500 images", bare, ratio, most=1.15)
            tiny = load(str(noise(folder / "tiny.npz", shape, BATCH)))
            trial(bench, tiny, "none", 1)
            one_step = partial(trial, bench, tiny, "none", 1)
            fixed = median(seconds(one_step) for _ in range(rounds))
            what = "second trial of a worker, of one step"
            yield Line(what, "nothing", fixed, most=0.3, unit=" s")
        if shape[0] != 64:
            part = step_rate(shape, rounds)
            least = 0.5 if shape[0] == 28 else 0.45
            yield Line(f"the reference CNN's step, {size}", "one-thread `sgemm`", part, least=least)
