"""How far does a run on Ray grow, and what stops it?

    pip install "augbench[ray]"
    python benchmarks/scaling.py [--nodes 1 10 100 1000] [--workers 1 4 16] [--seconds 60]

First, on two node processes of this machine, measures what each trial costs the process that plans:
sending a call to an actor, waiting for many of them, fetching a result, writing it down; and how
fast pixels reach a node. Then runs the executor's own code, `augbench.bench.executors.ray` with its
queue and its slots, against actors that only say when they would be done. The clock of that moves
by the CPU time that this code really takes, by the measured costs of what Ray would do, and leaps
where it waits. Trials take the given time, give or take a tenth.

Efficiency is the part of the time in which actors train, from the first trial until none waits.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import ray
from augbench.bench.executors import ray as executor
from augbench.bench.executors import ray_slots
from augbench.bench.executors.ray_actor import Luggage, Mailbox, Ready
from augbench.bench.executors.worker import Answer
from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import PackedResult, TrialPlan, TrialResult
from augbench.reports.run.layout import CURVES, PICTURES, PREDICTIONS, RECORD
from ray.cluster_utils import Cluster

from augbench import compare

PIECE = 64 * 2**20
#: trials that each actor gets
ROUNDS = 6
POLICIES = 20


@dataclass(frozen=True)
class Costs:
    """Seconds that the process that plans spends.

    Attributes:
        send: on a call to an actor.
        wait: on a look at what is done, for each trial that is running.
        fetch: on a result that is there.
        keep: on writing it into the run folder.
        mail: on asking what running trials told.
        pixels: bytes a second that reach another node.
    """

    send: float
    wait: float
    fetch: float
    keep: float
    mail: float
    pixels: float


class Echo:
    """An actor that answers at once."""

    def __init__(self, result: PackedResult) -> None:
        self._answer = Answer(True, 60.0), result

    def attempt(self, *call: Any) -> Any:
        """Answer as a trial does."""
        return self._answer

    def sleep(self, seconds: float) -> None:
        """Answer later."""
        time.sleep(seconds)

    def receive(self, pieces: Sequence[Any]) -> float:
        """Return how long it takes to have the bytes of some references."""
        began = time.perf_counter()
        for piece in pieces:
            ray.get(piece)
        return time.perf_counter() - began


def a_result(folder: Path) -> tuple[TrialPlan, PackedResult]:
    """Train one trial of the embedded digits, and return it as a worker does."""
    compare("none", data="digits", epochs=10, seeds=1, out=folder, quiet=True)
    (place,) = [path.parent for path in folder.glob(f"trials/[!.]*/{RECORD}")]
    row = json.loads((place / RECORD).read_text(encoding="utf-8"))
    arrays = [dict(np.load(place / name)) for name in (PREDICTIONS, PICTURES)]
    curves = np.loadtxt(place / CURVES, delimiter=",", skiprows=1).tolist()
    plan = TrialPlan(row.pop("key"), "none", "none", 0, {"key": "digits"}, "digits", Settings())
    return plan, TrialResult(row, [tuple(line) for line in curves], *arrays).packed()


def each(count: int, do: Callable[[], Any]) -> float:
    """Return the seconds that something takes, the median of so many times."""
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def measured() -> Costs:
    """Measure on two node processes of this machine."""
    with tempfile.TemporaryDirectory() as place:
        plan, result = a_result(Path(place) / "run")
        size = {"num_cpus": 2, "object_store_memory": 800 * 2**20}
        cluster = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
        other = cluster.add_node(**size, resources={"other": 1})
        ray.init(cluster.address, log_to_driver=False)
        try:
            echo = ray.remote(Echo).options(resources={"other": 0.1}).remote(result)
            ray.get(echo.attempt.remote())
            calls: list[Any] = []
            call = (0, plan, 1, Luggage())
            send = each(200, lambda: calls.append(echo.attempt.remote(*call)))
            ray.wait(calls, num_returns=len(calls))
            left = iter(calls)
            fetch = each(200, lambda: ray.get(next(left)))
            sleeper = ray.remote(Echo).remote(result)
            running = [sleeper.sleep.remote(30.0) for _ in range(1000)]
            wait = each(20, lambda: ray.wait(running, num_returns=1, timeout=0)) / len(running)
            mailbox = ray.remote(Mailbox).options(num_cpus=0).remote()
            mail = each(100, lambda: ray.get(mailbox.empty.remote()))
            pieces = [ray.put(np.zeros(PIECE, np.uint8)) for _ in range(6)]
            pixels = PIECE * len(pieces) / ray.get(echo.receive.remote(pieces))
            ray.kill(sleeper)
        finally:
            ray.shutdown()
            cluster.remove_node(other)
            cluster.shutdown()
        folder = RunFolder(Path(place) / "kept")
        keep = each(50, lambda: folder.keep_packed(plan, result))
    return Costs(send, wait, fetch, keep, mail, pixels)


@dataclass
class Clock:
    """Time as the simulated run has it: CPU time of this process, charges, and leaps.

    Attributes:
        charged: seconds by what they were spent on.
        leapt: seconds that passed while the process waited.
    """

    charged: dict[str, float] = field(default_factory=dict)
    leapt: float = 0.0
    began: float = field(default_factory=time.process_time)

    @property
    def own(self) -> float:
        """Seconds that the executor's own code took."""
        return time.process_time() - self.began

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self.own + self.leapt + sum(self.charged.values())

    def charge(self, what: str, seconds: float) -> None:
        """Spend seconds on something."""
        self.charged[what] = self.charged.get(what, 0.0) + seconds


