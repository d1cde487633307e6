"""Does a policy draw anew where it should, from the batch's generator alone, for each image?"""

from __future__ import annotations

import copy

import numpy as np
from augbench.bench.gate.health.probe import Outcomes, Probe, shared_generators
from augbench.bench.gate.rendering.randomness import Randomness
from augbench.bench.gate.rendering.rendering import BATCH, MOMENTS
from augbench.policies.base import Policy
from augbench.policies.returned import changed

from augbench.findings import Finding

#: how likely a repetition may be by chance and still be called one
CHANCE = 1e-6
#: of pairs of equal pictures in a batch that come out equal, above which batches are looked at
_SUSPECT = 0.25
#: by how much more often pictures come out equal within a batch than in two, to be called so
_MORE_OFTEN = 0.2


def epochs(probe: Probe) -> list[Finding]:
    """Return that each epoch repeats the first, though steps or seeds differ."""
    first = Randomness.of(probe.rendering)
    if first.epochs_differ or not first.repeats:
        return []
    seen = probe.outcomes
    same = np.array_equal(seen.epochs[0], seen.epochs[1])
    if not same or _frozen(seen) or not _varies(seen):
        return []
    return [Finding("health-epochs-repeat", {"images": int(seen.epochs[0].size)})]


def steps(probe: Probe) -> list[Finding]:
    """Return that each step repeats the first, or that all batches get the same."""
    first = Randomness.of(probe.rendering)
    if first.steps_differ or not first.repeats:
        return []
    seen = probe.outcomes
    if (seen.epochs[0] != seen.epochs[0, 0]).any() or not _rows_differ(seen.epochs[0, 0]):
        return []
    kind = "health-batches-repeat" if _frozen(seen) else "health-steps-repeat"
    return [Finding(kind, {"images": int(seen.epochs[0].size)})]


def seeds(probe: Probe) -> list[Finding]:
    """Return that another seed changes nothing, though something is random."""
    first = Randomness.of(probe.rendering)
    if first.seeds_differ or not first.repeats:
        return []
    seen = probe.outcomes
    if not np.array_equal(seen.epochs[0], seen.other_seed) or _frozen(seen) or not _varies(seen):
        return []
    return [Finding("health-seed-ignored", {"images": int(seen.other_seed.size)})]


def repeatable(probe: Probe) -> list[Finding]:
    """Return that the same batch comes out otherwise a second time, and what draws there."""
    if Randomness.of(probe.rendering).repeats:
        return []
    first, again = probe.rendering.made["first"], probe.rendering.again
    apart = (first.images != again.images).any(axis=(1, 2, 3))
    apart |= (first.labels != again.labels).any(axis=1)
    figures = {"images": int(apart.sum()), "of": BATCH, "source": _source(probe)}
    return [Finding("health-other-randomness", figures)]


def something(probe: Probe) -> list[Finding]:
    """Return that a policy does nothing at all, or always the same."""
    if _unchanged(probe):
        return [Finding("health-changes-nothing")]
    first = Randomness.of(probe.rendering)
    if first.epochs_differ or first.steps_differ or first.seeds_differ or not first.repeats:
        return []
    seen = probe.outcomes
    if not _frozen(seen) or _rows_differ(seen.epochs[0, 0]):
        return []
    return [Finding("health-nothing-random")]


def copies(probe: Probe) -> list[Finding]:
    """Return that the images of a batch share one draw."""
    made = [probe.made(moment) for moment in MOMENTS.values()]
    halves = [_equal_halves(_rows(images, labels)) for images, labels in made]
    first = Randomness.of(probe.rendering)
    if np.mean(halves) <= _SUSPECT or not first.repeats or _unchanged(probe):
        return []
    seen = np.concatenate([*probe.outcomes.epochs, probe.outcomes.other_seed])
    within = float(np.mean([_equal_halves(batch) for batch in seen]))
    between = float(np.mean(seen[:-1] == seen[1:]))
    # a batch is one observation, since its images may hang together
    if within - between < _MORE_OFTEN:
        return []
    return [Finding("health-one-draw-a-batch", {"within": within, "between": between})]


def _varies(seen: Outcomes) -> bool:
    """Whether so many batches differ that another epoch could not be the same by chance."""
    batches = seen.epochs[0]
    if (batches == batches[0]).all():
        return _rows_differ(batches[0])
    equal = (batches[:, None] == batches[None]).all(axis=2)
    count = len(batches)
    by_chance = (equal.sum() - count) / (count * (count - 1))
    return bool(max(by_chance, 1 / count) ** count < CHANCE)


def _frozen(seen: Outcomes) -> bool:
    """Whether all batches, of whatever step, epoch and seed, are the same."""
    first = seen.epochs[0, 0]
    return bool((seen.epochs == first).all() and (seen.other_seed == first).all())


def _rows_differ(batch: np.ndarray) -> bool:
    """Whether equal pictures of a batch came out otherwise."""
    return _equal_halves(batch) < 1


def _equal_halves(batch: np.ndarray) -> float:
    """Return which share of the pictures that a batch holds twice came out equal."""
    half = len(batch) // 2
    return float(np.mean(batch[:half] == batch[half:]))


def _rows(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    rows = [(i.tobytes(), w.tobytes()) for i, w in zip(images, labels, strict=True)]
    known = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    return np.array([known[row] for row in rows])


def _unchanged(probe: Probe) -> bool:
    rendering = probe.rendering
    if not all(made.equals(rendering.given) for made in rendering.made.values()):
        return False
    seen = probe.outcomes
    return bool((seen.epochs == seen.given).all() and (seen.other_seed == seen.given).all())


def _source(probe: Probe) -> str:
    """Return what a policy draws from beside its batch, such as ``np.random``."""
    policy = probe.rendering.subject.policy
    for name, numpy_fixed, python_fixed in (
        ("np.random", True, False),
        ("random", False, True),
        ("np.random and random", True, True),
    ):
        made = []
        for call in range(3):
            with shared_generators(0 if numpy_fixed else call, 0 if python_fixed else call):
                made.append(_once(probe, policy))
        if all(np.array_equal(made[0], other) for other in made[1:]):
            return name
    try:
        fresh = [_once(probe, copy.deepcopy(policy)) for _ in range(3)]
    except Exception:  # locks and the like are not copied
        return ""
    return "state" if all(np.array_equal(fresh[0], other) for other in fresh[1:]) else ""


def _once(probe: Probe, policy: Policy) -> np.ndarray:
    made = changed(policy, probe.batch(MOMENTS["first"], probe.twice[0]))
    return _flat(made.images, made.labels)


def _flat(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.concatenate([images.ravel().astype(np.float32), np.ravel(labels)])
