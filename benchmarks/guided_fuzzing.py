"""The inputs of `fuzzing.py`, changed in the direction of code that no input has reached yet.

    pip install atheris
    python benchmarks/guided_fuzzing.py [--seconds 3600] [--only expression …]

Each kind of input has a process of its own for its share of the time, in which the program is
instrumented: libFuzzer, by way of Atheris, keeps what reaches something new and changes that
further, as bytes or, where it is JSON, in its structure. What is unexpected is what it is in
`fuzzing.py`; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

#: bytes of an input; seconds that one may take
LONGEST, SLOWEST = 65_536, 60
FOUND = "found.jsonl"
#: the kinds of `fuzzing.kinds` that are bytes
NAMES = (
    "expression", "spec.json", "spec.yaml", "spec.toml", "config", "pipeline.json",
    "pipeline.yaml", "baseline", "fingerprint", "fingerprint picture", "record", "curves", "grid",
    "environment", "experiment", "choice", "npz", "npz headers", "table", "parquet", "image",
    "cached images", "cached rows", "cached facts", "index", "artefact", "keras.json",
)  # fmt: skip


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one kind in this process and its working directory, which ends then."""
    import atheris

    with atheris.instrument_imports(include=["augbench"]):
        from benchmarks import fuzzing

        kind = fuzzing.kinds()[name]
    corpus = Path("corpus")
    corpus.mkdir()
    for number, seed in enumerate(kind.seeds):
        (corpus / str(number)).write_bytes(seed if isinstance(seed, bytes) else kind.text(seed))

    def target(content: bytes) -> None:
        before = len(kind.found)
        fuzzing.give(kind, content)
        if len(kind.found) > before:
            where = list(kind.found)[-1]
            with Path(FOUND).open("a", encoding="utf-8") as file:
                file.write(json.dumps([where, repr(content)[:300], kind.found[where][1]]) + "\n")

    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"]
    options = [*limits, "-rss_limit_mb=6000", "-print_final_stats=1", str(corpus)]
    atheris.Setup([sys.argv[0], *options], target, custom_mutator=_mutator(fuzzing, atheris))
    atheris.Fuzz()


def _mutator(fuzzing: Any, atheris: Any) -> Callable[[bytes, int, int], bytes]:
    """Return what changes an input: half of the time in its structure, where it is JSON."""

    def mutated(content: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5 and content[:1] == b"{":
            try:
                text = json.dumps(fuzzing.changed_data(json.loads(content), rng)).encode()
                return text if len(text) <= most else content
            except (ValueError, IndexError, TypeError, RecursionError):
                pass
        return bytes(atheris.Mutate(content, most))

    return mutated


def told(name: str, seconds: int, place: Path) -> tuple[str, list[list[str]]]:
    """Fuzz a kind in a process of its own; return a line of figures, and what was found."""
    place.mkdir()
    command = [sys.executable, str(Path(__file__).resolve()), "--kind", name]
    ended = subprocess.run(
        [*command, "--seconds", str(seconds)],
        cwd=place,
        env={**os.environ, "AUGBENCH_CACHE": str(place / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    failures = []
    if (place / FOUND).exists():
        lines = (place / FOUND).read_text(encoding="utf-8").splitlines()
        failures = [json.loads(line) for line in lines]
    units = re.search(r"number_of_executed_units:\s+(\d+)", ended.stderr)
    reached = re.findall(r"cov: (\d+) ft: (\d+)", ended.stderr)
    if not units or not reached or ended.returncode:
        failures.append([f"it ended with {ended.returncode}", "", ended.stderr[-2000:]])
    figures = f"{int(units[1]) if units else 0:,} inputs"
    if reached:
        (first, _), (last, features) = reached[0], reached[-1]
        figures += f", {first} → {last} places of the code, {features} features"
    return figures, failures


def main() -> int:
    """Fuzz each kind for its share of the time; return 1 where something was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--kind", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.kind:
        fuzz(asked.kind, asked.seconds)
    names = asked.only or NAMES
    everything = []
    with tempfile.TemporaryDirectory() as place:
        for number, name in enumerate(names):
            share = max(1, asked.seconds // len(names))
            figures, failures = told(name, share, Path(place) / str(number))
            everything += failures
            print(f"{name}: {figures}, {len(failures)} unexpected", flush=True)
            for where, given, trace in failures:
                print(f"  {where}\n  {given}\n{trace}", flush=True)
    return int(bool(everything))


if __name__ == "__main__":
    sys.exit(main())
