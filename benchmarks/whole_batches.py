"""Images a second of `keras-ops` and of the engines that take one image after another.

    KERAS_BACKEND=jax python -m benchmarks.whole_batches --threads 2

The engines have the same batches of 32 in turn, with every geometric word; each figure is the
median of rounds, by the clock, and by the CPU time of all threads of the process.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from statistics import median

from augbench.bench.trial.environment import gpus_seen, limit_threads, prepare_process
from augbench.policies.engines.base import engine_class

from benchmarks.engines import BATCH, SPEC, by_us, photographs
from benchmarks.timing import seconds

ENGINES = ("keras-ops", "albumentations", "keras")
#: how many batches each engine has in a round, by shape
SHAPES = {(28, 28, 1): 16, (64, 64, 3): 8, (150, 150, 3): 2}


def rates(
    runs: dict[str, Callable[[], None]], images: int, rounds: int
) -> dict[str, tuple[float, float]]:
    """Return images a second of each engine, by the clock and by CPU time."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for run in runs.values():
        run()  # what is compiled once is no part of the speed
    for _, (name, run) in itertools.product(range(rounds), runs.items()):
        began = time.process_time()
        by_clock = seconds(run)
        taken[name].append((by_clock, time.process_time() - began))
    return {
        name: (images / median(a for a, _ in each), images / median(b for _, b in each))
        for name, each in taken.items()
    }


def main() -> None:
    """Print a line of the table for each size of image."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    asked = parser.parse_args()
    prepare_process(asked.threads, asked.device)
    limit_threads(asked.threads, asked.device)
    from augbench.backend import backend

    where = ", ".join(gpus_seen()) if asked.device == "gpu" else f"{asked.threads} CPU threads"
    print(f"{backend()}, {where}: {', '.join(ENGINES)}; by the clock (by CPU time)")
    for shape, batches in SHAPES.items():
        images = photographs(BATCH * batches, shape)
        runs = {name: by_us(engine_class(name)(SPEC), images) for name in ENGINES}
        by_engine = rates(runs, len(images), asked.rounds)
        cells = [f"{clock:,.0f} ({cpu:,.0f})" for clock, cpu in by_engine.values()]
        print(f"| {'×'.join(map(str, shape))} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
