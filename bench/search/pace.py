"""What can be afforded in the time: how long a trial may be, and on how large images?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from augbench.bench.options.model import Settings

#: trials that a search wants
WANTED_TRIALS = 36
#: optimiser steps after which a small CNN has learnt most of what it will, and those that it needs
#: to tell augmentations from each other
ENOUGH_STEPS, FEWEST_STEPS = 600, 300
#: epochs of a trial at most and at least, where they are free
MOST_EPOCHS, FEWEST_EPOCHS = 40, 5
#: px a side below which images are not made smaller
SMALLEST_SIDE = 32
#: a training split is not cut below this many images a class, and not below so many in all
FEWEST_OF_CLASS = 10
FEWEST_IMAGES = 500
#: parts of the time: for the screen, and for looking, writing and starting
SCREEN_SHARE = 0.1
ELSE_SHARE = 0.05
#: what a trial takes beside its training steps, in seconds and as a part of them
TRIAL_SECONDS = 1.0
MEASURING = 0.25


@dataclass(frozen=True)
class Length:
    """How long a trial is.

    Attributes:
        epochs: of each trial.
        train_size: images that it trains on; None for all there are.
        side: px of the shorter side of an image; None for the size that they have.
        seconds: that a trial is expected to take.
    """

    epochs: int
    train_size: int | None
    side: int | None
    seconds: float


def length_for(
    settings: Settings,
    images: int,
    classes: int,
    side: int,
    seconds_an_image: float,
    budget: float,
    epochs: int | None = None,
) -> Length:
    """Return how long a trial is to be, so that enough of them fit into the budget.

    First epochs are fewer, then images smaller, then training images fewer, then epochs again. What
    was asked for stays.

    Args:
        settings: the options; a ``train_size`` and an ``image_size`` stay.
        images: of a training split.
        classes: how many there are.
        side: px of the shorter side of an image.
        seconds_an_image: that training on one takes, measured with all jobs at work.
        budget: seconds.
        epochs: that were asked for; None leaves them free.
    """
    within = budget * (1 - SCREEN_SHARE - ELSE_SHARE) * settings.jobs / WANTED_TRIALS
    within = max(within - TRIAL_SECONDS, 0.1)
    steps = math.ceil(images / settings.batch_size)

    def seconds(count: float, size: float = images, area: float = 1.0) -> float:
        return count * size * area * seconds_an_image * (1 + MEASURING)

    def affordable(least: int, wanted: int, of_one: float) -> int:
        return int(min(wanted, max(least, within // of_one)))

    free = epochs is None
    count = epochs or int(min(MOST_EPOCHS, max(10, round(ENOUGH_STEPS / steps))))
    if free:
        fewest = min(count, max(10, round(FEWEST_STEPS / steps)))
        count = affordable(fewest, count, seconds(1))
    smaller, area = None, 1.0
    if settings.image_size is None and seconds(count) > within and side > SMALLEST_SIDE:
        scale = math.sqrt(within / seconds(count))
        smaller = max(SMALLEST_SIDE, int(side * scale))
        area = (smaller / side) ** 2
    size = images
    if settings.train_size is None and seconds(count, area=area) > within:
        least = min(images, max(FEWEST_IMAGES, FEWEST_OF_CLASS * classes))
        size = affordable(least, images, seconds(count, 1, area))
    if free:
        count = affordable(FEWEST_EPOCHS, count, seconds(1, size, area))
    train_size = settings.train_size if size >= images else size
    return Length(count, train_size, smaller, TRIAL_SECONDS + seconds(count, size, area))
