"""Images a second of engines and pipelines, on one thread, against what people write themselves."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies.augment.pipeline import AlbumentationsPipeline
from augbench.policies.base import Batch, Policy
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.rows import rows_of
from augbench.policies.engines.stock import stock_pipeline
from augbench.policies.spec.draws import draw
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.training_set import ImageStack

from benchmarks.timing import Line, longer

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
BATCH = 32
FAST, PHOTO, DIGIT = (32, 32, 3), (150, 150, 3), (28, 28, 1)


def photographs(count: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Smooth noise: the content of an image makes no difference to a warp."""
    import cv2

    height, width, channels = shape
    coarse = np.random.default_rng(0).integers(0, 256, (count, 8, 8, channels), dtype=np.uint8)
    resized = [cv2.resize(image, (width, height)) for image in coarse]
    return np.stack(resized).reshape(count, *shape)


def count_of(shape: tuple[int, int, int]) -> int:
    """Return of how many images an epoch is, so that it takes some tenths of a second."""
    return 2048 if shape[0] <= 32 else 512


def faster(ours: Callable[[], None], theirs: Callable[[], None], rounds: int) -> float:
    """Return how many times as fast ours is, by the CPU time of this process."""
    return 1 / longer(ours, theirs, rounds, time.process_time)


def by_us(policy: Policy, images: np.ndarray) -> Callable[[], None]:
    """Return a function that augments all images once, as a trial does."""
    stack, labels = ImageStack([(images, None)]), np.ones((BATCH, 1), np.float32)
    epochs = itertools.count()

    def run() -> None:
        epoch = next(epochs)
        order = np.random.default_rng(epoch).permutation(len(images))
        for step, start in enumerate(range(0, len(images), BATCH)):
            rows = order[start : start + BATCH]
            policy.change(Batch(stack[rows], labels, rows, 0, epoch, step))

    return run


def by_generator(images: np.ndarray) -> Callable[[], None]:
    """Return a function that takes one epoch from ``ImageDataGenerator.flow``."""
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    words = AugmentationSpec(**SPEC, rescale=None).to_idg_kwargs()
    flow = ImageDataGenerator(**words).flow(images, batch_size=BATCH, seed=0)

    def run() -> None:
        for _ in range(len(flow)):
            next(flow)

    return run


def by_warps(images: np.ndarray) -> Callable[[], None]:
    """Return a function that warps each image with a matrix that is ready, and no more."""
    import cv2

    spec = load_spec(SPEC)
    drawn = draw(spec, 0, 0, len(images), images.shape[1:3])
    maps = rows_of(drawn, spec, images.shape[1:3]).maps
    size = (images.shape[2], images.shape[1])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def run() -> None:
        for image, backward in zip(images, maps, strict=True):
            cv2.warpAffine(image, backward, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)

    return run


def by_hand(compose: Any, images: np.ndarray) -> Callable[[], None]:
    """Return a function that is the loop that people write around an ``A.Compose``."""

    def run() -> None:
        order = np.random.default_rng(0).permutation(len(images))
        for start in range(0, len(images), BATCH):
            np.stack([compose(image=images[row])["image"] for row in order[start : start + BATCH]])

    return run


def a_pipeline() -> Any:
    """Return a pipeline as people have it."""
    from albumentations import (
        Affine,
        CoarseDropout,
        Compose,
        HorizontalFlip,
        RandomBrightnessContrast,
    )

    return Compose(
        [
            HorizontalFlip(p=0.5),
            Affine(rotate=(-15, 15), translate_percent=(-0.1, 0.1), p=0.7),
            RandomBrightnessContrast(p=0.5),
            CoarseDropout(p=0.3),
        ]
    )


def lines(folder: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios of this page; ``folder`` is for files."""
    import albumentations
    import cv2

    file = str(folder / "pipeline.json")
    albumentations.save(a_pipeline(), file)

    cv2.setNumThreads(1)
    warnings.simplefilter("ignore")
    engine = "matched `albumentations`, full geometric spec"
    for shape, least in ((FAST, 25), (PHOTO, 30)):
        images = photographs(count_of(shape), shape)
        ours = by_us(AlbumentationsEngine(SPEC), images)
        ratio = faster(ours, by_generator(images), rounds)
        yield Line(f"{engine}, {shape[0]} px", "`ImageDataGenerator.flow`", ratio, least=least)
    for shape, part in ((DIGIT, 0.6), (PHOTO, 0.9)):
        images = photographs(count_of(shape), shape)
        ours = by_us(AlbumentationsEngine(SPEC), images)
        ratio = faster(ours, by_warps(images), rounds)
        against = "a loop of bare `cv2.warpAffine` with ready matrices"
        yield Line(f"{engine}, {shape[0]} px", against, ratio, least=part)
    for shape in (FAST, PHOTO):
        images = photographs(count_of(shape), shape)
        ours = by_us(AlbumentationsPipeline(file), images)
        ratio = faster(ours, by_hand(a_pipeline(), images), rounds)
        what = f"a pipeline of the user's, batched by us, {shape[0]} px"
        yield Line(what, "the user's own loop over it", ratio, least=1)
        stock = stock_pipeline(load_spec(SPEC), shape[:2])
        ours = by_us(AlbumentationsEngine(SPEC, draws="native"), images)
        ratio = faster(ours, by_hand(stock, images), rounds)
        what = f"native draws of `albumentations`, {shape[0]} px"
        yield Line(what, "the user's own loop over the same `A.Compose`", ratio, least=1)