class MadeRay:
    """Stands for the module `ray` where the executor's slots use it."""

    def __init__(self, clock: Clock, costs: Costs, nodes: int, seconds: float, late: float) -> None:
        """Make a cluster.

        Args:
            clock: of the run.
            costs: of each call.
            nodes: how many there are.
            seconds: that a trial takes.
            late: after how many seconds the pixels are on all nodes.
        """
        self.clock, self.costs, self.late = clock, costs, late
        self._nodes, self._seconds = nodes, seconds
        self._rng = random.Random(0)
        self._actors = 0
        self._calls = 0
        self._ends: list[tuple[float, int]] = []
        self._done: list[int] = []
        self._answers: dict[int, Any] = {}
        #: when each trial began and ended
        self.trained: list[tuple[float, float]] = []

    def remote(self, kind: Any) -> Any:
        """Return what makes actors of a kind."""
        made = self._mailbox if kind is Mailbox else self._actor
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=made))

    def _mailbox(self) -> Any:
        return SimpleNamespace(empty=SimpleNamespace(remote=lambda: None))

    def _actor(self, *_: Any) -> Any:
        node = f"node {self._actors % self._nodes}"
        self._actors += 1

        def ready() -> int:
            return self._call(0.0, Ready(node, {}))

        def attempt(*_: Any) -> int:
            self.clock.charge("sending calls", self.costs.send)
            begins = max(self.clock.now, self.late)
            takes = begins - self.clock.now + self._seconds * math.exp(self._rng.gauss(0, 0.1))
            self.trained.append((begins, self.clock.now + takes))
            return self._call(takes, (Answer(True, takes), PackedResult({}, {})))

        return SimpleNamespace(
            ready=SimpleNamespace(remote=ready), attempt=SimpleNamespace(remote=attempt)
        )

    def _call(self, takes: float, answer: Any) -> int:
        self._calls += 1
        self._answers[self._calls] = answer
        heapq.heappush(self._ends, (self.clock.now + takes, self._calls))
        return self._calls

    def wait(self, calls: list[int], *, num_returns: int, timeout: float) -> tuple[list[int], Any]:
        """Return calls that are done, after a while where none is."""
        self.clock.charge("waiting for many", self.costs.wait * len(calls))
        if not self._done and timeout and self._ends[0][0] > self.clock.now:
            self.clock.leapt += min(timeout, self._ends[0][0] - self.clock.now)
        while self._ends and self._ends[0][0] <= self.clock.now:
            self._done.append(heapq.heappop(self._ends)[1])
        ready = self._done[:num_returns]
        if not timeout:  # they are taken with the second look
            self._done = []
        return ready, []

    def get(self, call: int | None, timeout: float = 0.0) -> Any:
        """Return an answer."""
        if call is None:
            self.clock.charge("asking for messages", self.costs.mail)
            return []
        answer = self._answers.pop(call)
        if not isinstance(answer, Ready):
            self.clock.charge("fetching results", self.costs.fetch)
        return answer

    def nodes(self) -> list[dict[str, Any]]:
        """Return what there is."""
        return [{"Alive": True, "NodeID": "node 0", "Resources": {"CPU": 64}}]

    def kill(self, actor: Any) -> None:
        """End an actor."""

    def put(self, content: Any) -> int:
        """Keep something."""
        return 0


