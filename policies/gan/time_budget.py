"""How wide a GAN, and how many steps, do some minutes of this machine allow?"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from augbench.policies import artefact
from augbench.policies.gan.training.options import LEAST_STEPS, Shape, TrainingOptions

from augbench.errors import Refusal

ENOUGH = {8: 0, 16: 3_000, 32: 12_000, 64: 24_000}
"""Widths, and the steps below which a narrower network is the better for the same time.

On Fashion-MNIST width 32 is behind 16 after 3.8 minutes (CAS .667 after 1,000 steps, .702 after
3,000), since a step takes more than 3 times as long.
"""
TIMED = 5


def within(
    minutes: float, options: TrainingOptions, shape: Shape, classes: int, cache: Path, threads: int
) -> TrainingOptions:
    """Return ``options`` with the steps, and where open the width, that ``minutes`` allow.

    Steps of each width are timed once on this machine and kept in ``cache``, so that the same
    minutes mean the same steps from then on.

    Raises:
        Refusal: the time is too short to learn anything; says how much would do.
    """
    named = {"minutes": minutes, "shape": shape, "classes": classes, "threads": threads}
    path = cache / "gan" / f"plan-{options.key(**named)}.npz"

    def choose() -> tuple[dict[str, Any], dict[str, Any]]:
        width, steps = chosen(minutes, options, lambda w: seconds_a_step(w, shape, classes))
        return {}, {"width": width, "steps": steps}

    plan = artefact.kept(path, choose)[1]
    return replace(options, width=plan["width"], steps=plan["steps"])


def chosen(minutes: float, options: TrainingOptions, timed: Any) -> tuple[int, int]:
    """Return width and steps for a budget.

    The widest of 8, 16, 32 and 64 that still gets `ENOUGH` steps.

    Args:
        minutes: the time to train for.
        options: with a width where the user gave one.
        timed: seconds of a step with given options.

    Raises:
        Refusal: fewer than 1,500 steps.
    """
    width, steps, each = 0, 0, 0.0
    for wider, enough in ({options.width: 0} if options.width else ENOUGH).items():
        seconds = timed(replace(options, width=wider))
        possible = int(60 * minutes / seconds)
        if possible < enough:
            break
        width, steps, each = wider, possible, seconds
    if steps < LEAST_STEPS:
        raise Refusal(
            f"gan: minutes={minutes:g} are enough for {steps:,} steps at width {width} here; "
            f"fewer than {LEAST_STEPS:,} learn nothing: give it {LEAST_STEPS * each / 60:.1f} "
            "minutes, or smaller images"
        )
    return width, _rounded_down(steps)


def seconds_a_step(options: TrainingOptions, shape: Shape, classes: int) -> float:
    """Return how long a step takes here, the median of five after two to warm up."""
    import numpy as np
    from augbench.policies.gan.training.class_conditional import batch, build, noise_length
    from augbench.policies.quality.hold_out import HoldOut

    complete = options.complete(shape)
    blank = np.zeros((classes, *shape), np.uint8)
    labels = np.arange(classes)
    parts = HoldOut(blank, labels, blank[:0], labels[:0], tuple(map(str, labels)))
    step = build(complete, shape, classes, classes, 0)
    latent, rows = noise_length(step.generator), [labels[k : k + 1] for k in range(classes)]
    spent = []
    for number in range(2 + TIMED):
        began = time.perf_counter()
        losses = step(number, *batch(parts, rows, complete, latent, 0, "timed", number), 0.5)
        _ = [float(value) for value in losses]
        spent.append(time.perf_counter() - began)
    return median(spent[2:])


def _rounded_down(steps: int) -> int:
    unit = 10 ** max(0, len(str(steps)) - 2)
    return steps // unit * unit
