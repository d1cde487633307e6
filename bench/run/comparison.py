"""A comparison from its options to its trials: what the command line and Python have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augbench.bench import trackers
from augbench.bench.executors.model_check import check_model
from augbench.bench.options.settings import settings
from augbench.bench.run.experiment import Asking, Experiment, missing, run
from augbench.bench.run.preparation import load_experiment
from augbench.bench.run.progress import Display
from augbench.bench.storage.run_folder import RunFolder, has_trials, history_in
from augbench.reports.run.layout import GRID

if TYPE_CHECKING:
    from augbench.bench.executors import Outcome
    from augbench.bench.run.schedule import BlockByBlock
    from augbench.reports.statistics.decision import Decision
    from rich.console import RenderableType


@dataclass(frozen=True)
class Comparison:
    """A grid with the folder it goes to, what a person sees of it, and who else is told.

    Attributes:
        experiment: the validated grid.
        folder: the run folder.
        display: where progress and notes are shown.
        trackers: those that `log` names, open.
    """

    experiment: Experiment
    folder: RunFolder
    display: Display
    trackers: trackers.Trackers

    @classmethod
    def prepare(
        cls, asked: dict[str, Any], config: Path | None, out: Path, display: Display
    ) -> Comparison:
        """Validate everything that was asked, load the data, and open the run folder.

        Raises:
            InputError: for anything that cannot work.
        """
        chosen = settings(asked, config)
        trackers.check(chosen.log)
        history = history_in(out)
        experiment = load_experiment(chosen, display, history.settled if history else {})
        if not has_trials(out) or missing(experiment, RunFolder(out)):
            check_model(
                experiment.settings, experiment.dataset.shape, len(experiment.dataset.classes)
            )
        folder = RunFolder(out)
        if history is None and has_trials(out):
            display.notes(
                [
                    f"{out / GRID} is lost or damaged, and with it how often this run was looked "
                    "at; its intervals will be those of a first look"
                ]
            )
        display.notes(experiment.notes)
        return cls(experiment, folder, display, trackers.Trackers(chosen.log, folder))

    def run(
        self,
        table: Callable[[], RenderableType] | None = None,
        told: Callable[[Decision], str] = lambda decision: "",
        asking: Asking | None = None,
    ) -> list[Outcome]:
        """Run the trials that are missing.

        Args:
            table: what to show under the progress bar, made again as trials end.
            told: the words for what a look at ``--seeds auto`` has settled.
            asking: what such a grid is made for, by default to compare policies.

        Raises:
            KeyboardInterrupt: with what is kept as its message; no worker is left.
        """
        total = len(self.experiment.plans)
        todo = len(missing(self.experiment, self.folder))
        up_to = "" if self.experiment.settings.seeds != "auto" else "at most "
        if todo < total:
            self.display.console.print(
                f"{total - todo} trials are there already; {up_to}{todo} to go", markup=False
            )
        self.display.notes(
            f"{label}, seed {seed} is trained again: {reason}"
            for (label, seed), reason in self.folder.damaged.items()
        )
        try:
            with self.display.trials(todo, self.experiment.settings.epochs, table) as shown:

                def ended(outcome: Outcome) -> None:
                    shown.ended(outcome)
                    self.trackers.trial_ended(outcome.plan.key)

                def grown(schedule: BlockByBlock) -> None:
                    shown.grown(*schedule.to_run, told(schedule.decision))

                return run(
                    self.experiment,
                    self.folder,
                    ended=ended,
                    on_epoch=shown.on_epoch,
                    on_message=shown.on_message,
                    on_growth=grown,
                    asking=asking,
                )
        except KeyboardInterrupt:
            finished = total - len(missing(self.experiment, self.folder))
            raise KeyboardInterrupt(
                f"{finished} of {up_to}{total} trials are kept in {self.folder.path}"
            ) from None

    def log(self) -> None:
        """Log what is missing, and the reports, to the trackers; say where it is.

        Raises:
            InputError: when a tracker fails; everything is kept in the run folder by now.
        """
        for where in self.trackers.finish():
            self.display.console.print(where, markup=False, highlight=False, soft_wrap=True)
