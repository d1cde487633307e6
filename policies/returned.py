"""Is what a policy returns what was asked of it? Checked where it comes back, so that it is named.

A policy may be anybody's code: images that are no bytes, labels that are not finite, or sets whose
parts do not fit would otherwise fail far from it, or worse, be trained on.
"""

from __future__ import annotations

import numpy as np
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.training_set import ORIGINS, TrainingSet

from augbench.errors import InputError

#: how far from 0…1 a label may be by rounding
_ROUNDING = 1e-3


class PolicyError(InputError):
    """A policy returned something else than was asked of it; the message says what and when."""


def changed(policy: Policy, batch: Batch) -> Batch:
    """Return what ``policy.change`` makes of a batch, checked.

    Raises:
        PolicyError: it is no batch of as many uint8 images of the same shape, with finite labels.
    """
    made = policy.change(batch)
    when = f"in epoch {batch.epoch + 1}, step {batch.step + 1}"
    if not isinstance(made, Batch):
        raise _wrong(policy, "change", f"a {type(made).__name__}", "a Batch", when)
    _check_array(policy, "images", made.images, batch.images.shape, "uint8", when)
    _check_array(policy, "labels", made.labels, batch.labels.shape, "float32", when)
    if not np.isfinite(made.labels).all():
        raise _wrong(policy, "change", "labels that are not finite", "numbers from 0 to 1", when)
    least, most = made.labels.min(initial=0), made.labels.max(initial=1)
    if least < -_ROUNDING or most > 1 + _ROUNDING:
        raise _wrong(policy, "change", f"labels {least:g}…{most:g}", "numbers from 0 to 1", when)
    return made


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
        shapes = _shape(made.images.shape[1:]), _shape(train.images.shape[1:])
        raise _wrong(policy, "enlarge", f"images {shapes[0]}", shapes[1])
    count = len(made.images)
    columns = {"labels": made.labels, "origin": made.origin, "source": made.source}
    most = {"labels": len(train.classes), "origin": len(ORIGINS), "source": len(train)}
    for name, values in columns.items():
        if np.shape(values) != (count,):
            found = f"{name} of shape {np.shape(values)} for {count} images"
            raise _wrong(policy, "enlarge", found, f"({count},)")
        if np.asarray(values).dtype.kind not in "iu":
            raise _wrong(policy, "enlarge", f"{name} of {np.asarray(values).dtype}", "integers")
        least = -1 if name == "source" else 0
        if count and not (least <= np.min(values) and np.max(values) < most[name]):
            found = f"{name} {np.min(values)}…{np.max(values)}"
            raise _wrong(policy, "enlarge", found, f"{least}…{most[name] - 1}")
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


def _check_array(
    policy: Policy, what: str, made: object, shape: tuple[int, ...], dtype: str, when: str
) -> None:
    if not isinstance(made, np.ndarray):
        raise _wrong(policy, "change", f"{what} as a {type(made).__name__}", "an array", when)
    floats = dtype == "float32" and made.dtype.kind == "f"
    if made.shape != shape or (made.dtype != dtype and not floats):
        found = f"{what} {_shape(made.shape)} of {made.dtype}"
        raise _wrong(policy, "change", found, f"{_shape(shape)} of {dtype}", when)


def _wrong(policy: Policy, method: str, found: str, wanted: str, when: str = "") -> PolicyError:
    return PolicyError(
        f"policy {_name(policy)}: {method} returned {found}{' ' if when else ''}{when}; "
        f"{wanted} is wanted"
    )


def _name(policy: Policy) -> str:
    return type(policy).__name__


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "()"
