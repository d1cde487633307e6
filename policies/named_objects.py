"""Objects by their names, ``package.module:name``: what a process hands to another as text."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from augbench.policies.quiet_import import silent_import

from augbench.errors import InputError, nearest, reason_of

_file: ContextVar[str] = ContextVar("file", default="")


@contextmanager
def named_in(file: str) -> Iterator[None]:
    """Import nothing inside but augbench's own: what is named comes from a file, not from a person.

    Args:
        file: which one, for the error.
    """
    token = _file.set(file)
    try:
        yield
    finally:
        _file.reset(token)


def load_object(target: str) -> Any:
    """Return the object ``package.module:name``; the working directory counts as importable.

    It does from the first name on that is not of augbench itself: who names none stands in a folder
    of data perhaps, where no file is ever imported.

    Raises:
        InputError: one line with the module's own message where it cannot be imported; where it is
            of Python's own library, which has nothing that makes images, models or policies; or
            where it is named inside `named_in`.
    """
    module_name = target.partition(":")[0]
    ours = module_name.startswith("augbench.")
    if not ours and _file.get():
        raise InputError(
            f"{target!r} is named in {_file.get()}, and nothing that a file names is imported: "
            "name it on the command line, or hand it over from Python"
        )
    _refuse_library(target, module_name)
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # before a plug-in imports it
    if not ours:
        working_directory = os.getcwd()
        if working_directory not in sys.path:
            sys.path.append(working_directory)  # last: a file there hides nothing that is installed
            importlib.invalidate_caches()
    try:
        with silent_import():  # a plug-in may begin with TensorFlow
            pkgutil.resolve_name(f"{module_name}:")
    except (Exception, SystemExit) as error:
        raise InputError(
            f"{target!r}: the module {module_name} cannot be imported: {reason_of(error)}"
        ) from error
    try:
        named = pkgutil.resolve_name(target)
    except AttributeError as error:
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        raise InputError(
            f"{target!r}: {module_name} has no {error.name!r}{nearest(str(error.name), known)}"
        ) from None
    if inspect.isroutine(named) or isinstance(named, type):  # a module may offer what it imports
        _refuse_library(target, str(getattr(named, "__module__", None) or "builtins"))
    return named


def _refuse_library(target: str, module: str) -> None:
    """Raise `InputError` for a module of Python's own: a name alone must not run a command."""
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise InputError(
            f"{target!r} is of Python's own library, which has no policy, model or function of "
            "images; name one of a module of your own"
        )


def name_of(function: Callable[..., Any]) -> str:
    """Return ``module:name``, by which any process finds a function or class with `load_object`.

    Raises:
        InputError: it has no such name, and why.
    """
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None)
    advice = "write it at the top of a module"
    if not module or not name:
        raise InputError(f"a {type(function).__name__} has no name to import it by; {advice}")
    if name.endswith("<lambda>"):
        raise InputError(f"a lambda has no name to import it by; {advice}")
    if "<locals>" in name:
        raise InputError(f"{name.rpartition('.')[2]} is defined inside a function; {advice}")
    if module == "__main__":
        raise InputError(
            f"{name} is defined in the script or notebook itself, which the processes of the "
            "trials do not run; put it into a module beside it and import it"
        )
    text = f"{module}:{name}"
    if load_object(text) is not function:
        raise InputError(f"{text} is something else than what was given; {advice}")
    return text
