"""augbench from Python: `compare` trains and reports; the other verbs are there too.

    import augbench

    result = augbench.compare("keras", "flips=albumentations(spec='flip')", data="photos/", seeds=5)
    print(result.conclusion)
    result.accuracy          # a pandas DataFrame; in a notebook, `result` alone shows itself
    augbench.load("results")    # the same object again, later
    augbench.preview("mixup", data=(x_train, y_train))    # what a policy does, as a picture

Importing this imports nothing heavy: TensorFlow, pandas and the like come with the first call.
"""

from __future__ import annotations

from importlib import import_module

# `python -m augbench` runs this while the working directory, of data perhaps, still begins the
# import path: what is imported here is part of Python's own start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from augbench.bench.api.accept import accept
    from augbench.bench.api.check import Checked, check
    from augbench.bench.api.choose import Choice, choose
    from augbench.bench.api.compare import compare
    from augbench.bench.api.expand import expand
    from augbench.bench.api.export import export
    from augbench.bench.api.parity import parity
    from augbench.bench.api.preview import preview
    from augbench.bench.api.result import Result, load
    from augbench.policies.base import Batch, Policy

#: name -> the module that has it
_PLACES = {
    "Batch": "augbench.policies.base",
    "Checked": "augbench.bench.api.check",
    "Choice": "augbench.bench.api.choose",
    "Policy": "augbench.policies.base",
    "Result": "augbench.bench.api.result",
    "accept": "augbench.bench.api.accept",
    "check": "augbench.bench.api.check",
    "choose": "augbench.bench.api.choose",
    "compare": "augbench.bench.api.compare",
    "expand": "augbench.bench.api.expand",
    "export": "augbench.bench.api.export",
    "load": "augbench.bench.api.result",
    "parity": "augbench.bench.api.parity",
    "preview": "augbench.bench.api.preview",
}

__all__ = [
    "Batch",
    "Checked",
    "Choice",
    "Policy",
    "Result",
    "accept",
    "check",
    "choose",
    "compare",
    "expand",
    "export",
    "load",
    "parity",
    "preview",
]


def __getattr__(name):  # type: ignore[no-untyped-def]
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
