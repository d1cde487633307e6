"""Do the tests notice when one operator, comparison or number of the core is another one?

    python benchmarks/mutants.py [--each 60] [--seed 0] [--only draws geometry …]

Makes small changes at random (`benchmarks/mutations.py`) in the modules of draws, geometry,
statistics, the decision procedure and the gate, and runs the tests of a changed module, each time
in a process of its own that has imported what does not depend on it. A change that no test notices
survives, and is printed. Nothing on the disk is changed. On Linux, which copies processes.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.machinery
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.mutations import Mutation, mutations

REPOSITORY = Path(__file__).resolve().parents[1]
#: what the tests said last
SAID = Path(tempfile.gettempdir()) / f"mutants-{os.getpid()}.txt"
#: a change that makes tests take so many times as long, and so many seconds more, is noticed
SLOWER, MORE_SECONDS = 5.0, 20.0
_STATISTICS = "tests/reports/statistics"
_BESIDE_GATE = [f"{_STATISTICS}/test_gate.py", "tests/bench/gate/effect"]
_FINGERPRINT, _HEALTH = "tests/bench/gate/fingerprint", "tests/bench/gate/health"
_MEASURING = "tests/bench/gate/rendering/test_measuring.py"
_EXPLANATIONS = f"{_FINGERPRINT}/test_explanations.py"
#: by group: module, and which tests are told of its changes, the quickest first
GROUPS: dict[str, dict[str, list[str]]] = {
    "draws": {
        "policies/random.py": ["tests/policies/spec", "tests/policies/engines"],
        "policies/spec/draws.py": ["tests/policies/spec", "tests/policies/engines"],
    },
    "geometry": {"policies/spec/geometry.py": ["tests/policies/spec", "tests/policies/engines"]},
    "statistics": {
        f"reports/statistics/{name}.py": [
            f"{_STATISTICS}/test_{name}.py",
            _STATISTICS,
            "tests/reports/tables",
        ]
        for name in ("dunnett", "effect", "level", "ranks", "repeated_images", "spread", "verdict")
    },
    "decision": {
        "reports/statistics/decision.py": [f"{_STATISTICS}/test_decision.py"],
        "reports/statistics/design.py": [f"{_STATISTICS}/test_decision.py", _STATISTICS],
        "reports/statistics/group_sequential.py": [
            f"{_STATISTICS}/test_group_sequential.py",
            f"{_STATISTICS}/test_decision.py",
        ],
        "bench/search/race.py": ["tests/bench/search/test_race.py"],
        "bench/run/schedule.py": ["tests/bench/run"],
    },
    "gate": {
        "reports/statistics/gate.py": [f"{_STATISTICS}/test_gate_formulas.py", *_BESIDE_GATE],
        "reports/statistics/affordable.py": [f"{_STATISTICS}/test_affordable.py", *_BESIDE_GATE],
        "bench/gate/effect/checking.py": [
            "tests/bench/gate/effect",
            "tests/bench/commands/test_check.py",
        ],
        **{
            f"bench/gate/fingerprint/{name}.py": [_EXPLANATIONS, _FINGERPRINT]
            for name in (
                "of_geometry",
                "of_labels",
                "of_levels",
                "of_randomness",
                "of_sampling",
                "relations",
            )
        },
        **{
            f"bench/gate/health/{name}.py": [f"{_HEALTH}/test_{name}.py", _HEALTH]
            for name in ("independence", "randomness", "strength", "values")
        },
        "bench/gate/rendering/measuring.py": [_MEASURING, _HEALTH, _FINGERPRINT],
    },
}


@dataclass
class Tally:
    """What became of the changes of a module; those that nobody noticed by themselves."""

    made: int = 0
    survivors: list[Mutation] = field(default_factory=list)


def module_of(path: str) -> str:
    """Return the dotted name of a module of the program."""
    return "augbench." + path.removesuffix(".py").replace("/", ".")


def noticed(path: str, code: CodeType | None, tests: Sequence[str], seconds: float) -> bool:
    """Return whether tests fail, or never end, where a module is of other code.

    Args:
        path: of the module.
        code: what it is; None leaves it as it is.
        tests: files and folders of tests.
        seconds: how long they may take.
    """
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        _test(module_of(path), code, tests)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _test(module: str, code: CodeType | None, tests: Sequence[str]) -> None:
    """Run tests in this process, and end it with their exit code."""
    import pytest

    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> CodeType | None:
        return code if code is not None and fullname == module else original(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow"]
    output = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    result = pytest.main([*tests, *quiet])
    sys.stdout.flush()
    os._exit(int(result))


def tried(path: str, tests: list[str], each: int, rng: random.Random) -> Tally:
    """Change a module in some of the ways that there are, and see which change nobody notices."""
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    every = mutations(text)
    tally = Tally()
    limits = {}
    # the quickest tests first, all only where those notice nothing
    shares = sorted({1, len(tests)})
    for number in shares:
        began = time.monotonic()
        if noticed(path, None, tests[:number], 600):
            print(SAID.read_text(encoding="utf-8")[-3000:])
            raise SystemExit(f"{path}: {' '.join(tests[:number])} fail as the module is")
        limits[number] = SLOWER * (time.monotonic() - began) + MORE_SECONDS
    for mutation in rng.sample(every, min(each, len(every))):
        code = compile(mutation.applied(text), str(REPOSITORY / path), "exec")
        tally.made += 1
        if not any(noticed(path, code, tests[:n], limits[n]) for n in shares):
            tally.survivors.append(mutation)
            print(f"  {path}:{mutation}", flush=True)
    return tally


def import_what_stays() -> None:
    """Import what the tests import of others, none of which depends on the program."""
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    errors, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # TensorFlow greets from C++
    for name in ("pytest", "scipy.stats", "sklearn.cluster", "pandas", "pydantic"):
        importlib.import_module(name)
    for name in ("PIL.Image", "cv2", "albumentations", "tensorflow", "keras", "click", "altair"):
        importlib.import_module(name)
    os.dup2(errors, 2)


def main() -> None:
    """Make changes, and print how many of each module were noticed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--each", type=int, default=60, help="changes of a group")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(GROUPS), choices=list(GROUPS))
    asked = parser.parse_args()
    os.chdir(REPOSITORY)
    import_what_stays()
    lines = ["| group | module | changes | noticed |", "|---|---|---|---|"]
    for group in asked.only:
        modules = GROUPS[group]
        counts = {
            path: len(mutations((REPOSITORY / path).read_text(encoding="utf-8")))
            for path in modules
        }
        made = survived = 0
        for path, tests in modules.items():
            share = -(-asked.each * counts[path] // sum(counts.values()))
            tally = tried(path, tests, share, random.Random(f"{asked.seed} {path}"))
            made, survived = made + tally.made, survived + len(tally.survivors)
            known = tally.made - len(tally.survivors)
            lines.append(f"| {group} | `{path}` | {tally.made} | {known} |")
            print(lines[-1], flush=True)
        lines.append(f"| **{group}** | | **{made}** | **{100 * (1 - survived / made):.0f} %** |")
        print(lines[-1], flush=True)
    print("\n".join(lines))
    SAID.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
