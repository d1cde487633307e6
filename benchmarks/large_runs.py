"""How long does a run folder of thousands of trials take, to be gone on with and to be reported?

    python benchmarks/large_runs.py [--trials 10000] [--policies 20] [--images 360]

Writes a run folder as `augbench compare` does, with made figures, then looks which of its trials
are there, as a command does that goes on, and runs `augbench report` on it. Prints seconds, and the
sizes of what was written.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan
from augbench.reports.run.layout import GRID, RECORD, TRIALS
from augbench.reports.run.seal import sealed

from tests.bench.running import start
from tests.reports.making_runs import make_run

EPOCHS = 10
CLASSES = tuple("0123456789")


def made(folder: Path, trials: int, policies: int, images: int) -> RunFolder:
    """Write a run of so many finished trials, sealed as `RunFolder.keep` seals them."""
    effects = {f"policy {number}": 0.01 * (number % 5 - 2) for number in range(1, policies)}
    seeds = trials // policies
    make_run(
        folder, effects, seeds, images, CLASSES, EPOCHS, seed_sd=0.02, flicker=0.03, pictures=False
    )
    for place in (folder / TRIALS).iterdir():
        record = json.loads((place / RECORD).read_text(encoding="utf-8"))
        (place / RECORD).write_text(json.dumps(sealed(record, place)), encoding="utf-8")
    return RunFolder(folder)


def plans(folder: RunFolder) -> list[TrialPlan]:
    """Return the plans that the trials of a run answer."""
    grid = json.loads((folder.path / GRID).read_text(encoding="utf-8"))
    return [
        TrialPlan(key, label, label, int(seed), {}, "made", Settings())
        for label, of_seeds in grid["keys"].items()
        for seed, key in of_seeds.items()
    ]


def main() -> None:
    """Make a run, and print how long it takes to read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--policies", type=int, default=20)
    parser.add_argument("--images", type=int, default=360)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place) / "run", asked.trials, asked.policies, asked.images)
        wanted = plans(folder)
        began = time.perf_counter()
        done = sum(folder.status(plan) == "done" for plan in wanted)
        print(f"{done} of {len(wanted)} trials are there: {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        process = start("report", "run", folder=Path(place))
        _, errors = process.communicate()
        if process.returncode:
            raise SystemExit(errors)
        print(f"augbench report: {time.perf_counter() - began:.1f} s")
        for file in sorted(folder.path.glob("*.*")):
            print(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
