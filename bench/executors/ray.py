"""Trials on a Ray cluster: warm actors, placed by Ray; results come back and are kept here."""

from __future__ import annotations

import logging
import math
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from augbench.bench.executors import Outcome
from augbench.bench.executors.queue import Queue
from augbench.bench.executors.worker import REASON_LENGTH, Answer
from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import PackedResult, TrialPlan

from augbench.errors import InputError, reason_of

try:
    import ray
except ImportError:
    raise InputError(
        "--executor ray needs the extra 'ray': pip install \"augbench[ray]\""
    ) from None

from augbench.bench.executors.ray_slots import Ended, Slots

POLL_SECONDS = 0.2
#: of a Ray that is started here: trials of this machine find their pixels in files
STORE_BYTES = 256 * 2**20
LOCAL = "local"


def run_trials(
    more: Callable[[], Sequence[TrialPlan]],
    run: Path,
    *,
    jobs: int,
    threads: int,
    progress: Callable[[int], None],
    on_message: Callable[[TrialPlan, str], None],
) -> Iterator[Outcome]:
    """Yield the outcome of each plan as it comes; actors stay warm until no more plans come.

    The run folder is written by this process alone. The death of an actor fails the trial that it
    was at, as that of a local worker does; where its node was lost, the trial begins again on
    another and has not failed. What trials share (a GAN) is learnt once: those that share it run
    on the node that learnt it, as long as that has workers.

    Raises:
        InputError: there is no such cluster, or its nodes cannot run trials as this machine would.
    """
    queue = Queue(more())
    if queue.done:
        return
    folder = RunFolder(run)
    settings = queue.plans[0].settings
    epochs_done: dict[tuple[int, int], int] = {}
    homes: dict[str, str] = {}  # artefact key -> the node that has it
    asked = True  # more plans, since the last outcome
    with (
        _joined(settings, jobs, threads) as ours,
        closing(Slots(settings, threads, jobs)) as slots,
    ):
        if lacking := slots.lacking:
            if ours:
                raise InputError(f"--executor ray: {lacking}")
            on_message(queue.plans[0], f"{lacking}; it waits for one")
        while True:
            while True:
                nodes = slots.nodes
                for slot in slots.idle if queue.waiting else ():
                    number = queue.next(partial(_near, homes, nodes, slot.node))
                    if number is not None:
                        slots.give(slot, number, queue.plans, queue.attempts[number])
                        epochs_done[number, queue.attempts[number]] = 0
                slots.start(queue.waiting)
                if asked or not (slots.idle or slots.room):
                    break
                asked = True
                queue.add(more())
            if queue.done:
                return
            endings = slots.wait(POLL_SECONDS)
            for number, attempts, what in slots.told():
                if (number, attempts) in epochs_done:
                    if isinstance(what, str):
                        on_message(queue.plans[number], what)
                    else:
                        epochs_done[number, attempts] = what
            for ended in endings:
                number, plan = ended.number, queue.plans[ended.number]
                answer = _kept(folder, plan, ended)
                del epochs_done[number, queue.attempts[number]]
                if answer.done and plan.artefact_key:
                    homes[plan.artefact_key] = ended.node
                outcome = queue.ended(number, answer)
                asked = False
                if outcome is not None:
                    yield outcome
            progress(sum(epochs_done.values()))


def _near(homes: dict[str, str], nodes: set[str], node: str, plan: TrialPlan) -> bool:
    """Return whether a trial may run on a node: what it shares is there, or nowhere."""
    home = homes.get(plan.artefact_key, node)
    return home == node or home not in nodes


def _kept(folder: RunFolder, plan: TrialPlan, ended: Ended) -> Answer:
    """Write the result of a trial that is done into the run folder; return how it ended."""
    if not isinstance(ended.result, PackedResult):
        return ended.answer
    try:
        folder.keep_packed(plan, ended.result)
    except OSError as error:
        return Answer(False, ended.answer.seconds, reason_of(error)[:REASON_LENGTH])
    return ended.answer


@contextmanager
def _joined(settings: Settings, jobs: int, threads: int) -> Iterator[bool]:
    """Be part of a Ray cluster: the caller's, the named one, one that runs here, or a new one.

    Gives whether it is a new one.
    """
    if ray.is_initialized():
        yield False
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # a warning without meaning
    address = settings.ray_address or os.environ.get("RAY_ADDRESS") or None
    if address and "://" in address:
        raise InputError(
            f"--ray-address {address}: give HOST:PORT, on a machine of the cluster; "
            "ray job submit runs a command there"
        )
    cpus = math.ceil(jobs * (settings.cpus_per_trial or threads))
    try:
        with _sigterm_kept():
            ours = _join(address, cpus)
    except Exception as error:
        where = f"--ray-address {address}" if address else "--executor ray"
        raise InputError(f"{where}: {reason_of(error)[:REASON_LENGTH]}") from error
    try:
        yield ours
    finally:
        ray.shutdown()


def _join(address: str | None, cpus: int) -> bool:
    """Join the cluster of an address, or start one with so many CPUs; return whether it is new."""
    # What a cluster says of itself goes to standard output, where --json writes; it is in its logs.
    ray._private.worker.print_to_stdstream = lambda *_, **__: None
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    sizes: dict[str, Any] = {
        "num_cpus": cpus,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
    }
    if address not in (None, LOCAL):
        ray.init(address, **quiet)
        return False
    try:
        ray.init(address, **sizes, **quiet)
    except ValueError:  # it has found a cluster to join, which has its own sizes
        if address == LOCAL:
            raise
        ray.init(**quiet)
        return False
    return True


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Take back what Ray has SIGTERM do: end this process without a word."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
