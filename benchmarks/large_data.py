"""Does a trial need more memory where there are more images?

    python benchmarks/large_data.py [--images 10000 100000] [--side 64]

Trains a model of one layer for two epochs on random images, in one worker, and prints the most
memory that this process had to itself, of Linux: the pixels are mapped from a file, and the pages
of that which are in memory belong to the system, which takes them back where it needs room.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MODEL = """
def build(input_shape, classes):
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.AveragePooling2D(8),
            layers.Flatten(),
            layers.Dense(classes, activation="softmax"),
        ]
    )
"""


def data_of(place: Path, images: int, side: int) -> Path:
    """Write an .npz of random colour images of ten classes; 1,000 to validate, 1,000 to test."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", images), ("validation", 1000), ("test", 1000)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(count) % 10
    file = place / "images.npz"
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file


def private_megabytes(process: int) -> float:
    """Return the memory that a process has to itself; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    sizes = dict(line.split(":", 1) for line in status.splitlines())
    return int(sizes.get("RssAnon", "0 kB").split()[0]) / 1024


def most_of_a_worker(place: Path, data: Path) -> float:
    """Return the most private memory, in MB, of the processes that a comparison starts."""
    (place / "tiny.py").write_text(MODEL, encoding="utf-8")
    words = "compare none albumentations --seeds 1 --epochs 2 --jobs 1 --model tiny:build --quiet"
    command = subprocess.Popen(
        [sys.executable, "-m", "augbench", *words.split(), "--data", str(data)],
        cwd=place,
        env={**os.environ, "AUGBENCH_CACHE": str(place / "cache")},
    )
    most = 0.0
    while command.poll() is None:
        parents = {command.pid}
        for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent in parents:
                parents.add(int(folder.name))
                most = max(most, private_megabytes(int(folder.name)))
        time.sleep(0.05)
    if command.returncode:
        raise SystemExit(command.returncode)
    return most


def main() -> None:
    """Measure, and print a line for each number of images."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--side", type=int, default=64)
    asked = parser.parse_args()
    for images in asked.images:
        with tempfile.TemporaryDirectory() as folder:
            data = data_of(Path(folder), images, asked.side)
            print(f"{images:,} images: {most_of_a_worker(Path(folder), data):.0f} MB", flush=True)


if __name__ == "__main__":
    main()
