"""Objects by their names, ``package.module:name``: what a process hands to another as text."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

from augbench.policies.quiet_import import silent_import

from augbench.errors import InputError, nearest, reason_of


def load_object(target: str) -> Any:
    """Return the object ``package.module:name``; the working directory counts as importable.

    It does from the first name on that is not of augbench itself: who names none stands in a folder
    of data perhaps, where no file is ever imported.

    Raises:
        InputError: one line with the module's own message where it cannot be imported.
    """
    module_name = target.partition(":")[0]
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # before a plug-in imports it
    if not module_name.startswith("augbench."):
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
        return pkgutil.resolve_name(target)
    except AttributeError as error:
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        raise InputError(
            f"{target!r}: {module_name} has no {error.name!r}{nearest(str(error.name), known)}"
        ) from None


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
