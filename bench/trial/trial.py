"""One trial: a policy, a seed, a data set; split, learn, enlarge, train, measure, record."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from augbench.bench.data import Dataset, reopen
from augbench.bench.trial import models
from augbench.bench.trial.averaged_weights import AveragedWeights
from augbench.bench.trial.block_setup import BlockSetup
from augbench.bench.trial.evaluation import Evaluation
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.pictures import pictures
from augbench.bench.trial.sampler import epoch_rows, steps_per_epoch
from augbench.bench.trial.training import Clock, WarmModel
from augbench.policies import returned
from augbench.policies.base import Context
from augbench.policies.expression import parse
from augbench.policies.random import stream
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.standardize import Standardizer
from augbench.policies.training_set import TrainingSet
from augbench.reports.run.layout import CURVE_COLUMNS, CURVES, PICTURES, PREDICTIONS

from augbench import csv_text

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings


@dataclass(frozen=True)
class TrialPlan:
    """Everything a trial's result is a function of, in plain values that travel to a worker.

    Attributes:
        key: the hash of all that follows and of what it refers to; names the trial's folder.
        policy: the policy as typed.
        label: what the policy is called in the tables.
        seed: the block.
        data: the reference by which a worker reopens the data set.
        dataset: what tables call the data set.
        settings: the options of the run, its spec in words.
        artefact_key: a name of what is learnt once for several trials; empty where nothing is.
    """

    key: str
    policy: str
    label: str
    seed: int
    data: Any
    dataset: str
    settings: Settings
    artefact_key: str = ""


@dataclass
class TrialResult:
    """What a trial leaves behind; written whole by `augbench.bench.storage.run_folder`."""

    row: dict[str, Any]
    curves: list[tuple[float, ...]] = field(default_factory=list)
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)

    def packed(self) -> PackedResult:
        """Return the result as the files that the trial's folder will hold."""
        files = {}
        if self.curves:
            files = {
                CURVES: self.curves_csv().encode(),
                PREDICTIONS: _npz(self.predictions),
                PICTURES: _npz(self.pictures),
            }
        return PackedResult(self.row, files)

    def curves_csv(self) -> str:
        """Return the curves as CSV text, a row an epoch, floats unrounded."""
        return csv_text.write([CURVE_COLUMNS, *self.curves])


@dataclass(frozen=True)
class PackedResult:
    """A result as it is written.

    Attributes:
        row: what the trial's record says.
        files: the content of the other files, by name.
    """

    row: dict[str, Any]
    files: dict[str, bytes]


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


