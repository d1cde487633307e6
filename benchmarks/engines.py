"""How much faster the matched albumentations engine is than ImageDataGenerator's own iterator.

Prints images per second of both and their ratio, measured in turn on one thread of this machine:

    python -m benchmarks.engines
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.policies.base import Batch
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.training_set import ImageStack

#: every geometric word of ImageDataGenerator
SPEC = {
    "rotation_range": 20.0,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 10.0,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "vertical_flip": True,
}
IMAGES = 1024
BATCH = 32
TARGETS = {(32, 32, 3): 15, (150, 150, 3): 25}


def photographs(count: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Smooth noise: the content of an image makes no difference to a warp."""
    import cv2

    height, width, channels = shape
    coarse = np.random.default_rng(0).integers(0, 256, (count, 8, 8, channels), dtype=np.uint8)
    return np.stack([cv2.resize(image, (width, height)) for image in coarse])


def engine_epoch(images: np.ndarray) -> Callable[[int], None]:
    """Return a function that augments all images once as the engine does in a trial."""
    engine, stack = AlbumentationsEngine(SPEC), ImageStack([(images, None)])
    labels = np.ones((BATCH, 1), np.float32)

    def run(epoch: int) -> None:
        order = np.random.default_rng(epoch).permutation(len(images))
        for step, start in enumerate(range(0, len(images), BATCH)):
            rows = order[start : start + BATCH]
            engine.change(Batch(stack[rows], labels, rows, 0, epoch, step))

    return run


def generator_epoch(images: np.ndarray) -> Callable[[int], None]:
    """Return a function that takes one epoch from ``ImageDataGenerator.flow``."""
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    spec = AugmentationSpec(**SPEC, rescale=None)
    flow = ImageDataGenerator(**spec.to_idg_kwargs()).flow(images, batch_size=BATCH, seed=0)

    def run(epoch: int) -> None:
        for _ in range(len(flow)):
            next(flow)

    return run


def rate(run: Callable[[int], None], count: int, seconds: float, epoch: int) -> float:
    """Return images per second over at least ``seconds``."""
    began, epochs = time.perf_counter(), 0
    while (taken := time.perf_counter() - began) < seconds or not epochs:
        run(epoch + epochs)
        epochs += 1
    return epochs * count / taken


def main(arguments: list[str] | None = None) -> None:
    """Measure both sizes; each round takes the two in turn, so that load falls on both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="per engine and round")
    asked = parser.parse_args(arguments)
    import cv2

    cv2.setNumThreads(1)
    warnings.simplefilter("ignore")
    print(f"{'image':>12} {'flow img/s':>12} {'engine img/s':>13} {'ratio':>7} {'target':>7}")
    for shape, target in TARGETS.items():
        images = photographs(IMAGES, shape)
        runs = {"flow": generator_epoch(images), "engine": engine_epoch(images)}
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(asked.rounds):
            for name, run in runs.items():
                rates[name].append(rate(run, IMAGES, asked.seconds, 1 + 1000 * number))
        flow, engine = (statistics.median(rates[name]) for name in ("flow", "engine"))
        size = "×".join(map(str, shape))
        print(f"{size:>12} {flow:12,.0f} {engine:13,.0f} {engine / flow:6.1f}× {target:6d}×")


if __name__ == "__main__":
    main()
