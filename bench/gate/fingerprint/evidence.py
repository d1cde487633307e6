"""What lies on the table when a policy no longer does what it did: then and now, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from augbench.bench.gate.fingerprint.stored import Entry
from augbench.bench.gate.rendering.measuring import CORNER_PRECISION, Measured, corner_distance
from augbench.bench.gate.rendering.randomness import Randomness
from augbench.bench.gate.rendering.rendering import Made, Rendering

#: share of rows that may be off for another reason, such as a map that was read badly
FEW = 0.02
#: grey levels that what became of a level may be off by as measured
LEVEL_PRECISION = 1.5


@dataclass(frozen=True)
class Evidence:
    """Then and now.

    Attributes:
        given: the batch as it was given.
        then: what was made of it when it was accepted.
        now: what is made of it now.
        measured_then: what was read from rows then.
        measured_now: the same rows now.
        randomness_then: what batches had to do with each other.
        randomness_now: what they have now.
        tolerance: grey levels that count as rounding.
    """

    given: Made
    then: Made
    now: Made
    measured_then: Measured
    measured_now: Measured
    randomness_then: Randomness
    randomness_now: Randomness
    tolerance: int

    @classmethod
    def of(cls, entry: Entry, rendering: Rendering, tolerance: int) -> Evidence:
        """Return an entry of a fingerprint beside what the policy does now, of equal shapes."""
        then, now = entry.measured(), rendering.measured
        rows = np.arange(min(len(then), len(now)))
        return cls(
            rendering.given,
            entry.first(),
            rendering.made["first"],
            then.take(rows),
            now.take(rows),
            entry.randomness,
            Randomness.of(rendering),
            tolerance,
        )

    @cached_property
    def apart(self) -> np.ndarray:
        """int16, B×H×W: the largest difference of any channel, in grey levels."""
        then, now = self.then.images.astype(np.int16), self.now.images.astype(np.int16)
        return np.asarray(np.abs(then - now).max(axis=3))

    @cached_property
    def differs(self) -> np.ndarray:
        """bool, B×H×W: which pixels differ by more than rounding."""
        return self.apart > self.tolerance

    @cached_property
    def both_known(self) -> np.ndarray:
        """bool, N: in which rows a map was found then and now."""
        return self.measured_then.known & self.measured_now.known

    @cached_property
    def same_maps(self) -> bool:
        """Whether pixels are where they were, in all rows but a few."""
        lost = (self.measured_then.known != self.measured_now.known).mean()
        known = self.both_known
        if not known.any():
            return bool(lost <= FEW)
        distance = corner_distance(
            self.measured_then.maps[known], self.measured_now.maps[known], self.measured_then.shape
        )
        return bool(lost <= FEW and (distance > CORNER_PRECISION).mean() <= FEW)

    @cached_property
    def same_levels(self) -> bool:
        """Whether levels became what they did, in all rows but a few."""
        apart = np.abs(self.measured_then.levels - self.measured_now.levels).max(axis=(1, 2))
        limit = max(LEVEL_PRECISION, self.tolerance + 0.5)
        return bool((apart > limit).mean() <= FEW)

    @cached_property
    def same_labels(self) -> bool:
        """Whether labels are what they were."""
        return self.then.labels.shape == self.now.labels.shape and np.allclose(
            self.then.labels, self.now.labels, atol=1e-5
        )
