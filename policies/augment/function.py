"""A function of the user's own as a policy: ``images, labels, rng -> images, labels``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Policy
from augbench.policies.named_objects import name_of
from augbench.policies.returned import fault_of

from augbench.errors import InputError

#: takes uint8 B×H×W×C, float32 B×K and the generator of all its randomness; returns both again
BatchFunctionType = Callable[
    [np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]
]


class BatchFunction(Policy):
    """A function that changes a batch, whose randomness comes from the generator it is given.

    >>> def darker(images, labels, rng):
    ...     return images // rng.integers(1, 4), labels
    """

    def __init__(self, function: BatchFunctionType) -> None:
        """Take a function ``images, labels, rng -> images, labels``.

        Args:
            function: gets uint8 B×H×W×C, float32 B×K and a `numpy.random.Generator`.
        """
        self.function = function

    def change(self, batch: Batch) -> Batch:
        """Return the batch with what the function returns.

        Raises:
            InputError: it returns something else than images uint8 B×H×W×C and labels B×K.
        """
        name = name_of_function(self.function)
        returned = self.function(batch.images, batch.labels, batch.replace().rng)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise InputError(f"{name} returns {type(returned).__name__}, not (images, labels)")
        images, labels = returned
        made = batch.replace(images=np.asarray(images), labels=np.asarray(labels))
        if fault := fault_of(made, batch.images.shape, batch.labels.shape[1], name):
            raise InputError(fault)
        return made

    @property
    def definition(self) -> dict[str, Any]:
        """The function by its name."""
        return {"function": name_of_function(self.function)}


def name_of_function(function: Any) -> str:
    """Return ``module:name``, or the name alone of one that nobody can import."""
    try:
        return name_of(function)
    except InputError:
        return getattr(function, "__qualname__", type(function).__name__).rpartition(".")[2]


def is_batch_function(candidate: Any) -> bool:
    """Return whether an object can be called as ``function(images, labels, rng)``."""
    if isinstance(candidate, type) or not callable(candidate):
        return False
    try:
        inspect.signature(candidate).bind(None, None, None)
    except (TypeError, ValueError):
        return False
    return True