@dataclass(frozen=True)
class Growth:
    """How a simulated run went: the part of the time that actors train, and who is at work."""

    efficiency: float
    driver: float
    most: str


def simulated(nodes: int, workers: int, seconds: float, costs: Costs, late: float = 0.0) -> Growth:
    """Run `ROUNDS` trials an actor on so many nodes with so many workers each."""
    actors = nodes * workers
    count, asked = actors * ROUNDS, Settings()
    plans = [
        TrialPlan(f"{n}", "none", f"policy {n % POLICIES}", n // POLICIES, {"key": "k"}, "", asked)
        for n in range(count)
    ]
    clock = Clock()
    made = MadeRay(clock, costs, nodes, seconds, late)

    def kept(folder: RunFolder, plan: TrialPlan, ended: Any) -> Answer:
        clock.charge("writing results", costs.keep)
        return ended.answer  # type: ignore[no-any-return]

    home = SimpleNamespace(node="the one that plans")
    with (
        tempfile.TemporaryDirectory() as place,
        mock.patch.object(ray_slots, "ray", made),
        mock.patch.object(ray_slots, "Home", SimpleNamespace(here=lambda: home)),
        mock.patch.object(ray_slots, "software", dict),
        mock.patch.object(ray_slots, "NodeAffinitySchedulingStrategy", mock.Mock()),
        mock.patch.object(executor, "_joined", lambda *_: contextlib.nullcontext(True)),
        mock.patch.object(executor, "_kept", kept),
    ):
        given = iter([plans])
        for _ in executor.run_trials(
            lambda: next(given, []),
            Path(place) / "run",
            jobs=actors,
            threads=1,
            progress=lambda done: None,
            on_message=lambda plan, text: None,
        ):
            pass
    first, last = made.trained[0][0], max(began for began, _ in made.trained)
    busy = sum(min(end, last) - began for began, end in made.trained)
    spent = {**clock.charged, "the executor's own code": clock.own}
    most = max(spent, key=lambda what: spent[what])
    return Growth(busy / actors / (last - first), sum(spent.values()) / clock.now, most)


def main() -> None:
    """Measure, simulate, and print both as tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 10, 100, 1000])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, nargs="*", default=[60.0])
    asked = parser.parse_args()
    costs = measured()
    print("| measured | |\n|---|---|")
    for name, value in asdict(costs).items():
        megabytes, microseconds = f"{value / 2**20:,.0f} MB a second", f"{1e6 * value:,.1f} µs"
        shown = megabytes if name == "pixels" else microseconds
        print(f"| {name} | {shown} |")
    print("\n| trial | nodes | actors | efficiency | the planning process is busy | mostly |")
    print("|---|---|---|---|---|---|")
    for seconds in asked.seconds:
        for nodes in asked.nodes:
            for workers in asked.workers:
                growth = simulated(nodes, workers, seconds, costs)
                print(
                    f"| {seconds:g} s | {nodes:,} | {nodes * workers:,} | {growth.efficiency:.3f} "
                    f"| {growth.driver:.0%} | {growth.most} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
