"""What stays of a training: what the cache keeps of it, and what the trial reports of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies import artefact
from augbench.policies.base import Context
from augbench.policies.gan.pool import FEW
from augbench.policies.quality.judgement import Judgement
from augbench.policies.quiet_import import quiet_keras

from augbench.findings import Finding

#: the measures that a report tells in words; `synthetic.csv` holds all of them
REPORTED = (
    *("gan_test_before", "gan_test", "gan_test_floor"),
    *("cas", "cas_real", "cas_gaussian", "copies"),
)


def of_judgement(
    judgement: Judgement, seconds: float, history: list[dict[str, float]]
) -> dict[str, Any]:
    """Return what the cache keeps of a judgement and of the training before it, as plain JSON."""
    return {
        "seconds": seconds,
        "figures": judgement.figures,
        "control": judgement.control,
        "faults": list(judgement.faults),
        "history": history,
    }


def of_failure(reason: Exception, seconds: float) -> dict[str, Any]:
    """Return what the cache keeps of a training that failed, and would fail again."""
    return {"failed": str(reason), "seconds": seconds}


def learnt(path: Path, make: Callable[[], artefact.Made], context: Context) -> artefact.Kept:
    """Return arrays and record kept at ``path``, made now where there are none.

    What another trial spent on them is charged to this one.

    Raises:
        TrainingFailed: the training failed, now or when it was done.
    """
    quiet_keras()
    began = time.perf_counter()
    arrays, record = artefact.kept(path, make)
    context.charges.append(max(0.0, float(record["seconds"]) - (time.perf_counter() - began)))
    if "failed" in record:
        from augbench.policies.gan.training.loop import TrainingFailed

        raise TrainingFailed(record["failed"])
    return arrays, record


def report_pool(
    context: Context,
    record: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    insist: bool,
    steps: int | None,
    width: int | None,
) -> None:
    """Put a judgement into the trial's findings, records and pictures."""
    figures = record["figures"]
    used = not record["faults"] or insist
    context.findings.append(
        Finding(
            "pool-judged",
            {
                "used": used,
                "insisted": insist,
                "faults": record["faults"],
                "control": record["control"],
                **{name: figures[name] for name in REPORTED if name in figures},
            },
        )
    )
    context.records.update({"used": int(used), "steps": int(steps or 0), "width": int(width or 0)})
    context.records.update(figures)
    context.pictures.update({k: v for k, v in arrays.items() if k.startswith("sheet_")})


def report_few_images(context: Context, counts: Mapping[str, int], generated: bool) -> None:
    """Say that classes have too few images to learn from, and whether they are generated yet."""
    figures = {"classes": dict(counts), "needed": FEW, "generated": generated}
    context.findings.append(Finding("few-images", figures))


def report_nothing_to_learn(context: Context) -> None:
    """Say that no class has enough images, so that the set stays as it is."""
    context.findings.append(Finding("no-class-to-learn"))
    context.records["used"] = 0
