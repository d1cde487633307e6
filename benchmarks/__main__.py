"""All ratios of speed in one run: `python -m benchmarks` writes `benchmarks/results.md`.

Options: ``--rounds N``, how often each pair is measured (5); ``--only`` with some of the pages
``engines trials commands comparisons``.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from augbench.bench.trial.environment import limit_threads, prepare_process, versions

from benchmarks.timing import HEAD, Line

RESULTS = Path(__file__).with_name("results.md")
PAGES = ("engines", "trials", "commands", "comparisons")


def measured(pages: list[str], folder: Path, rounds: int) -> Iterator[Line]:
    """Yield all ratios."""
    prepare_process(threads=1)
    limit_threads(1)
    from benchmarks import commands, comparisons, engines, trials

    if "engines" in pages:
        yield from engines.lines(folder, rounds)
    if "trials" in pages:
        yield from trials.lines(folder, rounds)
    if "commands" in pages:
        yield from commands.lines(folder, rounds)
    if "comparisons" in pages:
        yield from comparisons.lines(folder, rounds)


def main() -> None:
    """Measure, print, and write the page where all was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PAGES, default=list(PAGES))
    asked = parser.parse_args()
    print(HEAD)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for line in measured(asked.only, Path(folder), asked.rounds):
            rows.append(line.row())
            print(rows[-1], flush=True)
    if set(asked.only) == set(PAGES):
        made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
        load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
        RESULTS.write_text(
            "# Speed, as ratios\n\n"
            f"`python -m benchmarks --rounds {asked.rounds}` on {datetime.date.today()}: medians "
            f"of rounds that have both sides in turn, {os.cpu_count()} cores ({platform.machine()})"
            f"{load}; Python {platform.python_version()}, {made_with}.\n\n"
            + "\n".join([HEAD, *rows])
            + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
