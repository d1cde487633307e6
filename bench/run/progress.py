"""What a person sees while trials run: one bar for all, with the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from augbench.bench.console import said
from augbench.bench.executors import Outcome
from augbench.bench.trial.trial import TrialPlan
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LINE_SECONDS = 15.0


class Display:
    """A bar on a terminal; elsewhere (a log, a pipe) a line a finished trial. On standard error."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet)
        self.live = self.console.is_terminal and not quiet

    def notes(self, notes: Iterable[str]) -> None:
        """Show what a person should know before anything runs."""
        notes = list(notes)
        said(notes)
        for note in notes:
            self.console.print(f"note: {note}", style="yellow", markup=False)

    @contextmanager
    def loading(self, what: str) -> Iterator[_Loading]:
        """Show ``done of total`` images while data are decoded."""
        progress = self._progress(what)
        with self._shown(progress):
            yield _Loading(progress, what)

    @contextmanager
    def trials(
        self, total: int, epochs: int, table: Callable[[], RenderableType] | None = None
    ) -> Iterator[_Trials]:
        """Show the progress of ``total`` trials of ``epochs`` epochs each.

        On a terminal ``table()``, if it is given, stands under the bar, asked for again and
        again.
        """
        progress = self._progress("trials")
        shown: Progress | Live = progress
        if table is not None and self.live:
            shown = Live(
                get_renderable=lambda: Group(progress, table()),
                console=self.console,
                transient=True,
            )
        with self._shown(shown):
            yield _Trials(self, progress, total, epochs)

    def _shown(self, progress: Progress | Live) -> AbstractContextManager[Any]:
        """Show it on a terminal; elsewhere older releases of rich end it with an empty line."""
        return progress if self.live else nullcontext()

    def _progress(self, what: str) -> Progress:
        return Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}"),
            MofNCompleteColumn() if what != "trials" else TextColumn(""),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )


class _Loading:
    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None, detail="")

    def __call__(self, done: int, total: int, what: str) -> None:
        self._progress.update(self._task, completed=done, total=total or None, description=what)


class _Trials:
    """The bar of some trials.

    Attributes:
        epochs: of each trial.
        budget_left: gives the seconds after which no trial begins; None where there is no such end.
    """

    budget_left: Callable[[], float] | None = None

    def __init__(self, display: Display, progress: Progress, total: int, epochs: int) -> None:
        self._display, self._progress = display, progress
        self._total, self.epochs = total, epochs
        self._most = total
        self._told = ""
        self._ended = 0
        self._failed = 0
        self._began = time.monotonic()
        self._last_shown: dict[str, float] = {}
        self._task = progress.add_task("training", total=total * epochs, detail=f"0/{total} trials")

    def ended(self, outcome: Outcome) -> None:
        """Count a trial that is done or failed for good."""
        self._ended += 1
        self._failed += outcome.status == "failed"
        plan = outcome.plan
        if outcome.status == "failed":
            self._display.console.print(
                f"failed: {plan.label}, seed {plan.seed}: {outcome.error}",
                style="red",
                markup=False,
            )
        elif not self._display.live:
            spent = time.monotonic() - self._began
            pace = spent / self._ended
            left = pace * max(0, self._total - self._ended)
            if self.budget_left is not None:
                left = min(left, max(0.0, self.budget_left()))
            most = pace * (self._most - self._ended)
            at_most = f", at most {most:.0f} s" if self._most > self._total else ""
            self._display.console.print(
                f"[{self._count}] {plan.label}, seed {plan.seed}: "
                f"{outcome.seconds:.1f} s; about {left:.0f} s left{at_most}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
        self.on_epoch(0)

    def grown(self, now: int, most: int, words: str) -> None:
        """Show that there are more trials to run, or that something is settled.

        Args:
            now: the trials to run as far as is known.
            most: those if all that is open stays so.
            words: what the last look says; shown when it says something new.
        """
        self._total, self._most = now, most
        if words and words != self._told:
            self._told = words
            self._display.console.print(words, markup=False, highlight=False, soft_wrap=True)
        self.on_epoch(0)

    def on_message(self, plan: TrialPlan, text: str) -> None:
        """Show what the policy of a running trial says as it learns; in a log now and then."""
        line = f"{plan.label}, seed {plan.seed}: {text}"
        now = time.monotonic()
        if self._display.live:
            self._progress.update(self._task, detail=line)
        elif now - self._last_shown.get(plan.key, -LINE_SECONDS) >= LINE_SECONDS:
            self._last_shown[plan.key] = now
            self._display.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def working_on(self, text: str) -> None:
        """Show what is done beside trials; in a log now and then."""
        now = time.monotonic()
        if self._display.live:
            self._progress.update(self._task, detail=text)
        elif now - self._last_shown.get("", -LINE_SECONDS) >= LINE_SECONDS:
            self._last_shown[""] = now
            self._display.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def on_epoch(self, in_progress: int) -> None:
        """Show the epochs done in trials that have not ended yet."""
        failed = f", {self._failed} failed" if self._failed else ""
        self._progress.update(
            self._task,
            completed=self._ended * self.epochs + in_progress,
            total=self._total * self.epochs,
            detail=f"{self._count} trials{failed}",
        )

    @property
    def _count(self) -> str:
        """Such as 7/12, or 7/12 to 40 where more may come."""
        to = f" to {self._most}" if self._most > self._total else ""
        return f"{self._ended}/{max(self._total, self._ended)}{to}"
