"""All ratios of speed in one run: `python -m benchmarks` writes `benchmarks/results.md`.

Options: ``--rounds N``, how often both sides of a pair are measured in turn (5); ``--only`` with
some of the pages ``engines trials commands comparisons``, whose sections of `results.md` alone are
written anew.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from augbench.bench.trial.environment import limit_threads, prepare_process, versions

from benchmarks.timing import HEAD, Line

RESULTS = Path(__file__).with_name("results.md")
PAGES = ("engines", "trials", "commands", "comparisons")


def measured(page: str, folder: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios of a page."""
    prepare_process(threads=1)
    limit_threads(1)
    from benchmarks import commands, comparisons, engines, trials

    pages = {"engines": engines, "trials": trials, "commands": commands, "comparisons": comparisons}
    yield from pages[page].lines(folder, rounds)


def circumstances(page: str, rounds: int) -> str:
    """Return what a page was measured with, in a sentence."""
    how = "Each side once, in turn" if page == "comparisons" else f"Medians of {rounds} rounds"
    made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return (
        f"{how}, {datetime.date.today()}, "
        f"{os.cpu_count()} cores ({platform.machine()}){load}; "
        f"Python {platform.python_version()}, {made_with}."
    )


def sections() -> dict[str, str]:
    """Return what `results.md` says of each page by now."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {name: said for name, _, said in (part.partition("\n\n") for part in parts)}


def main() -> None:
    """Measure, print, and write each page where all was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PAGES, default=list(PAGES))
    asked = parser.parse_args()
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for page in asked.only:
            rows = []
            for line in measured(page, Path(folder), asked.rounds):
                rows.append(line.row())
                print(rows[-1], flush=True)
            now = sections() | {
                page: "\n".join([circumstances(page, asked.rounds), "", HEAD, *rows, "", ""])
            }
            parts = [f"## {name}\n\n{now[name]}" for name in PAGES if name in now]
            text = "# Speed, as ratios: `python -m benchmarks`\n\n" + "".join(parts)
            RESULTS.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
