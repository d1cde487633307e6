"""Importing TensorFlow without what its C++ writes to standard error whatever one asks of it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: a line of TensorFlow's C++, whose ``W0000 00:00:17…`` says nothing to a user
_LOGGED = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d|WARNING: All log messages before absl::Init")


def quiet_keras() -> Any:
    """Return the module keras, imported in silence."""
    with silent_import():
        import keras
    return keras


@contextmanager
def silent_import() -> Iterator[None]:
    """Hold back what TensorFlow logs on standard error while it is imported inside.

    What others write there follows when the import ends, and all of it where it fails. Does nothing
    where TensorFlow is imported already, or where there is no standard error.
    """
    if "tensorflow" in sys.modules or sys.stderr is None:
        yield
        return
    sys.stderr.flush()
    try:
        real_stderr = os.dup(2)
    except OSError:  # a process that was started without one
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(real_stderr, 2)
            os.close(real_stderr)
            held_back.seek(0)
            lines = held_back.read().decode(errors="replace").splitlines(keepends=True)
            sys.stderr.writelines(x for x in lines if failed or not _LOGGED.match(x))
