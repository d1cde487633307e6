"""What stays of a training: what the cache keeps of it, and what the trial says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies.base import Context
from augbench.policies.gan import artefact
from augbench.policies.quiet_import import quiet_keras


def record(judgement: Any, seconds: float, history: list[dict[str, float]]) -> dict[str, Any]:
    """Return what the cache keeps of a `Judgement` and of the training before it, as plain JSON."""
    return {
        "seconds": seconds,
        "figures": judgement.figures,
        "faults": list(judgement.faults),
        "sentence": judgement.sentence(),
        "insisted": judgement.sentence(insist=True),
        "history": history,
    }


def failure(reason: Exception, seconds: float) -> dict[str, Any]:
    """Return what the cache keeps of a training that failed, and would fail again."""
    return {"failed": str(reason), "seconds": seconds}


def learnt(path: Path, make: Callable[[], artefact.Made], context: Context) -> artefact.Kept:
    """Return arrays and meta kept at ``path``, made now where there are none.

    What another trial spent on them is charged to this one.

    Raises:
        TrainingFailed: the training failed, now or when it was done.
    """
    quiet_keras()
    began = time.perf_counter()
    arrays, found = artefact.kept(path, make)
    context.charges.append(max(0.0, float(found["seconds"]) - (time.perf_counter() - began)))
    if "failed" in found:
        from augbench.policies.gan.training.loop import TrainingFailed

        raise TrainingFailed(found["failed"])
    return arrays, found


def report(
    context: Context,
    found: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    insist: bool,
    steps: int | None,
    width: int | None,
) -> None:
    """Put a judgement into the trial's notes, records and pictures."""
    used = not found["faults"] or insist
    context.notes.append(f"generated images: {found['insisted' if insist else 'sentence']}")
    context.records.update({"used": int(used), "steps": int(steps or 0), "width": int(width or 0)})
    context.records.update(found["figures"])
    context.pictures.update({k: v for k, v in arrays.items() if k.startswith("sheet_")})
