"""Is what a policy returns what was asked of it? Checked where it comes back, so that it is named.

A policy may be anybody's code: images that are no bytes, labels that are not finite, or sets whose
parts do not fit would otherwise fail far from it, or worse, be trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.training_set import ORIGINS, TrainingSet

from augbench.errors import InputError

_SUM_TOLERANCE = 1e-3


class PolicyError(InputError):
    """A policy returned something else than was asked of it; the message says what and when."""


def changed(policy: Policy, batch: Batch) -> Batch:
    """Return what ``policy.change`` makes of a batch, checked.

    Raises:
        PolicyError: `fault_of` it.
    """
    made = policy.change(batch)
    if fault := fault_of(made, batch.images.shape, batch.labels.shape[1]):
        when = f"in epoch {batch.epoch + 1}, step {batch.step + 1}"
        raise PolicyError(f"policy {_name(policy)}, {when}: {fault}")
    return made


def fault_of(changed: Any, shape: tuple[int, ...], classes: int, called: str = "change") -> str:
    """Return what is wrong with what `change` returned, empty where nothing is.

    Args:
        changed: what it returned.
        shape: B×H×W×C of the images that it was given.
        classes: K, how many there are.
        called: what returned it.
    """
    if not isinstance(changed, Batch):
        return (
            f"{called} must return a Batch, as batch.replace(images=…) does, not {_kind(changed)}"
        )
    images, labels = changed.images, changed.labels
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        return f"{called} must return uint8 images, 0 to 255, not {_kind(images)}"
    if images.shape != shape:
        return (
            f"{called} must keep images at {size_of(shape)}, not make them {size_of(images.shape)}"
        )
    wanted = (shape[0], classes)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind != "f" or labels.shape != wanted:
        return f"{called} must return labels float32 {size_of(wanted)}, not {_kind(labels)}"
    if not np.isfinite(labels).all():
        return f"{called} returns labels that are not finite"
    if not len(labels):
        return ""
    if labels.min() < -_SUM_TOLERANCE or np.abs(labels.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        return (
            f"{called} must return labels that are shares of the classes, each row from 0 to 1 "
            f"with the sum 1; one row is {[round(float(x), 3) for x in _worst(labels)[:10]]}"
        )
    return ""


def described(policy: Policy, batch: Batch) -> list[str]:
    """Return a text an image, what ``policy.describe`` says of it or nothing.

    Raises:
        PolicyError: it describes another number of images.
    """
    lines = list(policy.describe(batch)) or [""] * len(batch.images)
    if len(lines) != len(batch.images):
        raise _wrong(policy, "describe", f"{len(lines)} texts", f"{len(batch.images)}")
    return [str(line) for line in lines]


def enlarged(policy: Policy, train: TrainingSet, context: Context) -> TrainingSet:
    """Return what ``policy.enlarge`` makes of a training set, checked.

    Raises:
        PolicyError: its images, labels, origins and sources are not as many, of the same shape and
            within their ranges, or a picture that it leaves behind is none.
    """
    made = policy.enlarge(train, context)
    if not isinstance(made, TrainingSet):
        raise _wrong(policy, "enlarge", f"a {type(made).__name__}", "a TrainingSet")
    if made.classes != train.classes:
        raise _wrong(policy, "enlarge", "other classes", "the same classes")
    if made.images.shape[1:] != train.images.shape[1:]:
        shapes = size_of(made.images.shape[1:]), size_of(train.images.shape[1:])
        raise _wrong(policy, "enlarge", f"images {shapes[0]}", shapes[1])
    count = len(made.images)
    columns = {"labels": made.labels, "origin": made.origin, "source": made.source}
    most = {"labels": len(train.classes), "origin": len(ORIGINS), "source": len(train)}
    for name, values in columns.items():
        if np.shape(values) != (count,):
            returned = f"{name} of shape {np.shape(values)} for {count} images"
            raise _wrong(policy, "enlarge", returned, f"({count},)")
        if np.asarray(values).dtype.kind not in "iu":
            raise _wrong(policy, "enlarge", f"{name} of {np.asarray(values).dtype}", "integers")
        least = -1 if name == "source" else 0
        if count and not (least <= np.min(values) and np.max(values) < most[name]):
            returned = f"{name} {np.min(values)}…{np.max(values)}"
            raise _wrong(policy, "enlarge", returned, f"{least}…{most[name] - 1}")
    _check_pictures(policy, context)
    return made


def _check_pictures(policy: Policy, context: Context) -> None:
    """Raise `PolicyError` for pictures that are none."""
    for name, picture in context.pictures.items():
        kind = getattr(picture, "dtype", type(picture).__name__)
        if kind != np.uint8:
            raise PolicyError(
                f"policy {_name(policy)} left the picture {name!r} of {kind}; uint8 is wanted"
            )


def _wrong(policy: Policy, method: str, returned: str, wanted: str) -> PolicyError:
    return PolicyError(f"policy {_name(policy)}: {method} returned {returned}; {wanted} is wanted")


def _name(policy: Policy) -> str:
    return type(policy).__name__


def _worst(labels: np.ndarray) -> np.ndarray:
    outside = np.maximum(-labels.min(axis=1), 0) + np.abs(labels.sum(axis=1) - 1)
    return labels[int(outside.argmax())]


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {size_of(value.shape)}"
    return f"something of type {type(value).__name__}"


def size_of(shape: tuple[int, ...]) -> str:
    """Return a shape as it is written: 32×8×8×3."""
    return "×".join(map(str, shape))
