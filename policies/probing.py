"""Does a policy give back what a batch must be? Asked of one batch, before any training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from augbench.policies.base import Batch, Policy
from augbench.policies.returned import fault_of, size_of

from augbench.errors import InputError, reason_of

_IMAGES = 32


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
            reason = reason_of(error)
            raise InputError(
                f"policy {label!r}: change fails on a batch of {_IMAGES} images of "
                f"{size_of(shape)}: {reason}"
            ) from error
        if fault := fault_of(changed, (_IMAGES, *shape), classes):
            raise InputError(f"policy {label!r}: {fault}")


def _of_others(policy: Policy) -> Iterator[Policy]:
    for part in policy.parts:
        yield from _of_others(part)
    ours = type(policy).__module__.startswith("augbench.")
    learns = type(policy).learn is not Policy.learn
    if not policy.parts and policy.changes and not ours and not learns:
        yield policy
