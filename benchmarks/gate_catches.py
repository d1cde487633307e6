"""Does `augbench check` catch real accidents, and leave an unchanged build alone?

    python benchmarks/gate_catches.py DATA [--cases labels off flip] [--seeds 10] [--epochs 10]

DATA holds `fashion-mnist/` (four IDX files) and `omniglot-latin/` (class folders under train/ and
test/). A case is a policy in a module of the user's own, and the same module after an accident:

* labels: shifts on 2,000 images of Fashion-MNIST; half of the images get another one's label;
* off: the same with test images moved by up to 4 px, which shifts help with; the policy does
  nothing any more;
* flip: a horizontal flip of letters becomes a vertical one.

Each case compares and accepts, asks `--calibrate` for the margin that its seeds afford, checks the
unchanged policy on fresh seeds (an A/A), and then the broken one. About 60 trials a case.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHIFT = """
import numpy as np
from augbench import Policy


class Mine(Policy):
    def change(self, batch):
        moves = batch.rng.integers(-4, 5, (len(batch.images), 2))
        moved = [np.roll(image, move, (0, 1)) for image, move in zip(batch.images, moves)]
        return batch.replace(images=np.stack(moved))
"""
HALF_OF_LABELS = SHIFT.replace(
    "        return batch.replace(images=np.stack(moved))",
    """\
        half = np.arange(len(batch.labels)) < len(batch.labels) // 2
        labels = np.where(half[:, None], batch.rng.permutation(batch.labels), batch.labels)
        return batch.replace(images=np.stack(moved), labels=labels)""",
)
OFF = """
from augbench import Policy


class Mine(Policy):
    def change(self, batch):
        return batch
"""
FLIP = """
import numpy as np
from augbench import Policy


class Mine(Policy):
    def change(self, batch):
        chosen = batch.rng.random(len(batch.images)) < 0.5
        flipped = batch.images[:, :, ::-1]
        return batch.replace(images=np.where(chosen[:, None, None, None], flipped, batch.images))
"""


def fashion(source: Path, file: Path, moved: int = 0) -> Path:
    """Write 2,000 training and 2,000 test images, the latter moved by up to so many pixels."""
    rng = np.random.default_rng(0)
    parts: dict[str, np.ndarray] = {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        folder = source / "fashion-mnist"
        with gzip.open(folder / f"{prefix}-images-idx3-ubyte.gz") as images:
            pixels = np.frombuffer(images.read(), np.uint8, offset=16).reshape(-1, 28, 28)
        with gzip.open(folder / f"{prefix}-labels-idx1-ubyte.gz") as labels:
            classes = np.frombuffer(labels.read(), np.uint8, offset=8)
        pixels, classes = pixels[:2000].copy(), classes[:2000].astype(np.int64)
        if part == "test" and moved:
            moves = rng.integers(-moved, moved + 1, (len(pixels), 2))
            pixels = np.stack(
                [np.roll(image, move, (0, 1)) for image, move in zip(pixels, moves, strict=True)]
            )
        parts |= {f"x_{part}": pixels, f"y_{part}": classes}
    np.savez(file, **parts)  # type: ignore[arg-type]
    return file


@dataclass(frozen=True)
class Case:
    """An accident: the data, the policy before it and after it, and options of its trials."""

    data: Callable[[Path, Path], Path]
    good: str
    bad: str
    options: tuple[str, ...] = ()


CASES = {
    "labels": Case(lambda source, here: fashion(source, here / "data.npz"), SHIFT, HALF_OF_LABELS),
    "off": Case(lambda source, here: fashion(source, here / "data.npz", 4), SHIFT, OFF),
    "flip": Case(
        lambda source, here: source / "omniglot-latin",
        FLIP,
        FLIP.replace("[:, :, ::-1]", "[:, ::-1]"),
        ("--image-size", "32"),
    ),
}


def augbench(*words: str, folder: Path) -> tuple[int, str]:
    """Run the program in a folder; return its exit code and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "augbench", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def run(name: str, case: Case, source: Path, here: Path, seeds: int, epochs: int) -> None:
    """Go through a case and print what the checks said."""
    here.mkdir(parents=True, exist_ok=True)
    data = str(case.data(source, here))
    (here / "plugged.py").write_text(case.good)
    train = ["mine=plugged:Mine", "--data", data, *case.options, "--epochs", str(epochs)]
    train += ["--seeds", str(seeds)]
    code, _ = augbench("compare", *train, "--out", "run", "--quiet", folder=here)
    assert code == 0, f"compare ended with {code}"
    code, text = augbench("check", "run", "--calibrate", "--json", folder=here)
    assert code == 0, f"calibrate ended with {code}"
    (row,) = (row for row in json.loads(text)["rows"] if row["seeds"] == seeds)
    margin = np.ceil(1000 * row["margin"]) / 10
    augbench("accept", "run", "--baseline", "b.json", "--margin", str(margin), folder=here)
    promised = 100 * row["catches"]["accuracy"]
    print(f"{name}: margin {margin:.1f} with {seeds} seeds, promises {promised:.1f}", flush=True)
    check = ["check", "mine=plugged:Mine", "--data", data, "--baseline", "b.json", "--json"]
    check += ["--max-seeds", str(seeds)]
    for build in ("unchanged, fresh seeds", "broken"):
        if build == "broken":
            (here / "plugged.py").write_text(case.bad)
        own = ["--out", build.partition(",")[0]]
        fresh = [] if build == "broken" else ["--first-seed", "1000"]
        code, text = augbench(*check, *own, *fresh, folder=here)
        (mine,) = json.loads(text)["policies"]
        worse = [
            measure["measure"] for measure in mine["measures"] if measure["verdict"] == "regressed"
        ]
        moved = 100 * mine["measures"][0]["difference"]
        print(
            f"  {build}: exit code {code} after {mine['seeds']} seeds, accuracy {moved:+.1f}"
            f"{'; ' + ', '.join(worse) if worse else ''}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, help="keep all that is made in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for name in asked.cases:
            place = (asked.out or Path(temporary)).resolve() / name
            run(name, CASES[name], asked.data.resolve(), place, asked.seeds, asked.epochs)


if __name__ == "__main__":
    main()