class Bench:
    """What one process keeps warm between trials: data sets and compiled models."""

    def __init__(self) -> None:
        self._datasets: dict[str, Dataset] = {}
        self._models: dict[tuple[Any, ...], WarmModel] = {}

    def dataset(self, reference: Any) -> Dataset:
        """Return the data set of a reference, opened once."""
        name = str(reference)
        if name not in self._datasets:
            self._datasets = {name: reopen(reference)}
        return self._datasets[name]

    def model(self, name: str, shape: tuple[int, int, int], classes: int) -> WarmModel:
        """Return the compiled model of a name, built and traced once."""
        wanted = (name, shape, classes)
        if wanted not in self._models:
            self._models = {wanted: WarmModel(lambda: models.build(name, shape, classes))}
        return self._models[wanted]

    def run(
        self,
        plan: TrialPlan,
        on_epoch: Callable[[int], None] = lambda epochs: None,
        on_message: Callable[[str], None] = lambda text: None,
    ) -> TrialResult:
        """Run a trial.

        Args:
            plan: which.
            on_epoch: called with the epochs that are done.
            on_message: called with what the policy says as it learns.

        Raises:
            TrainingFailed: if the loss is not finite.
            Exception: whatever a policy or a model of the user raises.
        """
        began, cpu_began = time.perf_counter(), time.process_time()
        clock = Clock()
        settings = plan.settings
        with clock.measure("setup"):
            dataset = self.dataset(plan.data)
            spec = load_spec(settings.spec)
            setup = BlockSetup.of(dataset, settings, spec, plan.seed)
            expression = parse(plan.policy)
            policy = setup.policy(expression)
            train = setup.train
            raw = models.source(settings.model).expects_raw
            standardize = Standardizer.fit(spec, train.images, rescale=1.0 if raw else None)
            steps = steps_per_epoch(len(train), settings.batch_size)
            model = self.model(settings.model, dataset.shape, len(dataset.classes))
            model.reset(weight_seed(plan.seed, expression.reseed))
            context = setup.context(on_message)
        with clock.measure("learn"):
            policy.learn(train, context)
        with clock.measure("enlarge"):
            enlarged = returned.enlarged(policy, train, context)
        pipeline = InputPipeline(
            train=enlarged,
            policy=policy,
            standardize=standardize,
            rows_of=lambda epoch: epoch_rows(
                enlarged,
                len(train),
                plan.seed,
                epoch,
                settings.epochs,
                settings.batch_size,
                expression.reseed,
            ),
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            seed=plan.seed,
        )
        evaluation = Evaluation(
            dataset, setup.block, plan.seed, settings.epochs, steps, standardize, model, clock
        )
        averaged = AveragedWeights(model.model.variables, steps)

        def after_epoch(epoch: int, accuracy: float, loss: float) -> None:
            evaluation.after_epoch(epoch, accuracy, loss)
            on_epoch(epoch + 1)

        def after_steps(count: int) -> None:
            averaged.update(count)
            evaluation.after_steps(count)

        with clock.measure("fit"):
            model.fit(pipeline, after_epoch, after_steps)
        with clock.measure("at end"), clock.measure("test"):
            evaluation.at_end(averaged)
        shown = pictures(
            dataset, setup.block, policy, train, enlarged, evaluation.predictions, plan.seed
        )
        return TrialResult(
            row=_row(
                settings,
                enlarged,
                len(train),
                evaluation,
                pipeline,
                clock,
                context,
                began,
                time.process_time() - cpu_began,
            ),
            curves=evaluation.curves,
            predictions=evaluation.predictions,
            pictures=shown | context.pictures,
        )


def weight_seed(seed: int, reseed: int) -> int:
    """Return the seed of the initial weights; another ``reseed`` gives others in the same block."""
    return int(stream(seed, "weights", reseed).integers(2**31))


def _row(
    settings: Settings,
    enlarged: TrainingSet,
    real: int,
    evaluation: Evaluation,
    pipeline: InputPipeline,
    clock: Clock,
    context: Context,
    began: float,
    cpu_seconds: float,
) -> dict[str, Any]:
    from augbench.bench.trial.environment import peak_memory_mb

    validation = [curve[CURVE_COLUMNS.index("validation_accuracy")] for curve in evaluation.curves]
    spent = clock.seconds
    changed, change_seconds = pipeline.changed_images, pipeline.change_seconds
    measure_seconds = spent["measure"] + spent["test"]
    train_seconds = spent["fit"] + spent["at end"] - measure_seconds
    images = real * settings.epochs
    return {
        "status": "done",
        "train_accuracy": evaluation.over_the_end("train_accuracy"),
        "validation_accuracy": evaluation.over_the_end("validation_accuracy"),
        "test_accuracy": evaluation.end.accuracy,
        "train_loss": evaluation.over_the_end("train_loss"),
        "validation_loss": evaluation.over_the_end("validation_loss"),
        "test_loss": evaluation.end.loss,
        "best_epoch": int(np.argmax(validation)) + 1,
        "epochs": settings.epochs,
        "steps": settings.epochs * steps_per_epoch(real, settings.batch_size),
        "real_images": enlarged.real,
        "synthetic_images": enlarged.synthetic,
        "seconds": time.perf_counter() - began,
        "images_per_second": images / train_seconds,
        "last_test_accuracy": evaluation.last.accuracy,
        "last_test_loss": evaluation.last.loss,
        "averaged_test_accuracy": evaluation.averaged.accuracy,
        "averaged_test_loss": evaluation.averaged.loss,
        "error": "",
        "cost": {
            "cpu_seconds": cpu_seconds,
            "setup_seconds": spent["setup"],
            "learn_seconds": spent["learn"] + sum(context.charges),
            "enlarge_seconds": spent["enlarge"],
            "train_seconds": train_seconds,
            "measure_seconds": measure_seconds,
            "augment_images_per_second": changed / change_seconds if change_seconds else None,
            "peak_memory_mb": peak_memory_mb(),
        },
        "findings": [finding.to_dict() for finding in context.findings],
        **({"synthetic": context.records} if context.records else {}),
    }
