"""What every worker needs and none changes: imported once, in the process that workers copy.

Nothing may be computed here: what TensorFlow sets up for that, threads among it, cannot be copied.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys

from augbench.policies.quiet_import import silent_import

from augbench.backend import JAX, backend

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that plans
with silent_import():
    import cv2
    import tensorflow

    if backend() == JAX:
        import jax  # noqa: F401

if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    # TensorFlow takes seconds to be taken down, in which whoever reads what the command writes
    # would wait, since this process holds its standard output too
    atexit.register(os._exit, 0)

__all__ = ["cv2", "tensorflow"]
