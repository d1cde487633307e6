"""Importing TensorFlow without what its C++ writes to standard error whatever one asks of it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def quiet_keras() -> Any:
    """Return the module keras, imported in silence."""
    with silent_import():
        import keras
    return keras


@contextmanager
def silent_import() -> Iterator[None]:
    """Hold back standard error while TensorFlow is imported inside; show it where that fails.

    Does nothing where TensorFlow is imported already, or where there is no standard error.
    """
    if "tensorflow" in sys.modules or sys.stderr is None:
        yield
        return
    sys.stderr.flush()
    real_stderr = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(real_stderr, 2)
            held_back.seek(0)
            sys.stderr.write(held_back.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)
