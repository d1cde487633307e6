"""What lives on the nodes of a Ray cluster: workers, and where they leave what they have to say."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ray
from augbench.bench.data.cache.entry import entry_folder, entry_of, read_entry
from augbench.bench.data.cache.folder import cache_folder
from augbench.bench.executors import worker
from augbench.bench.executors.travel import unpacked
from augbench.bench.executors.worker import Answer, Worker
from augbench.bench.trial import environment
from augbench.bench.trial.trial import PackedResult, TrialPlan, TrialResult
from augbench.policies.code_identity import code_digest

from augbench.errors import reason_of


@dataclass(frozen=True)
class Home:
    """The process that plans, as far as a worker on the same machine is to be like it.

    Attributes:
        node: the id of its Ray node.
        folder: its working directory.
        path: its ``sys.path``.
        variables: its environment, but for what Ray sets itself.
        cache: its cache folder.
    """

    node: str
    folder: str
    path: tuple[str, ...]
    variables: dict[str, str]
    cache: str

    @classmethod
    def here(cls) -> Home:
        """Return that of this process."""
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("RAY_")
            and not name.endswith(("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"))
        }
        node = ray.get_runtime_context().get_node_id()
        return cls(node, os.getcwd(), tuple(sys.path), variables, str(cache_folder()))


@dataclass(frozen=True)
class Ready:
    """A worker that has started: on which node, with which software."""

    node: str
    software: dict[str, str]


@dataclass(frozen=True)
class Absent:
    """The decoded pixels that a trial needs are not on its node."""


@dataclass(frozen=True)
class Luggage:
    """What a trial needs that its node may lack; Ray fetches what is asked for, once a node.

    Attributes:
        key: the name of the user's modules and files.
        files: a reference to their contents; none where there are none.
        pixels: name in the cache entry and reference, for each piece of the data set in order;
            None before a node has said that it lacks it.
    """

    key: str = ""
    files: Sequence[Any] = ()
    pixels: Sequence[tuple[str, Any]] | None = None


def software() -> dict[str, str]:
    """Return what must be the same on all nodes, so that a trial gives the same numbers."""
    return environment.versions() | {
        "python": platform.python_version(),
        "augbench": environment.augbench_version(),
        "augbench's code": code_digest(worker.__name__)[:12],
    }


class TrialActor:
    """A worker that stays warm, alone in a process of a node."""

    def __init__(self, home: Home, threads: int, device: str, mailbox: Any) -> None:
        """Make the process a worker.

        Args:
            home: where the plans are made.
            threads: CPU threads that a trial computes with.
            device: ``gpu`` where a trial computes on the GPUs that Ray gave to this process.
            mailbox: the `Mailbox` for what running trials tell.
        """
        self._node = ray.get_runtime_context().get_node_id()
        self._mailbox = mailbox
        self._luggage = ""
        self._software = software()
        if self._node == home.node:
            os.environ.update(home.variables | {"AUGBENCH_CACHE": home.cache})
            os.chdir(home.folder)
            sys.path[:] = [*home.path, *(place for place in sys.path if place not in home.path)]
        self._results: list[PackedResult] = []
        self._worker = Worker(self._take, threads, device)

    def _take(self, plan: TrialPlan, result: TrialResult) -> None:
        self._results.append(result.packed())

    def ready(self) -> Ready:
        """Answer once the process is set up."""
        return Ready(self._node, self._software)

    def attempt(
        self, number: int, plan: TrialPlan, attempts: int, luggage: Luggage
    ) -> tuple[Answer, PackedResult | None] | Absent:
        """Run a trial.

        Args:
            number: by which the caller knows it.
            plan: the trial.
            attempts: which attempt at it this is, counted from 1.
            luggage: what it needs that is not here; empty where plans are made.
        """
        try:
            self._unpack(luggage)
            if not self._has_pixels(plan.data["key"], luggage):
                return Absent()
        except Exception as error:  # a full disk, say
            return Answer(False, 0.0, reason_of(error)), None
        tell = partial(self._tell, number, attempts)
        answer = self._worker.attempt(plan, attempts, tell, tell)
        return answer, self._results.pop() if answer.done else None

    def _tell(self, number: int, attempts: int, what: int | str) -> None:
        self._mailbox.tell.remote(number, attempts, what)

    def _unpack(self, luggage: Luggage) -> None:
        """Work where the user's modules and files are."""
        if luggage.key == self._luggage:
            return
        folder = unpacked(cache_folder(), luggage.key, ray.get(luggage.files[0]))
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        self._luggage = luggage.key

    def _has_pixels(self, key: str, luggage: Luggage) -> bool:
        """Return whether the decoded pixels are here, after they came if they travelled."""
        cache = cache_folder()
        if read_entry(entry_folder(cache, key)) is not None:
            return True
        if luggage.pixels is None:
            return False
        entry_of(cache, key, partial(_write, luggage.pixels), lambda: None)
        return True


def _write(pixels: Sequence[tuple[str, Any]], folder: Path) -> None:
    for name, piece in pixels:
        with (folder / name).open("ab") as file:
            file.write(ray.get(piece).data)


class Mailbox:
    """Holds what running trials tell until the process that plans looks."""

    def __init__(self) -> None:
        self._told: list[tuple[int, int, int | str]] = []

    def tell(self, number: int, attempts: int, what: int | str) -> None:
        """Leave the epochs that are done in an attempt at a trial, or a text of its policy."""
        self._told.append((number, attempts, what))

    def empty(self) -> list[tuple[int, int, int | str]]:
        """Return what was told since the last time, in order."""
        messages, self._told = self._told, []
        return messages
