"""Trackers people already use: each trial of a run becomes one of theirs, never twice.

What is logged is a function of the run folder: of each trial what `trials/KEY` holds, and the
reports. A tracker knows what it has by the run's identity and the trial's KEY, so logging again,
after a resumption or a kill at any moment, adds what is missing and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trackers.records import StoredRun, StoredTrial

from augbench.errors import InputError, nearest

#: name on the command line, also that of the extra -> (the package needed, module:class)
TRACKERS = {
    "mlflow": ("mlflow", "augbench.bench.trackers.mlflow:Mlflow"),
    "tensorboard": ("tensorboard", "augbench.bench.trackers.tensorboard:TensorBoard"),
}


class Tracker(Protocol):
    """One place that is told of trials and reports; both calls may come again and again."""

    def __init__(self, run: StoredRun) -> None: ...

    @property
    def where(self) -> str:
        """Where a person finds what was logged."""
        ...

    def trial(self, trial: StoredTrial) -> None:
        """Log a trial, unless it is there as it stands in the run folder."""
        ...

    def report(self) -> None:
        """Log the reports of the run, unless they are there as they stand."""
        ...


def check(names: Sequence[str]) -> None:
    """Refuse names that are no trackers, and trackers that are not installed.

    Raises:
        InputError: with the nearest name, or the extra to install.
    """
    for name in names:
        if name not in TRACKERS:
            hint = nearest(name, TRACKERS) or f"; there are {' and '.join(TRACKERS)}"
            raise InputError(f"--log {name}: unknown tracker{hint}")
        if find_spec(TRACKERS[name][0]) is None:
            raise _not_installed(name)


def _not_installed(name: str) -> InputError:
    return InputError(f'--log {name} needs the extra {name!r}: pip install "augbench[{name}]"')


class Trackers:
    """The trackers of a run. What fails on the way stops no trial; `finish` tries it again."""

    def __init__(self, names: Sequence[str], folder: RunFolder) -> None:
        """Open them.

        Raises:
            InputError: when one cannot be reached.
        """
        self._run = StoredRun(folder)
        self._trackers = {name: _said(name, partial(self._open, name)) for name in names}
        self._silent: set[str] = set()

    def _open(self, name: str) -> Tracker:
        module, _, attribute = TRACKERS[name][1].partition(":")
        try:
            kind = getattr(import_module(module), attribute)
            return kind(self._run)
        except ImportError:
            raise _not_installed(name) from None

    def trial_ended(self, key: str) -> None:
        """Log a trial that has just been recorded, as far as its trackers answer."""
        for name, tracker in self._trackers.items():
            if name not in self._silent:
                try:
                    self._log(name, tracker, key)
                except InputError:  # asked again at the end: nobody waits for it after each trial
                    self._silent.add(name)

    def finish(self) -> list[str]:
        """Log every trial and the reports of the finished run; return where they can be seen.

        Raises:
            InputError: when a tracker fails; the run itself is complete by now.
        """
        for name, tracker in self._trackers.items():
            self._log(name, tracker)
            _said(name, tracker.report)
        return [tracker.where for tracker in self._trackers.values()]

    def _log(self, name: str, tracker: Tracker, key: str | None = None) -> None:
        for trial in self._run.trials(key):
            _said(name, partial(tracker.trial, trial))


def _said(name: str, act: Callable[[], Any]) -> Any:
    """Return what ``act`` gives; turn what a tracker's library raises into a line for people."""
    try:
        return act()
    except InputError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())[:300] or type(error).__name__
        raise InputError(
            f"--log {name}: {text} (finished trials are kept; the same command logs the rest)"
        ) from error
