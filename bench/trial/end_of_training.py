"""When are the test images predicted, so that a trial's figures are means over its end?

With a constant learning rate accuracy jumps from epoch to epoch, so the last step's weights are a
noisy thermometer. The figures of a trial are means over the ends of its last epochs;
`docs/measures.md` has the measurements that the numbers here come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: the part of the epochs that counts, in per cent
END_PERCENT = 30
#: what the additional predictions may cost, as a share of the training itself
COST = 0.05
#: how many images are predicted in the time in which a step trains one
PREDICTED_PER_TRAINED = 3


def end_epochs(epochs: int) -> int:
    """Return how many epochs are the end of training, at least one."""
    return -(-END_PERCENT * epochs // 100)


@dataclass(frozen=True)
class EndOfTraining:
    """Which test images are predicted after which of the last epochs.

    Attributes:
        epochs: of the whole training.
        measured: which image is measured at which point, bool (points, images); the last point is
            the end of training.
    """

    epochs: int
    measured: np.ndarray

    @classmethod
    def of(cls, epochs: int, trained: int, labels: np.ndarray) -> EndOfTraining:
        """Return the plan of a trial; it is the same for every policy of a seed.

        Every image is measured at every point where that costs little. A test part that is large
        beside the training is shared out: each image is measured at some of the points, at least
        at one, and each point sees images of all classes. The points count alike either way.

        Args:
            epochs: of the whole training.
            trained: images that an epoch trains on.
            labels: of the test images.
        """
        points = end_epochs(epochs)
        images = len(labels)
        if points == 1 or not images:
            return cls(epochs, np.ones((points, images), bool))
        allowed = COST * PREDICTED_PER_TRAINED * epochs * trained
        # The last point is predicted whole in any case, as the end of training.
        each = int(np.clip(allowed * points // (images * (points - 1)), 1, points))
        place = np.empty(images, int)
        place[np.argsort(labels, kind="stable")] = np.arange(images)
        turn = (np.arange(points)[:, None] + place) % points
        return cls(epochs, turn < each)

    def point_after(self, epoch: int) -> int | None:
        """Return which point follows an epoch, counted from 0; None where none does."""
        point = epoch - (self.epochs - len(self.measured))
        return point if point >= 0 else None
