"""Who is at which trial? The actors of a run on a Ray cluster, and what each of them is sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from augbench.bench.data.cache.folder import cache_folder
from augbench.bench.executors.ray_actor import (
    Absent,
    Home,
    Luggage,
    Mailbox,
    Ready,
    TrialActor,
    software,
)
from augbench.bench.executors.travel import own_files, packed, pieces
from augbench.bench.executors.worker import REASON_LENGTH, Answer
from augbench.bench.options.model import Settings
from augbench.bench.trial.trial import PackedResult, TrialPlan
from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from augbench.errors import InputError, reason_of

#: how many actors in a row may fail to start, beside those that started side by side
FAILED_STARTS = 3
MAIL_SECONDS = 10.0


@dataclass
class Slot:
    """An actor and the trial that it is at.

    Attributes:
        actor: the actor.
        node: the id of its node; "" before it has started.
        number: of the trial that it is at; None while it is idle.
        began: when it got that trial, on the monotonic clock.
        seconds: how long that trial may take; None for as long as it likes.
        call: what it was sent, so that it can be sent again with pixels.
    """

    actor: Any
    node: str = ""
    number: int | None = None
    began: float = 0.0
    seconds: float | None = None
    call: tuple[int, TrialPlan, int, Luggage] | None = None

    @property
    def late(self) -> bool:
        """Whether its trial has taken longer than it may."""
        return self.seconds is not None and time.monotonic() - self.began > self.seconds


@dataclass(frozen=True)
class Ended:
    """How one attempt at a trial ended, on which node, and its result if it is done."""

    number: int
    node: str
    answer: Answer
    result: PackedResult | None = None


class Slots:
    """As many actors as may run trials at a time; one that dies has another in its place."""

    def __init__(self, settings: Settings, threads: int, most: int) -> None:
        """Start none yet.

        Args:
            settings: the options of the run; what a trial takes up counts here.
            threads: CPU threads that a trial computes with.
            most: how many actors there may be.

        Raises:
            InputError: Ray cannot set aside what a trial is to have.
        """
        self._home = home = Home.here()
        here = NodeAffinitySchedulingStrategy(home.node, soft=True)
        self._mailbox = ray.remote(Mailbox).options(num_cpus=0, scheduling_strategy=here).remote()
        self._arguments = (home, threads, settings.device, self._mailbox)
        self._cpus, self._gpus = settings.cpus_per_trial or threads, settings.gpus_per_trial
        try:
            self._kind = ray.remote(TrialActor).options(
                num_cpus=self._cpus, num_gpus=self._gpus, max_restarts=0
            )
        except ValueError as error:
            raise InputError(f"--cpus-per-trial, --gpus-per-trial: {reason_of(error)}") from None
        self._most = most
        self._slots: list[Slot] = []
        self._pending: dict[Any, Slot] = {}
        self._failed_starts = 0
        self._software = software()
        self._files: tuple[int, Luggage] = (0, Luggage())
        self._pixels: dict[str, Sequence[tuple[str, Any]]] = {}

    @property
    def lacking(self) -> str:
        """Why no node can hold an actor, as far as nodes are there by now; "" where one can."""
        for node in ray.nodes():
            has = node["Resources"]
            enough = has.get("CPU", 0) >= self._cpus and has.get("GPU", 0) >= self._gpus
            if node["Alive"] and enough:
                return ""
        return f"no node has the {self._cpus:g} CPUs and {self._gpus:g} GPUs of a trial"

    @property
    def idle(self) -> list[Slot]:
        """Those that have started and are at no trial."""
        return [slot for slot in self._slots if slot.node and slot.number is None]

    @property
    def nodes(self) -> set[str]:
        """The ids of the nodes on which there are any."""
        return {slot.node for slot in self._slots}

    @property
    def room(self) -> int:
        """How many more there may be."""
        return self._most - len(self._slots)

    def start(self, waiting: int) -> None:
        """Start actors for trials that wait, where there is room."""
        starting = sum(not slot.node for slot in self._slots)
        for _ in range(min(waiting - starting - len(self.idle), self.room)):
            slot = Slot(self._kind.remote(*self._arguments))
            self._slots.append(slot)
            self._pending[slot.actor.ready.remote()] = slot

    def give(self, slot: Slot, number: int, plans: Sequence[TrialPlan], attempts: int) -> None:
        """Let an idle one begin a trial.

        Args:
            slot: which.
            number: of the trial among ``plans``.
            plans: all that are known.
            attempts: which attempt at it this is, counted from 1.
        """
        slot.number, slot.seconds = number, plans[number].settings.trial_timeout
        away = slot.node != self._home.node
        luggage = self._luggage(plans) if away else Luggage()
        self._send(slot, (number, plans[number], attempts, luggage))

    def told(self) -> list[tuple[int, int, int | str]]:
        """Return what running trials told since the last time: number, attempt and what."""
        with suppress(RayError):
            return ray.get(self._mailbox.empty.remote(), timeout=MAIL_SECONDS)
        return []

    def wait(self, seconds: float) -> list[Ended]:
        """Wait for trials to end, at most for ``seconds``; return how they did.

        Raises:
            InputError: no actor starts, or nodes have other software.
        """
        endings = []
        if not self._pending:
            time.sleep(seconds)
        else:
            ready, _ = ray.wait(list(self._pending), num_returns=1, timeout=seconds)
            if ready:
                count = len(self._pending)
                ready, _ = ray.wait(list(self._pending), num_returns=count, timeout=0)
            for reference in ready:
                if (ended := self._heard(self._pending.pop(reference), reference)) is not None:
                    endings.append(ended)
        return endings + [self._cut_short(slot) for slot in list(self._slots) if slot.late]

    def close(self) -> None:
        """Kill all, whatever they are at."""
        for slot in list(self._slots):
            self._remove(slot)
        with suppress(RayError):
            ray.kill(self._mailbox)

    def _send(self, slot: Slot, call: tuple[int, TrialPlan, int, Luggage]) -> None:
        slot.call, slot.began = call, time.monotonic()
        self._pending[slot.actor.attempt.remote(*call)] = slot

    def _heard(self, slot: Slot, reference: Any) -> Ended | None:
        """Return how a trial ended; None where there is nothing to tell of one."""
        number, node = slot.number, slot.node
        try:
            heard = ray.get(reference)
        except RayError as error:
            self._remove(slot)
            if number is not None:
                return Ended(number, node, self._death(slot, error))
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS + self._most:
                reason = reason_of(error)[:REASON_LENGTH]
                raise InputError(f"--executor ray: no worker starts: {reason}") from None
            return None
        if isinstance(heard, Ready):
            self._failed_starts = 0
            self._check(heard)
            slot.node = heard.node
            return None
        if isinstance(heard, Absent):
            assert slot.call is not None
            number, plan, attempts, luggage = slot.call
            pixels = self._pixels_of(plan.data["key"])
            self._send(slot, (number, plan, attempts, Luggage(luggage.key, luggage.files, pixels)))
            return None
        assert number is not None
        slot.number = slot.seconds = slot.call = None
        return Ended(number, node, *heard)

    def _death(self, slot: Slot, error: RayError) -> Answer:
        """Return how a trial ended whose actor answers no more."""
        spent = time.monotonic() - slot.began
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        if isinstance(error, ActorUnavailableError) or slot.node not in alive:
            return Answer(False, spent, "the node was lost that it ran on", lost=True)
        if isinstance(error, OutOfMemoryError):
            return Answer(False, spent, "Ray ended the worker: the node ran out of memory")
        return Answer(False, spent, "the worker process died (out of memory?)")

    def _cut_short(self, slot: Slot) -> Ended:
        """End a trial that takes too long, and the process that it runs in."""
        assert slot.number is not None
        spent = time.monotonic() - slot.began
        self._remove(slot)
        reason = f"it took longer than --trial-timeout allows ({slot.seconds:g} s)"
        return Ended(slot.number, slot.node, Answer(False, spent, reason, again=False))

    def _remove(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._pending = {ref: other for ref, other in self._pending.items() if other is not slot}
        with suppress(RayError):
            ray.kill(slot.actor)

    def _check(self, ready: Ready) -> None:
        """Refuse a node where the same trial could give other numbers."""
        names = self._software.keys() | ready.software.keys()
        for name in sorted(names):
            here, there = self._software.get(name), ready.software.get(name)
            if here != there:
                raise InputError(
                    f"--executor ray: a node has {name} {there}, this machine {here}; "
                    "trials give equal numbers on equal software only"
                )

    def _luggage(self, plans: Sequence[TrialPlan]) -> Luggage:
        """Return the user's modules and files that all plans need, packed once."""
        count, luggage = self._files
        if count != len(plans):
            if files := own_files(plans):
                key, contents = packed(files)
                if key != luggage.key:
                    luggage = Luggage(key, [ray.put(contents)])
            self._files = len(plans), luggage
        return luggage

    def _pixels_of(self, key: str) -> Sequence[tuple[str, Any]]:
        """Return the pieces of a cached data set in Ray's object store, put there once."""
        if key not in self._pixels:
            self._pixels[key] = [
                (name, ray.put(piece)) for name, piece in pieces(cache_folder(), key)
            ]
        return self._pixels[key]
