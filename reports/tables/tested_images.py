"""Which images were tested: the same ones in all blocks, or one fold after the other?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from augbench.reports.run.run import Run, Trial
from augbench.reports.statistics.repeated_images import repeated_part

from augbench.findings import Finding


def part_of_repeated_images(pairs: Sequence[tuple[Trial, Trial]]) -> float:
    """What test images add that came again in later blocks, beyond the variance between blocks.

    Args:
        pairs: the trials of two policies in each block. Images are told by their paths; 0 where a
            block has none.
    """
    images, differences = [], []
    for x, y in pairs:
        if x.test is None or y.test is None or x.test.paths is None or y.test.paths is None:
            return 0.0
        if not np.array_equal(x.test.paths, y.test.paths):
            return 0.0
        images.append(x.test.paths)
        differences.append(x.test.right.astype(np.float64) - y.test.right)
    return repeated_part(images, differences)


def finding_on_folds(run: Run) -> list[Finding]:
    """How many images were tested so far and how often, where blocks test on folds in turn."""
    data = run.environment.get("data") or {}
    K = data.get("folds")
    if not K:
        return []
    size_of_fold = {
        trial.seed % K: len(trial.test.labels)
        for trial in run.stored()
        if trial.done and trial.test is not None
    }
    if not size_of_fold:
        return []
    seeds = {trial.seed for trial in run.stored() if trial.done}
    times = Counter(seed % K for seed in seeds)
    figures = {
        "folds": K,
        "seeds": len(seeds),
        "tested": sum(size_of_fold.values()),
        "images": data.get("images_tested"),
        "fewest_times": min(times.values()) if len(times) == K else 0,
        "most_times": max(times.values()),
    }
    return [Finding("tested-in-folds", figures, table="accuracy")]
