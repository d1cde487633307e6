"""Which release of a library changed what augmentations do? (`docs/versions.md`)

    python benchmarks/matrix.py [DISTRIBUTION …] [--out FOLDER]      or tox -e matrix

For each release in `SERIES` an environment is built that sees all that is installed here and has
only that release in front; there `matrix_policies.py` renders policies by the code of
`augbench check --fingerprint`, and compares with the release before. The last of each series that
is not newer than what is installed is this environment itself. Prints a table in Markdown, a line
a change; what cannot be installed, imported or run is a line too. Needs pip's index.

In FOLDER stay `versions.md`, and for each release `found.json`, its fingerprint and a picture of
each policy that changed; what is there already is not made again. About 20 minutes on one core, and
3 GB to download, most of it TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.version import Version

LOOK = Path(__file__).with_name("matrix_policies.py")
FOUND = "found.json"
MOST_NAMED, MOST_SAID = 5, 3
#: seconds
BUILDING, LOOKING = 1200, 900

ALBUMENTATIONS = ("A.", "albumentations")
OWN = ("colorjitter", "cutmix", "gaussian", "mixup", "randaugment", "randomerasing", "trivial")
KERAS = ("layers.", "keras")


@dataclass(frozen=True)
class Series:
    """Releases of a distribution, and the policies that it can matter to.

    Attributes:
        distribution: its name for pip.
        releases: versions; the one that is installed here takes its place among them.
        only: parts of the names of policies that are looked at; none for all.
        alone: whether it is installed without what it asks for, as where that would bring other
            libraries that make pixels.
        instead_of: another distribution whose files it replaces.
    """

    distribution: str
    releases: tuple[str, ...]
    only: tuple[str, ...] = ()
    alone: bool = False
    instead_of: str = ""


SERIES = (
    Series(
        "albumentations",
        ("1.4.23", "1.4.24", *(f"2.0.{patch}" for patch in range(9))),
        ALBUMENTATIONS,
    ),
    Series(
        "opencv-python-headless",
        ("4.10.0.84", "4.11.0.86", "4.12.0.88", "4.13.0.92", "4.14.0.94", "5.0.0.93"),
        (*ALBUMENTATIONS, *OWN),
        alone=True,
    ),
    Series(
        "opencv-python",
        (),
        (*ALBUMENTATIONS, *OWN),
        alone=True,
        instead_of="opencv-python-headless",
    ),
    Series("keras", ("3.10.0", "3.12.4", "3.14.1", "3.15.1"), KERAS),
    Series("pillow", ("11.0.0", "12.0.0", "13.0.0"), ("keras (every", *OWN), alone=True),
    Series(
        "numpy", ("2.0.2", "2.2.6", "2.4.6"), ("keras (", "keras(", *ALBUMENTATIONS), alone=True
    ),
    Series("scipy", ("1.14.1", "1.16.3", "1.17.1"), ("keras (", "keras("), alone=True),
    Series(
        "tensorflow",
        ("2.18.1", "2.19.1", "2.20.0", "2.21.0"),
        ("layers.", "keras-layers", "keras-ops"),
    ),
)


@dataclass(frozen=True)
class Line:
    """A line of the table: what became different from one release to the next."""

    step: str
    changed: str
    policies: str = ""
    pixels: str = ""
    largest: str = ""


class Unusable(Exception):
    """An environment cannot be built or used; the text says why, in a line."""


def environment(folder: Path, requirements: Sequence[str], alone: bool = False) -> Path:
    """Build an environment that has requirements in front of what is installed here.

    Args:
        folder: where it goes.
        requirements: as pip takes them; none for an environment like this one.
        alone: leave out what they ask for.

    Returns:
        Its Python.

    Raises:
        Unusable: pip cannot install them.
    """
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    here = [sysconfig.get_paths()["purelib"], *sys.path]
    packages = dict.fromkeys(place for place in here if place.endswith("site-packages"))
    lines = "; ".join(f"site.addsitedir({place!r})" for place in packages)
    (Path(own) / "behind.pth").write_text(f"import site; {lines}\n")
    if requirements:
        install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        options = ["--only-binary", ":all:", *(["--no-deps"] if alone else [])]
        _ran([*map(str, install), *options, *requirements], BUILDING)
    return python


def looked(python: Path | str, folder: Path, before: Path | None, only: Sequence[str]) -> Any:
    """Have an environment render the policies; return what it found, as JSON has it.

    Raises:
        Unusable: it fails as a whole, such as where a library cannot be imported.
    """
    words = [str(python), str(LOOK), str(folder)]
    words += ["--before", str(before)] if before else []
    words += ["--only", *only] if only else []
    _ran(words, LOOKING)
    return json.loads((folder / FOUND).read_text())


def _ran(words: Sequence[str], seconds: int) -> None:
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "NO_ALBUMENTATIONS_UPDATE": "1",
        "PYTHONWARNINGS": "ignore",
    }
    try:
        done = subprocess.run(
            words,
            env={**os.environ, **quiet},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unusable(f"not done after {seconds} s") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in lines if "rror" in line] or lines or [f"exit {done.returncode}"]
        raise Unusable(" ".join(told[-1].split())[:200])


def walked(series: Series, folder: Path) -> Iterator[Line]:
    """Yield what each release of a series changed, oldest first."""
    installed = metadata.version(series.instead_of or series.distribution)
    versions = sorted({*series.releases, installed}, key=Version)
    steps = [(f"{series.distribution} {version}", version) for version in versions]
    if series.instead_of:
        steps.append((f"{series.instead_of} {installed}", ""))
    before: tuple[str, Path, Any] | None = None
    for name, version in steps:
        is_here = not version if series.instead_of else version == installed
        place = folder / series.distribution / name.replace(" ", "-")
        print(name, file=sys.stderr, flush=True)
        try:
            if not (place / FOUND).exists():
                _look(series, version, is_here, place, before[1] if before else None)
            after = json.loads((place / FOUND).read_text())
        except Unusable as error:
            yield Line(name, f"cannot be used: {error}")
            continue
        step = f"{before[0]} → {version or name}" if before else name
        yield from lines(step, after, before[2] if before else None)
        if any(policy["verdict"] != "fails" for policy in after["policies"]):
            before = name, place, after


def _look(series: Series, version: str, is_here: bool, place: Path, before: Path | None) -> None:
    with tempfile.TemporaryDirectory() as built:
        python: Path | str = sys.executable
        if not is_here:
            wanted = f"{series.distribution}=={version}"
            python = environment(Path(built), [wanted], series.alone)
        looked(python, place, before, series.only)


def lines(step: str, after: Any, before: Any = None) -> Iterator[Line]:
    """Yield what became different at a step, a line for all policies of which the same is said."""
    by: dict[tuple[str, ...], list[Any]] = {}
    for policy in after["policies"]:
        if policy["verdict"] in ("changed", "fails"):
            by.setdefault((policy["verdict"], *policy["kinds"], *_apart(policy)), []).append(policy)
    for members in by.values():
        first = members[0]
        if first["verdict"] == "fails":
            yield Line(step, f"fails: {first['said'][0]}", _named(members))
            continue
        worst = max(members, key=lambda policy: policy["pixels_differ"])
        yield Line(
            step,
            _told(worst["said"]),
            _named(members),
            _span([_percent(policy["pixels_differ"]) for policy in members]),
            _span([str(policy["largest"]) for policy in members]),
        )
    brought = _brought(step, after, before) if before else ""
    count = {
        verdict: sum(policy["verdict"] == verdict for policy in after["policies"])
        for verdict in ("same", "rounding", "rendered")
        if before
    }
    summary = []
    if count.get("same"):
        named = "policy" if count["same"] == 1 else "policies"
        summary.append(f"{count['same']} {named} the same, bit for bit")
    if count.get("rounding"):
        rounded = [policy for policy in after["policies"] if policy["verdict"] == "rounding"]
        share = max(policy["pixels_differ"] for policy in rounded)
        summary.append(f"{count['rounding']} but for rounding (up to {_percent(share)} of pixels)")
    if count.get("rendered"):
        summary.append(f"{count['rendered']} with nothing to compare with")
    if summary or brought:
        yield Line(step, ", ".join(summary) + brought)


def _apart(policy: Any) -> list[str]:
    """Return what keeps a policy from sharing a line: a reason of its own, other defaults."""
    own = policy["verdict"] == "fails" or "definition-changed" in policy["kinds"]
    return policy["said"] if own else []


def _told(texts: Sequence[str]) -> str:
    rest = len(texts) - MOST_SAID
    return "; ".join(texts[:MOST_SAID]) + (f"; and {rest} more" if rest > 0 else "")


def _brought(step: str, after: Any, before: Any) -> str:
    """Return which other software came with a step, behind a semicolon."""
    then, now = before["software"], after["software"]
    own = step.split(" ")[0]
    others = [
        f"{name} {then.get(name, 'none')} → {now.get(name, 'none')}"
        for name in {**then, **now}
        if then.get(name) != now.get(name) and name not in (own, "augbench")
    ]
    return f"; with it {', '.join(others)}" if others else ""


def _named(members: Sequence[Any]) -> str:
    names = [policy["policy"] for policy in members]
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _span(shown: Sequence[str]) -> str:
    """Return the smallest and the largest of figures, one where they are shown alike."""
    ordered = sorted(set(shown), key=lambda text: float(text.removesuffix(" %")))
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.2g} %"


def table(rows: Iterable[Line]) -> str:
    """Return lines as Markdown."""
    head = ("release", "what changed", "policies", "pixels", "largest")
    cells = [
        (row.step, row.changed.replace("|", "/"), row.policies, row.pixels, row.largest)
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *cells))


def main() -> None:
    names = [series.distribution for series in SERIES]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("distributions", nargs="*", metavar="DISTRIBUTION", help=", ".join(names))
    parser.add_argument("--out", type=Path, help="keep all that is made in this folder")
    asked = parser.parse_args()
    if unknown := set(asked.distributions) - set(names):
        parser.error(f"no series {', '.join(unknown)}; there are {', '.join(names)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows: list[Line] = []
        for series in SERIES:
            if not asked.distributions or series.distribution in asked.distributions:
                rows += walked(series, folder)
                (folder / "versions.md").write_text(table(rows) + "\n")
        print(table(rows))


if __name__ == "__main__":
    main()
