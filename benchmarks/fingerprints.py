"""How often does the fingerprint of an unchanged build change? Never, it is hoped: try it.

    python -m benchmarks.fingerprints --runs 200

Each run is a process of its own that checks every engine and kind of draws under two specs, a
stock Albumentations pipeline and policies that mix labels, with one thread and two in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import albumentations

POLICIES = (
    "keras",
    "keras(draws='native')",
    "albumentations",
    "albumentations(draws='native')",
    "keras-layers(draws='native', spec='tutorial')",
    "keras-ops",
    "pipeline.json",
    "mixup",
    "cutmix",
    "randaugment",
    "randomerasing",
)
SPECS = ("--spec", "photos", "--spec", "tutorial")


def main() -> None:
    """Print how many runs passed, and what the others said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    with TemporaryDirectory() as place:
        folder = Path(place)
        pipeline = albumentations.Compose(
            [
                albumentations.HorizontalFlip(),
                albumentations.Affine(rotate=(-15, 15)),
                albumentations.ColorJitter(),
            ]
        )
        albumentations.save(pipeline, folder / "pipeline.json")
        accepted = _run(folder, 1, "accept", *POLICIES, *SPECS, "--fingerprint", "f.json")
        if accepted.returncode:
            sys.exit(accepted.stderr)
        verdicts: Counter[str] = Counter()
        began = time.perf_counter()
        for number in range(runs):
            words = ("check", *POLICIES, *SPECS, "--fingerprint", "f.json", "--json")
            done = _run(folder, 1 + number % 2, *words)
            policies = json.loads(done.stdout)["policies"] if done.stdout else []
            verdicts.update(policy["verdict"] for policy in policies)
            verdicts["runs that passed" if done.returncode == 0 else "runs that failed"] += 1
        print(dict(verdicts), f"{(time.perf_counter() - began) / runs:.1f} s a run")


def _run(folder: Path, threads: int, *words: str) -> subprocess.CompletedProcess[str]:
    counts = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), str(threads)
    )
    command = [sys.executable, "-m", "augbench", *words]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **counts}, capture_output=True, text=True
    )


if __name__ == "__main__":
    main()
