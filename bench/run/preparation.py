"""From what a person asked for to a validated experiment: one way for every verb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from augbench.bench.executors.device_check import on_this_machine
from augbench.bench.options.model import Settings
from augbench.bench.options.settings import settings
from augbench.bench.run.experiment import Experiment, prepare
from augbench.bench.run.progress import Display
from augbench.bench.trial.environment import computing_like_a_worker


def load_experiment(
    chosen: Settings, display: Display, budgets: Mapping[str, str] | None = None
) -> Experiment:
    """Validate everything and load the data.

    Args:
        chosen: the effective options.
        display: where progress is shown.
        budgets: what timing decided before in this run folder.

    Raises:
        InputError: for anything that cannot work.
    """
    with display.loading("decoding images") as loading:
        return prepare(chosen, loading, budgets)


@contextmanager
def experiment_here(
    asked: dict[str, Any], config: Path | None, display: Display
) -> Iterator[Experiment]:
    """Give the experiment to a verb whose policies work in this process, as in a worker.

    On the CPU, but for a verb that has ``device`` among its options.

    Args:
        asked: options by name; those that are None were not asked for.
        config: a TOML file with options by name.
        display: where progress and notes are shown.

    Raises:
        InputError: for anything that cannot work.
    """
    chosen = on_this_machine(settings({"device": "cpu", **asked}, config))
    with computing_like_a_worker(chosen.threads, chosen.device):
        experiment = load_experiment(chosen, display)
        display.notes(experiment.notes)
        yield experiment
