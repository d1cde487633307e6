"""What may be done to the side of an image, and what does a policy do of it at most?

With a turn of up to 90 degrees either way, what is upright and what is upside down may come to the
same picture, so that a half turn counts from there on, and a quarter turn from 45.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from augbench.policies.base import Policy
from augbench.policies.engines.base import Engine

#: what moves pixels on their grid and does nothing else, uint8 m×H×W×C to the same; the quarter
#: turns undo each other and want square images, the others undo themselves
SIDES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "horizontal flip": lambda images: images[:, :, ::-1],
    "vertical flip": lambda images: images[:, ::-1],
    "half turn": lambda images: images[:, ::-1, ::-1],
    "quarter turn": lambda images: np.rot90(images, 1, (1, 2)),
    "quarter turn back": lambda images: np.rot90(images, -1, (1, 2)),
}
#: degrees of a spec's turn, either way, from which two draws may be a quarter or a half turn apart
QUARTER_FROM, HALF_FROM = 45.0, 90.0


def sides_of(policy: Policy, shape: tuple[int, int, int]) -> list[str]:
    """Return what engines do to the side of images H×W×C at most, by the names of `SIDES`."""
    specs = [part.spec for part in all_parts(policy) if isinstance(part, Engine)]
    horizontal = any(spec.horizontal_flip for spec in specs)
    vertical = any(spec.vertical_flip for spec in specs)
    turn = max((spec.rotation_range for spec in specs), default=0.0)
    done = {
        "horizontal flip": horizontal,
        "vertical flip": vertical,
        "half turn": turn >= HALF_FROM or (horizontal and vertical),
        "quarter turn": turn >= QUARTER_FROM and shape[0] == shape[1],
    }
    return [side for side, does in done.items() if does]


def all_parts(policy: Policy) -> Iterator[Policy]:
    """Yield a policy and all that it is made of."""
    yield policy
    for part in policy.parts:
        yield from all_parts(part)
