"""One command, killed in its phases and run again: how it is watched, struck and judged."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil

from tests.bench.making_images import class_folders
from tests.bench.running import TIMES, start

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 600.0
#: in which processes see that their command is gone; one that imports sees nothing before it has
ENDING_SECONDS = 60.0
#: files changed less than two seconds before they are read are not remembered by the cache's index
SETTLED_SECONDS = 2.5
_SMALL = ["--data", "../photos", "--model", "small", "--epochs", "2", "--train-size", "60"]
_GRID = [*_SMALL, "--seeds", "2", "--jobs", "2"]
#: by name, the words of a command and the folder that it writes
COMMANDS: dict[str, tuple[list[str], str]] = {
    "compare": (["compare", "none", "keras", "mixup", *_GRID], "results"),
    "learn": (["compare", "none", "gan(steps=20)", *_GRID], "results"),
    "report": (["report", "results"], "results"),
    "expand": (
        ["expand", "keras", "--factor", "12", *_SMALL[:2], *_SMALL[-2:], "--out", "more"],
        "more",
    ),
    "choose": (["choose", *_SMALL[:-2], "--budget", "20s", "--out", "choice"], "choice"),
}
TRIALS = 6


@dataclass(frozen=True)
class Phase:
    """A part of a command's work that is seen from outside.

    Attributes:
        command: whose part it is.
        began: told the folder that the command works in and when it was started, by the clock of
            files, whether it is at it.
        spread: a kill comes up to so many seconds later.
        workers: whether it has processes that compute for it.
        one_in: it is killed in one turn of so many, since its command takes long.
    """

    command: str
    began: Callable[[Path, float], bool]
    spread: float
    workers: bool = False
    one_in: int = 1

    @property
    def targets(self) -> tuple[str, ...]:
        """Who can be killed."""
        return ("parent", "group", "worker") if self.workers else ("parent", "group")


def _at_once(folder: Path, since: float) -> bool:
    return True


def _written(pattern: str) -> Callable[[Path, float], bool]:
    """Return what tells whether a command has written such a file, at the end or half."""

    def there(folder: Path, since: float) -> bool:
        with suppress(FileNotFoundError):  # one that was moved just now
            return any(path.stat().st_mtime >= since for path in folder.glob(pattern))
        return False

    return there


def _all_trained(folder: Path, since: float) -> bool:
    trained = len(list(folder.glob("results/trials/[!.]*/result.json"))) == TRIALS
    return trained and _written("results/grid.json")(folder, since)


PHASES: dict[str, Phase] = {
    "starting": Phase("compare", _at_once, 3.0),
    "decoding": Phase("compare", _written("cache/data/.*.part"), 0.1),
    "training": Phase("compare", _written("results/grid.json"), 6.0, workers=True),
    "keeping": Phase("compare", _written("results/trials/.*.part"), 0.004, workers=True),
    "reporting": Phase("compare", _all_trained, 2.0),
    "learning": Phase("learn", _written("cache/artefacts/gan/*.lock"), 4.0, workers=True),
    "report": Phase("report", _at_once, 4.0),
    "expanding": Phase("expand", _written("more/*/*.png"), 0.3),
    "choosing": Phase("choose", _written("choice/choose.json"), 15.0, workers=True, one_in=3),
}


@dataclass(eq=False)
class Strike:
    """A kill, and what came of it.

    Attributes:
        phase: in which it is to come, of `PHASES`.
        target: ``parent``, ``worker`` or ``group``.
        signals: which are sent, one after the other.
        landed: whether it came before the command ended.
        code: the command's exit code.
        half: whether something half-written stood there then.
        problems: what was not as it should be, then or when the command was run again.
    """

    phase: str
    target: str
    signals: tuple[str, ...]
    landed: bool = False
    code: int | None = None
    half: bool = False
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.phase}: {' '.join(self.signals)} to {self.target}"


class Undisturbed:
    """What commands leave that nobody kills; each is run once, when it is first asked for.

    Attributes:
        place: the folder around those of all commands, with their pictures in it.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self._known: dict[str, Path] = {}
        class_folders(place / "photos", {"cat": 200, "dog": 200}, (16, 16))
        time.sleep(SETTLED_SECONDS)

    def of(self, command: str) -> Path:
        """Return the folder in which a command was run.

        Raises:
            RuntimeError: it fails without being killed.
        """
        if command not in self._known:
            folder = self.place / f"undisturbed-{command}"
            self.begin(command, folder)
            process = run(command, folder)
            if process.wait(PATIENCE_SECONDS):
                raise RuntimeError(f"{command} fails:\n{(folder / 'err').read_text()}")
            self._known[command] = folder
        return self._known[command]

    def begin(self, command: str, folder: Path) -> None:
        """Make the folder that a command is to work in, with what it needs."""
        folder.mkdir()
        (folder / "tmp").mkdir()
        if command == "report":
            shutil.copytree(self.of("compare") / "results", folder / "results")
            for made in [*folder.glob("results/*.csv"), *folder.glob("results/report.*")]:
                made.unlink()  # again by the command


