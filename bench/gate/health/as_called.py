"""What does the object that its owner has do, called as its owner calls it?

A policy draws from the generator of its batch, so it hides what is wrong with the seeds of the
object that it was made of. Objects are only read, or copied before they are called.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from augbench.bench.gate.health.independence import flips_together
from augbench.bench.gate.health.probe import Probe
from augbench.bench.gate.rendering.measuring import measure
from augbench.bench.gate.rendering.rendering import MOMENTS
from augbench.policies.augment.layers import KerasLayers, layers_of
from augbench.policies.augment.pipeline import AlbumentationsPipeline, is_transform

from augbench.findings import Finding

#: images that an owner's composition is called with
_IMAGES = 128
#: calls that show whether a transform is random
_CALLS = 12
#: with two seeds layers are asked whether they are random where they should rest
_MOMENTS = ("first", "other seed")


def as_called(probe: Probe) -> list[Finding]:
    """Return what is wrong with the owner's own object; nothing where there is none."""
    subject = probe.rendering.subject
    if isinstance(subject.policy, KerasLayers):
        return [*_layers_at_rest(probe, subject.policy), *_layers_sharing(subject.policy)]
    if isinstance(subject.policy, AlbumentationsPipeline) and subject.given is not None:
        return _composition(probe, subject.given)
    return []


def _composition(probe: Probe, given: Any) -> list[Finding]:
    """Return that members of a composition start from the same seed."""
    if not is_transform(given):
        return []
    picture = probe.rendering.cards.pictures[0]
    own = {id(member.py_random): member for member in _members(given) if _draws(member, picture)}
    sharing = _largest([(_state(member), type(member).__name__) for member in own.values()])
    if len(sharing) < 2:
        return []
    seed = getattr(given, "seed", None)
    measured = measure(lambda images: _by_owner(given, images), probe.rendering.cards, _IMAGES)
    figures = {
        "library": "albumentations",
        "members": sharing,
        "seed": seed if isinstance(seed, int) else None,
        "flips_together": flips_together(measured),
    }
    return [Finding("health-members-share-seed", figures)]


def _by_owner(given: Any, images: np.ndarray) -> np.ndarray:
    """Return what a fresh copy of a composition makes of images, one call after the other."""
    mine = copy.deepcopy(given)
    return np.stack([mine(image=image)["image"].reshape(image.shape) for image in images])


def _members(composition: Any) -> Iterator[Any]:
    """Yield the transforms in a composition, those of compositions in it included."""
    for member in getattr(composition, "transforms", ()):
        if hasattr(member, "transforms"):
            yield from _members(member)
        else:
            yield member


def _draws(member: Any, picture: np.ndarray) -> bool:
    """Whether a transform has a random state of its own, and makes use of it."""
    if not (hasattr(member, "random_generator") and hasattr(member, "py_random")):
        return False
    if member.p < 1:
        return bool(member.p > 0)
    mine = copy.deepcopy(member)
    made = {np.asarray(mine(image=picture)["image"]).tobytes() for _ in range(_CALLS)}
    return len(made) > 1


def _state(member: Any) -> Any:
    """Return what a transform draws next from."""
    return repr(member.random_generator.bit_generator.state), hash(member.py_random.getstate())


def _layers_sharing(policy: KerasLayers) -> list[Finding]:
    """Return that generators of different layers start from the same seed."""
    generators = [(seed, name) for name, seed in _generators(policy.layers)]
    sharing = _largest(generators)
    if len(sharing) < 2:
        return []
    seed = next(seed for seed, name in generators if name == sharing[0])
    figures = {"library": "keras", "members": sharing, "seed": seed, "flips_together": False}
    return [Finding("health-members-share-seed", figures)]


def _generators(layers: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """Yield each layer that its owner gave a seed, by name and seed.

    Into a ``Sequential`` is looked, not into layers that Keras makes of others by itself.
    """
    seen: set[int] = set()
    for layer in layers:
        inside = layers_of(layer)
        if inside != [layer]:
            yield from _generators(inside)
            continue
        for generator in layer._seed_generators:
            if id(generator) not in seen and generator._initial_seed is not None:
                seen.add(id(generator))
                yield type(layer).__name__, generator._initial_seed


def _layers_at_rest(probe: Probe, policy: KerasLayers) -> list[Finding]:
    """Return that layers change images at random where they are not in training."""
    images = probe.twice[0]
    first, other = (
        policy.called(probe.batch(MOMENTS[name], images), training=False)[0] for name in _MOMENTS
    )
    apart = (first != other).any(axis=(1, 2, 3))
    if not apart.any():
        return []
    return [Finding("health-augments-at-rest", {"images": int(apart.sum()), "of": len(apart)})]


def _largest(named: Sequence[tuple[Any, str]]) -> list[str]:
    """Return the names of the largest group of equal states."""
    groups: dict[Any, list[str]] = {}
    for state, name in named:
        groups.setdefault(state, []).append(name)
    return max(groups.values(), key=len, default=[])
