"""Does a policy give back what a batch must be? Asked of one batch, before any training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Policy

from augbench.errors import InputError

_IMAGES = 32
_SUM_TOLERANCE = 1e-3


def probe(policy: Policy, shape: tuple[int, int, int], classes: int, label: str) -> None:
    """Have a policy that is not augbench's own change one batch of noise.

    Members of a chain are asked one by one; one that learns first cannot be asked before.

    Args:
        policy: a policy that is built.
        shape: H×W×C of the images.
        classes: how many there are.
        label: what the policy is called in an error.

    Raises:
        InputError: `change` fails, or returns something else than a batch of as many images and
            labels; one line.
    """
    for member in _of_others(policy):
        images = np.random.default_rng(0).integers(0, 256, (_IMAGES, *shape), dtype=np.uint8)
        labels = np.eye(classes, dtype=np.float32)[np.arange(_IMAGES) % classes]
        batch = Batch(images, labels, np.arange(_IMAGES), seed=0, epoch=0, step=0)
        try:
            changed = member.change(batch)
        except InputError as error:
            raise InputError(f"policy {label!r}: {error}") from error
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(
                f"policy {label!r}: change fails on a batch of {_IMAGES} images of "
                f"{_size(shape)}: {reason}"
            ) from error
        if fault := fault_of(changed, (_IMAGES, *shape), classes):
            raise InputError(f"policy {label!r}: {fault}")


def fault_of(changed: Any, shape: tuple[int, int, int, int], classes: int) -> str:
    """Return what is wrong with what `change` returned, empty where nothing is.

    Args:
        changed: what it returned.
        shape: B×H×W×C of the images that it was given.
        classes: K, how many there are.
    """
    if not isinstance(changed, Batch):
        return f"change must return a Batch, as batch.replace(images=…) does, not {_kind(changed)}"
    images, labels = changed.images, changed.labels
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        return f"change must return uint8 images, 0 to 255, not {_kind(images)}"
    if images.shape != shape:
        return f"change must keep images at {_size(shape)}, not make them {_size(images.shape)}"
    wanted = (shape[0], classes)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind != "f" or labels.shape != wanted:
        return f"change must return labels float32 {_size(wanted)}, not {_kind(labels)}"
    if not np.isfinite(labels).all():
        return "change returns labels that are not finite"
    if labels.min() < -_SUM_TOLERANCE or np.abs(labels.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        return (
            "change must return labels that are shares of the classes, each row from 0 to 1 with "
            f"the sum 1; one row is {[round(float(x), 3) for x in _worst(labels)[:10]]}"
        )
    return ""


def _of_others(policy: Policy) -> Iterator[Policy]:
    for part in policy.parts:
        yield from _of_others(part)
    ours = type(policy).__module__.startswith("augbench.")
    learns = type(policy).learn is not Policy.learn
    if not policy.parts and policy.changes and not ours and not learns:
        yield policy


def _worst(labels: np.ndarray) -> np.ndarray:
    outside = np.maximum(-labels.min(axis=1), 0) + np.abs(labels.sum(axis=1) - 1)
    return labels[int(outside.argmax())]


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {_size(value.shape)}"
    return f"something of type {type(value).__name__}"


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
