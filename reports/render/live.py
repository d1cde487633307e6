"""How far is a run that another process is making? A table in the terminal, until it is complete.

It shows what is finished, and no verdict: a look at a verdict costs error,
and whoever watches a run looks at it all the time. Only small files are
read (the grid, the trials' records); a trial's folder appears whole, and drafts have names of their
own that no grid holds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from augbench.reports.formatting import shown
from augbench.reports.render.terminal import printable
from augbench.reports.run.files import read_grid, read_record, trial_folder
from augbench.reports.run.layout import ENVIRONMENT, EXPERIMENT, GRID, MEASURES, RECORD, TRIALS
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from augbench.errors import ReportError

INTERVAL = 1.0
# What a folder has that is going to be a run; `augbench compare` makes trials/ first.
_BEGINNINGS = {TRIALS, EXPERIMENT, ENVIRONMENT}
# A terminal has room for so many policies.
_MOST_ROWS = 30


@dataclass(frozen=True)
class Small:
    """What is shown of a stored trial: whether it is done, its test accuracy, its seconds."""

    done: bool
    accuracy: float
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class State:
    """How far a run is.

    Attributes:
        dataset: the name of its data set.
        policies: labels in grid order; none before there is a grid.
        baseline: the label that the others are compared with.
        seeds: the blocks of the grid.
        trials: what is stored of it, by (label, seed).
        places: the (label, seed) of all its trials.
        growing: whether more may come.
    """

    dataset: str = ""
    policies: tuple[str, ...] = ()
    baseline: str = "none"
    seeds: tuple[int, ...] = ()
    trials: dict[tuple[str, int], Small] = field(default_factory=dict)
    places: tuple[tuple[str, int], ...] = ()
    growing: bool = False

    @property
    def total(self) -> int:
        """How many trials the grid has by now."""
        return len(self.places)

    @property
    def complete(self) -> bool:
        """Whether every trial of the grid is done or failed, and no more may come."""
        return not self.growing and 0 < self.total <= len(self.trials)

    def of(self, label: str) -> dict[int, Small]:
        """The finished trials of a policy, by seed."""
        of_seeds = ((seed, self.trials.get((label, seed))) for seed in self.seeds)
        return {seed: trial for seed, trial in of_seeds if trial is not None and trial.done}


class Watched:
    """Reads a run folder again and again; what cannot be read yet is as it was before."""

    def __init__(self, folder: Path) -> None:
        """Watch `folder`.

        Raises:
            ReportError: when it is neither a run nor one that can become it.
        """
        if not folder.is_dir():
            raise ReportError(f"{folder} is not a folder; a run folder is what compare --out wrote")
        there = {entry.name for entry in folder.iterdir()}
        if there and not there & {GRID, *_BEGINNINGS}:
            raise ReportError(f"{folder} is no run folder: it has no {GRID}")
        self.folder = folder
        self._state = State()
        self._read: dict[str, tuple[int, Small]] = {}

    def look(self) -> State:
        """The state now."""
        try:
            grid = read_grid(self.folder)
        except ReportError:
            # Not there yet, or of an older command that is about to be replaced.
            return self._state
        figure = MEASURES[grid.measure]
        trials = {
            place: small for place, key in grid.keys.items() if (small := self._trial(key, figure))
        }
        self._state = State(
            grid.dataset,
            grid.policies,
            grid.baseline,
            grid.seeds,
            trials,
            tuple(grid.keys),
            grid.plan is not None and grid.plan.growing,
        )
        return self._state

    def _trial(self, key: str, figure: str) -> Small | None:
        try:
            path = trial_folder(self.folder, key) / RECORD
            # A trial that failed may be replaced by one that is done.
            changed = path.stat().st_mtime_ns
            if self._read.get(key, (0, None))[0] != changed:
                self._read[key] = changed, _small(read_record(path), figure)
        except (OSError, ReportError):
            return None
        return self._read[key][1]


def _small(record: dict[str, Any], figure: str) -> Small:
    accuracy, seconds = (
        math.nan if record.get(name) is None else float(record[name])
        for name in (figure, "seconds")
    )
    return Small(record.get("status") == "done", accuracy, seconds, str(record.get("error") or ""))


def watch(
    folder: Path,
    console: Console | None = None,
    interval: float = INTERVAL,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Show a run until its grid is complete or Ctrl-C; then its accuracy table where complete.

    On a terminal the table is refreshed in place; elsewhere every change is a line.

    Args:
        folder: the run folder, which another process writes.
        console: where to; standard output by default.
        interval: seconds between two looks.
        sleep: how to wait.

    Raises:
        ReportError: when the folder is neither a run nor one that can become it, or its grid is
            broken or of another version.
    """
    console = console or Console()
    watched = Watched(folder)
    began, state = time.monotonic(), watched.look()
    if not state.total and (folder / GRID).is_file():
        read_grid(folder)  # raises what is wrong with it
    first = len(state.trials)
    try:
        if console.is_terminal:
            with Live(console=console, transient=True, auto_refresh=False) as live:
                while not state.complete:
                    pace = _pace(len(state.trials) - first, time.monotonic() - began)
                    live.update(_shown(state, folder, pace), refresh=True)
                    sleep(interval)
                    state = watched.look()
        else:
            _say(console, state)
            while not state.complete:
                sleep(interval)
                before, state = len(state.trials), watched.look()
                if len(state.trials) != before:
                    _say(console, state)
    except KeyboardInterrupt:
        _say(console, state)
        return
    _end(folder, state, console)


