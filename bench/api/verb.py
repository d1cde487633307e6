"""What all verbs have in common in Python: they name unknown options, and leave no trace."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from augbench.errors import InputError, nearest

P = ParamSpec("P")
R = TypeVar("R")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with an error for unknown options that names the nearest known one.

    The caller gets the environment and the import path back as they were.
    """
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def called(*arguments: P.args, **options: P.kwargs) -> R:
        for name in options:
            if name not in known:
                raise InputError(
                    f"{function.__name__}: unknown option {name!r}{nearest(name, known)}"
                )
        with _own_surroundings():
            return function(*arguments, **options)

    return called


@contextmanager
def _own_surroundings() -> Iterator[None]:
    environment, path = dict(os.environ), list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
