"""Policies at work outside a trial: on the training split of a block, without training a CNN."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data import artefact_folder, block
from augbench.bench.data.block import training_key
from augbench.bench.data.sources.pixels import decode
from augbench.bench.run.experiment import Experiment, prepare
from augbench.bench.run.progress import Display
from augbench.bench.run.settings import settings
from augbench.bench.trial import environment
from augbench.policies.base import Context
from augbench.policies.training_set import ImageStack, TrainingSet
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Rehearsal:
    """The first block of an experiment, as its policies see it.

    Attributes:
        experiment: what was asked for, validated.
        rows: int64, the rows of the data set that are trained on.
        train: their images.
    """

    experiment: Experiment
    rows: np.ndarray
    train: TrainingSet

    @classmethod
    def of(cls, experiment: Experiment) -> Rehearsal:
        """Return the rehearsal of the first seed's block."""
        settings, dataset = experiment.settings, experiment.dataset
        rows = block(dataset, settings.first_seed, settings.train_size).train
        train = TrainingSet(
            ImageStack([(dataset.images, rows)]), dataset.labels[rows], dataset.classes
        )
        return cls(experiment, rows, train)

    @property
    def seed(self) -> int:
        """The block's seed."""
        return self.experiment.settings.first_seed

    def source(self, row: int) -> str:
        """Return the name of the image in a row of the training split."""
        return self.experiment.dataset.paths[self.rows[row]]

    def context(self, progress: Callable[[str], None] = lambda text: None) -> Context:
        """Return what a policy learns with; artefacts are those of a trial of the same block."""
        settings, dataset = self.experiment.settings, self.experiment.dataset
        return Context(
            seed=self.seed,
            threads=settings.threads,
            cache=artefact_folder(),
            data_key=training_key(dataset, self.rows),
            decode=decode,
            progress=progress,
        )


def prepared(asked: dict[str, Any], config: Path | None, display: Display) -> Experiment:
    """Validate what was asked, load the data and show the notes, as `compare` does.

    Plug-ins of the working directory can be imported from here on.

    Raises:
        InputError: for anything that cannot work.
    """
    sys.path.insert(0, str(Path.cwd()))
    effective = settings(asked, config)
    _prepare_process(effective.threads)
    with display.loading("decoding images") as loading:
        experiment = prepare(effective, loading)
    for note in experiment.notes:
        display.console.print(f"note: {note}", style="yellow", markup=False)
    return experiment


def _prepare_process(threads: int) -> None:
    """Set what a worker sets before it computes, so that a policy learns here as it does there."""
    environment.prepare_process(threads)
    threadpool_limits(threads, "blas")  # NumPy is there already and does not read its variable
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