def so_far(folder: Path) -> Callable[[], RenderableType]:
    """Return what makes the table of the trials stored by now, without verdicts.

    Args:
        folder: a run folder that is being written, perhaps not there yet.
    """
    watched: list[Watched] = []

    def table() -> RenderableType:
        if not watched:
            if not folder.is_dir():
                return Text()
            watched.append(Watched(folder))
        state = watched[0].look()
        return _table(state) if state.trials else Text()

    return table


def _end(folder: Path, state: State, console: Console) -> None:
    """The tables of the complete run; the process that made it writes its files."""
    from augbench.reports.findings.analysis import tables
    from augbench.reports.render.terminal import print_tables
    from augbench.reports.run.reader import load

    if console.is_terminal:
        _say(console, state)
    print_tables(tables(load(folder)), console)


def _say(console: Console, state: State) -> None:
    console.print(Text(_progress_words(state)))


def _progress_words(state: State) -> str:
    if not state.total:
        return "waiting for the run to begin"
    failed = sum(not trial.done for trial in state.trials.values())
    words = f"{len(state.trials)} of {state.total} trials"
    return f"{words}, {failed} failed" if failed else words


def _pace(count: int, seconds: float) -> float:
    """Seconds between two trials as seen so far; NaN before the first."""
    return seconds / count if count else math.nan


def _shown(state: State, folder: Path, pace: float) -> RenderableType:
    """The display: a bar, and a row a policy."""
    title = Text(printable(f"{folder}: {state.dataset}" if state.dataset else str(folder)), "bold")
    if not state.total:
        return Group(title, Text("waiting for the run to begin; Ctrl-C leaves"))
    left = pace * (state.total - len(state.trials))
    words = _progress_words(state)
    words += f", about {_duration(left)} left" if math.isfinite(left) else ""
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=state.total, completed=len(state.trials), width=30), Text(words))
    hint = Text("means so far; verdicts come when the run is complete. Ctrl-C leaves.", "dim")
    return Group(title, bar, _table(state), hint)


def _table(state: State) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("policy", overflow="fold", min_width=12)
    for heading in ("trials", "failed", "test accuracy", "difference", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for label in state.policies[:_MOST_ROWS]:
        table.add_row(*_row(state, label))
    if len(state.policies) > _MOST_ROWS:
        table.add_row(Text(f"and {len(state.policies) - _MOST_ROWS} more policies", "dim"))
    return table


def _row(state: State, label: str) -> list[Text]:
    done = state.of(label)
    base = state.of(state.baseline)
    failed = sum((label, seed) in state.trials for seed in state.seeds) - len(done)
    both = [seed for seed in done if seed in base] if label != state.baseline else []
    deltas = [done[seed].accuracy - base[seed].accuracy for seed in both]
    return [
        Text(printable(label)),
        Text(f"{len(done)}/{sum(policy == label for policy, _ in state.places)}"),
        Text(str(failed) if failed else "", "red"),
        Text(shown(_mean([trial.accuracy for trial in done.values()]), "percent")),
        Text(shown(_mean(deltas), "points")),
        Text(shown(_mean([trial.seconds for trial in done.values()]), "seconds")),
    ]


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
