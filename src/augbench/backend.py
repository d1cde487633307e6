"""With what does Keras compute, and what is tied to TensorFlow? Found without importing either."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from augbench.errors import InputError
from augbench.outside import parse_json, read_text

TENSORFLOW = "tensorflow"
JAX = "jax"
#: policies whose steps of training are written for TensorFlow (policies/gan/training/); all else is
#: Keras' own and works with any backend
TENSORFLOW_ONLY = ("gan", "cyclegan")
#: backend -> the distributions that make its numbers
DISTRIBUTIONS = {JAX: ("jax", "jaxlib"), "torch": ("torch",)}


def backend() -> str:
    """Return Keras' backend: the one it has, or would take by its variable, file or default."""
    if (keras := sys.modules.get("keras")) is not None and hasattr(keras, "backend"):
        return str(keras.backend.backend())
    return os.environ.get("KERAS_BACKEND") or configured() or TENSORFLOW


def require_installed() -> None:
    """Raise `InputError` where Keras' backend is not there."""
    used = backend()
    if used not in (TENSORFLOW, *DISTRIBUTIONS):
        known = ", ".join((TENSORFLOW, *DISTRIBUTIONS))
        raise InputError(f"KERAS_BACKEND={used} is not known; augbench computes with {known}")
    if find_spec(used) is None:
        raise InputError(
            f"KERAS_BACKEND={used} needs {used}, which is not installed: pip install "
            + ('"augbench[jax]"' if used == JAX else used)
        )


def refusal(policy: str) -> str:
    """Return why a built-in policy cannot be had with this backend; empty where it can."""
    used = backend()
    if used == TENSORFLOW or policy not in TENSORFLOW_ONLY:
        return ""
    return f"{policy} learns with TensorFlow alone, and KERAS_BACKEND is {used}; leave it out"


def require_for(policy: str) -> None:
    """Raise `InputError` where a built-in policy cannot be had with this backend."""
    if reason := refusal(policy):
        raise InputError(reason)


def configured() -> str:
    """Return the backend that Keras' own file names; empty where there is none to be read."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        content = parse_json(read_text(home / "keras.json"))
    except (OSError, ValueError):
        return ""
    return str(content.get("backend") or "") if isinstance(content, dict) else ""
