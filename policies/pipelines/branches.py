"""Which ways can an image take through a composition? Each transform applied, and each left out.

Chances decide how often a way is taken, not whether it works: a branch of one in a thousand that
changes the size is met in the middle of a training. So each is tried for itself.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

Way = tuple[Any, ...]


def ways(composition: Any) -> list[Way]:
    """Return the ways through a composition, each the transforms that are applied in order.

    All have ``p`` 1 and are copies. Every transform that may be applied is in one of them, and
    each that may be left out is missing in another; not every combination is there, whose number
    is the product of the branches, not their sum.

    Args:
        composition: an Albumentations composition or transform.
    """
    distinct: dict[tuple[int, ...], Way] = {}
    for way in _ways(composition):
        distinct.setdefault(tuple(map(id, way)), way)
    return [tuple(map(_certain, way)) for way in distinct.values() if way]


def _ways(transform: Any) -> Iterator[Way]:
    """Yield the ways through a transform, the empty one where it may be left out."""
    from albumentations import Compose, OneOf, OneOrOther, RandomOrder, Sequential, SomeOf

    kind = type(transform)
    if kind is OneOrOther:  # whose p is the share of the first
        for member in transform.transforms:
            yield from _ways(_certain(member))
        return
    if transform.p > 0:
        if kind is OneOf:
            for member in transform.transforms:
                if member.p > 0:  # a weight here
                    yield from _ways(_certain(member))
        elif kind in (SomeOf, RandomOrder):
            for member in transform.transforms:
                yield from _ways(member)
            if transform.n > 1:
                yield from _in_order(transform.transforms)
        elif isinstance(transform, (Compose, Sequential)):
            yield from _in_order(transform.transforms)
        else:
            yield (transform,)
    if transform.p < 1:
        yield ()


def _in_order(members: Sequence[Any]) -> Iterator[Way]:
    """Yield the ways through members that come one after the other.

    First all of them; then each way of each member, where the others do as little as they may.
    """
    each = [list(_ways(member)) for member in members]
    most = [next((way for way in of_member if way), ()) for of_member in each]
    least = [() if () in of_member else way for of_member, way in zip(each, most, strict=True)]
    yield _joined(most)
    for place, of_member in enumerate(each):
        for way in of_member:
            yield _joined([*least[:place], way, *least[place + 1 :]])


def _joined(ways: Sequence[Way]) -> Way:
    return tuple(transform for way in ways for transform in way)


def _certain(transform: Any) -> Any:
    certain = copy.copy(transform)
    certain.p = 1.0
    if getattr(certain, "deterministic", False):
        certain.deterministic = False  # of a ReplayCompose, in which it is written down
    return certain
