"""What do the batches of a policy have to do with each other?"""

from __future__ import annotations

from dataclasses import dataclass

from augbench.bench.gate.rendering.rendering import Rendering
from pydantic import ConfigDict


@dataclass(frozen=True)
class Randomness:
    """What the batches of a policy have to do with each other.

    Attributes:
        epochs_differ: the next epoch is another than the first.
        steps_differ: equal pictures in the next step are changed in another way.
        seeds_differ: another seed gives other pictures.
        repeats: the same batch comes out the same a second time.
        input_kept: what the policy is given stays as it was.
    """

    __pydantic_config__ = ConfigDict(strict=True, extra="forbid")

    epochs_differ: bool
    steps_differ: bool
    seeds_differ: bool
    repeats: bool
    input_kept: bool

    @classmethod
    def of(cls, rendering: Rendering) -> Randomness:
        """Return that of a rendering."""
        first, made = rendering.made["first"], rendering.made
        return cls(
            epochs_differ=not made["next epoch"].equals(first),
            steps_differ=not made["next step"].equals(first),
            seeds_differ=not made["other seed"].equals(first),
            repeats=rendering.again.equals(first),
            input_kept=not rendering.in_place,
        )
