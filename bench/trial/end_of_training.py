"""When are the test images predicted, so that a trial's figures are means over its end?

With a constant learning rate accuracy jumps from epoch to epoch, so the last step's weights are a
noisy thermometer. The figures of a trial are means over its last epochs; `docs/measures.md` has the
measurements that the numbers here come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from augbench.reports.run.layout import END_PERCENT

#: what the additional predictions may cost, as a share of the trial without them
COST = 0.05
#: how many images are predicted in the time in which a step trains one
PREDICTED_PER_TRAINED = 3
#: from 2 up to so many epochs are measured in their middles too, others at their ends alone
FEW_EPOCHS = 5


def end_epochs(epochs: int) -> int:
    """Return how many epochs are the end of training, at least one."""
    return -(-END_PERCENT * epochs // 100)


@dataclass(frozen=True)
class EndOfTraining:
    """Which test images are predicted after which steps.

    Attributes:
        steps: the optimiser steps of the whole training after which there is a point, rising; the
            last point is the end of training.
        measured: which image is measured at which point, bool (points, images).
    """

    steps: tuple[int, ...]
    measured: np.ndarray

    @classmethod
    def of(
        cls, epochs: int, steps: int, trained: int, labels: np.ndarray, predicted: int = 0
    ) -> EndOfTraining:
        """Return the plan of a trial; it is the same for every policy of a seed.

        Every image is measured at every point where that costs little. A test part that is large
        beside the trial is shared out: each image is measured at some of the points, at least
        at one, and each point sees images of all classes. The points count alike either way.

        Args:
            epochs: of the whole training.
            steps: optimiser steps of an epoch.
            trained: images that an epoch trains on.
            labels: of the test images.
            predicted: images that are predicted after each epoch in any case.
        """
        ends = [steps * epoch for epoch in range(epochs - end_epochs(epochs) + 1, epochs + 1)]
        middles = [at - steps // 2 for at in ends] if 1 < len(ends) <= FEW_EPOCHS else []
        both = sorted({*ends, *middles})
        # The last point is predicted whole in any case, as the end of training.
        images = len(labels)
        allowed = COST * epochs * (PREDICTED_PER_TRAINED * trained + predicted)
        at = both if images * (len(both) - 1) <= allowed * len(both) else ends
        points = len(at)
        if points == 1 or not images:
            return cls(tuple(at), np.ones((points, images), bool))
        each = int(np.clip(allowed * points // (images * (points - 1)), 1, points))
        place = np.empty(images, int)
        place[np.argsort(labels, kind="stable")] = np.arange(images)
        turn = (np.arange(points)[:, None] + place) % points
        return cls(tuple(at), turn < each)

    def point_between(self, before: int, after: int) -> int | None:
        """Return the last point after more than ``before`` and at most ``after`` steps, if any."""
        point = int(np.searchsorted(self.steps, after, side="right")) - 1
        return point if point >= 0 and self.steps[point] > before else None