def run(command: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command in a folder, in a session of its own, its cache and temporary files there."""
    own = {"AUGBENCH_CACHE": str(folder / "cache"), "TMPDIR": str(folder / "tmp")}
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        return start(*COMMANDS[command][0], folder=folder, environment=own, stdout=out, stderr=err)


class Life:
    """A command in a folder, which is killed and run again until it is left alone."""

    def __init__(
        self, undisturbed: Undisturbed, folder: Path, command: str, rng: random.Random
    ) -> None:
        self.oracle, self.folder, self.command, self.rng = (
            undisturbed.of(command),
            folder,
            command,
            rng,
        )
        undisturbed.begin(command, folder)
        self.finished: dict[Path, int] = {}

    def live(self, strikes: list[Strike]) -> None:
        """Kill the command as often as asked; then leave it alone and look at what it leaves."""
        for strike in strikes:
            self._strike(strike)
        last = strikes[-1].problems
        process = run(self.command, self.folder)
        code = process.wait(PATIENCE_SECONDS)
        over = self.command == "expand" and code == 2 and "already" in self._said()
        if code and not over:
            last.append(f"the same command then ended with {code}: {self._said()[-600:]}")
        last += self._lost()
        last += self._alive(process.pid)
        hard = any("KILL" in strike.signals for strike in strikes)
        last += differences(self.command, self.folder, self.oracle, hard)

    def _strike(self, strike: Strike) -> None:
        if self.command == "expand" and self._complete():
            return  # it is refused from now on
        process = run(self.command, self.folder)
        targets = self._await(strike, process)
        early = not _listens(process.pid)
        for number, name in enumerate(strike.signals if targets else ()):
            if number:
                time.sleep(self.rng.choice((0, 0.01, 0.1, 0.5)))
            for target in targets:
                strike.landed |= _send(target, getattr(signal, f"SIG{name}"))
        complete = self._complete()
        try:
            strike.code = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            strike.problems.append("it hangs")
            os.killpg(process.pid, signal.SIGKILL)
            strike.code = process.wait()
        strike.problems += self._alive(process.pid)
        strike.half = any(self.folder.glob("**/.*.part"))
        strike.problems += self._lost()
        if strike.landed:
            strike.problems += self._judged(strike, early, complete)

    def _await(self, strike: Strike, process: subprocess.Popen[str]) -> list[int]:
        """Wait for a random moment of a phase; return who gets signals, negative for a group."""
        phase = PHASES[strike.phase]
        until, since = None, (self.folder / "err").stat().st_mtime - LOOK_SECONDS
        while process.poll() is None:
            if until is None and phase.began(self.folder, since):
                until = time.monotonic() + self.rng.uniform(0, phase.spread)
            if until is not None and time.monotonic() >= until:
                if strike.target != "worker":
                    return [-process.pid if strike.target == "group" else process.pid]
                if there := workers(process.pid):
                    return [self.rng.choice(there)]
            time.sleep(LOOK_SECONDS)
        return []

    def _judged(self, strike: Strike, early: bool, complete: bool) -> list[str]:
        """Return what is wrong with how a command ended that was struck.

        Args:
            strike: how.
            early: whether it was so before the first line of the program.
            complete: whether it was so when all work was done.
        """
        name, code, output = strike.signals[0], strike.code, self._said()
        own = -getattr(signal, f"SIG{name}")
        right = {0} if strike.target == "worker" else {own if name == "KILL" else 130}
        if strike.target != "worker" and early:
            return [] if code in right | {own} else [f"{strike} ended with {code}: {output[-600:]}"]
        right |= {0} if complete else set()
        problems = [] if code in right else [f"{strike} ended with {code}: {output[-600:]}"]
        if "Traceback" in output or "Exception ignored" in output:
            problems.append(f"{strike} shows a traceback: {output[-2000:]}")
        return problems

    def _complete(self) -> bool:
        """Return whether the command has done its work."""
        return not differences(self.command, self.folder, self.oracle, hard=True)

    def _said(self) -> str:
        return (self.folder / "err").read_text(errors="replace")

    def _lost(self) -> list[str]:
        """Return which finished files are gone or were written again since they were first seen."""
        patterns = ("results/trials/[!.]*/*", "cache/artefacts/gan/*.npz", "more/*/*.png")
        now = {
            path: path.stat().st_mtime_ns
            for pattern in (*patterns, "choice/trials/[!.]*/*")
            for path in self.folder.glob(pattern)
        }
        lost = [path for path, written in self.finished.items() if now.get(path) != written]
        self.finished = now
        return [f"{path.relative_to(self.folder)} was finished, and is lost" for path in lost[:3]]

    def _alive(self, session: int) -> list[str]:
        """Return which processes outlive their command, and end them."""
        until = time.monotonic() + ENDING_SECONDS
        while (there := _of_session(session)) and time.monotonic() < until:
            time.sleep(0.05)
        told = [f"{' '.join(process.cmdline())[:90]} outlives its command" for process in there]
        for process in there:
            process.kill()
        return told


def differences(command: str, folder: Path, oracle: Path, hard: bool) -> list[str]:
    """Return how what a command left differs from what an undisturbed one left.

    Args:
        command: of `COMMANDS`.
        folder: where it was killed and run again.
        oracle: where it was left alone.
        hard: whether it was ever ended by what no process can answer; Python's own temporary
            folders may then be left.
    """
    if command == "choose":  # what it tries depends on the time it has
        left = [str(path.relative_to(folder)) for path in folder.glob("**/.*.part")]
        return [f"{name} is left" for name in left]
    problems = []
    ours, theirs = _names(folder, hard), _names(oracle, hard)
    problems += [f"{name} is left" for name in sorted(ours - theirs)[:5]]
    problems += [f"{name} is missing" for name in sorted(theirs - ours)[:5]]
    for name in sorted(ours & theirs):
        if (folder / name).is_file() and _content(folder / name) != _content(oracle / name):
            problems.append(f"{name} differs")
    return problems[:10]


def _names(folder: Path, hard: bool) -> set[str]:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return {name for name in names if not (hard and name.startswith("tmp/pymp-"))}


#: what depends on the machine, its load and the moment
_OF_THE_MOMENT = (
    "cost.csv", "environment.json", "report.html", "report.md", "summary.json", "result.json",
    "out", "err", "meta",
)  # fmt: skip


def _content(path: Path) -> bytes:
    """Return the bytes of a file, times in ``trials.csv`` aside; none of what tells the moment."""
    if path.name in _OF_THE_MOMENT or path.parent.name in ("index", "gan"):
        return b""
    if path.name == "trials.csv":
        return pd.read_csv(path, dtype=str).drop(columns=TIMES).to_csv().encode()
    return path.read_bytes()


def workers(command: int) -> list[int]:
    """Return the processes that compute for a command: copies of the one that it started."""
    try:
        children = psutil.Process(command).children()
        return sorted(worker.pid for child in children for worker in child.children())
    except psutil.Error:
        return []


def _listens(command: int) -> bool:
    """Return whether a program answers SIGTERM in its own way, or has ended."""
    try:
        status = Path(f"/proc/{command}/status").read_text()
    except OSError:
        return True
    masks = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Sig"))
    answered = int(masks["SigCgt"], 16) | int(masks["SigIgn"], 16)
    return bool(answered >> (signal.SIGTERM - 1) & 1)


def _of_session(session: int) -> list[psutil.Process]:
    def belongs(process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.Error):
            return False

    return [process for process in psutil.process_iter() if belongs(process)]


def _send(target: int, number: int) -> bool:
    """Send a signal to a process, or to a group where negative; return whether it was there."""
    try:
        os.killpg(-target, number) if target < 0 else os.kill(target, number)
    except ProcessLookupError:
        return False
    return True
