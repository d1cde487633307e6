"""What does a run compute on, and how many trials at a time? The options that a machine decides.

Keras' backend is asked in a process of its own, and only where this machine may have a GPU at all.
"""

from __future__ import annotations

import dataclasses
import os
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from augbench.bench.executors.child_process import Child
from augbench.bench.options.model import Settings
from augbench.bench.trial.environment import gpus_seen, prepare_process

from augbench.backend import backend
from augbench.errors import InputError

#: workers that share a GPU by default: each feeds it from a core, and takes memory of its own there
JOBS_A_GPU = 4
#: where Linux has the GPUs of NVIDIA (boards of theirs, Windows' subsystem) and AMD
_DEVICES = ("nvidia*", "nvhost*", "dxg", "kfd")


def on_this_machine(settings: Settings) -> Settings:
    """Return settings with nothing open: ``device`` is ``cpu`` or ``gpu``, ``jobs`` at least 1.

    On Ray, the GPUs are those of its nodes, and nothing is asked here.

    Raises:
        InputError: ``gpu`` is asked for, and the backend sees none.
    """
    device, jobs = settings.device, settings.jobs or _cores()
    if settings.executor == "local" and device != "cpu":
        gpus = gpus_here() if device == "gpu" or _may_have_gpus() else ()
        if device == "gpu" and not gpus:
            raise InputError(f"--device gpu: {backend()} sees no GPU here; give --device cpu")
        device = "gpu" if gpus else "cpu"
        jobs = settings.jobs or min(jobs, JOBS_A_GPU * len(gpus) or jobs)
    return dataclasses.replace(settings, device=device, jobs=jobs)


def notes_of(settings: Settings) -> list[str]:
    """Return what a report has to say of the device."""
    if settings.device != "gpu":
        return []
    return [
        f"trials compute on the {device_words(settings)}, in a deterministic mode: bits "
        "repeat on such a GPU with the same drivers and libraries, as far as that mode keeps them"
    ]


def device_words(settings: Settings) -> str:
    """Return what the trials of a run compute on, for people: ``CPU``, or GPUs by name."""
    if settings.device != "gpu":
        return "CPU"
    names = gpus_here() if settings.executor == "local" else ()
    return f"GPU ({', '.join(names)})" if names else "GPU"


@cache
def gpus_here() -> tuple[str, ...]:
    """Return the names of the GPUs that a worker would see, asked of one once."""
    prepare_process(1, "gpu")
    child = Child.start(_look)
    try:
        return tuple(child.line.recv())
    except EOFError:
        raise InputError(
            f"--device: the process that looks for GPUs ended {child.last_words()}; "
            "give --device cpu"
        ) from None
    finally:
        child.end()


def gpu_for(place: int) -> str:
    """Return what CUDA calls the GPU of the worker at a place, from 0; they take them in turn."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(number) for number in range(len(gpus_here()))]
    return names[place % len(names)].strip()


def _look(line: Connection) -> None:
    line.send(gpus_seen())


def _may_have_gpus() -> bool:
    """Return whether Linux has anything that a backend might see as a GPU."""
    return any(next(Path("/dev").glob(name), None) for name in _DEVICES)


def _cores() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
