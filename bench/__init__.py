"""augbench from Python: `compare` trains and reports, `load` opens a finished run.

    import bench

    result = bench.compare("keras", "flips=albumentations(spec='flip')", data="photos/", seeds=5)
    print(result.conclusion)
    result.accuracy          # a pandas DataFrame; in a notebook, `result` alone shows itself
    bench.load("results")    # the same object again, later

Importing this imports nothing heavy: TensorFlow, pandas and the like come with the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.api import Result, compare, load

__all__ = ["Result", "compare", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bench import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
