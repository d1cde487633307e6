"""One trial: a policy, a seed, a data set; split, learn, enlarge, train, measure, record."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from augbench.bench.data import Block, Dataset, artefact_folder, block, reopen
from augbench.bench.data.block import training_key
from augbench.bench.data.sources.pixels import decode
from augbench.bench.trial import models
from augbench.bench.trial.input_pipeline import Feed
from augbench.bench.trial.pictures import pictures
from augbench.bench.trial.sampler import epoch_rows, steps_per_epoch
from augbench.bench.trial.training import Clock, Measured, WarmModel
from augbench.policies.base import Context
from augbench.policies.expression import parse
from augbench.policies.random import stream
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.standardize import Standardizer
from augbench.policies.training_set import ImageStack, TrainingSet
from augbench.reports.run.layout import CURVE_COLUMNS

CLEAN_SUBSET = 1000


@dataclass(frozen=True)
class TrialPlan:
    """Everything a trial's result is a function of, in plain values that travel to a worker.

    Attributes:
        key: the hash of all that follows and of what it refers to; names the trial's folder.
        artefact_key: a name of what is learnt once for several trials; empty where nothing is kept.
        policy: the policy as typed.
        label: what the policy is called in the tables.
        seed: the block.
        data: the reference by which a worker reopens the data set.
        spec: the words of the run's augmentation spec.
    """

    key: str
    policy: str
    label: str
    seed: int
    data: Any
    dataset: str
    spec: dict[str, Any]
    model: str
    epochs: int
    batch_size: int
    train_size: int | None
    threads: int
    artefact_key: str = ""


@dataclass
class TrialResult:
    """What a trial leaves behind; written whole by `augbench.bench.storage.run_folder`."""

    row: dict[str, Any]
    curves: list[tuple[float, ...]] = field(default_factory=list)
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)

    def curves_csv(self) -> str:
        """Return the curves as CSV text, a row an epoch, floats unrounded."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CURVE_COLUMNS)
        writer.writerows(self.curves)
        return text.getvalue()


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
        """Run a trial; ``on_epoch(epochs_done)`` and ``on_message(text)`` are called as it goes.

        Raises:
            TrainingFailed: if the loss is not finite.
            Exception: whatever a policy or a model of the user raises.
        """
        began = time.perf_counter()
        clock = Clock()
        with clock.measure("setup"):
            dataset = self.dataset(plan.data)
            here = block(dataset, plan.seed, plan.train_size)
            expression = parse(plan.policy)
            spec = load_spec(plan.spec)
            policy = build(expression, spec)
            train = TrainingSet(
                ImageStack([(dataset.images, here.train)]),
                dataset.labels[here.train],
                dataset.classes,
            )
            policy.check(dataset.shape, len(dataset.classes))
            policy.check_classes(dataset.classes)
            raw = models.source(plan.model).expects_raw
            standardize = Standardizer.fit(spec, train.images, rescale=1.0 if raw else None)
            model = self.model(plan.model, dataset.shape, len(dataset.classes))
            model.reset(_weight_seed(plan.seed, expression.reseed))
            context = Context(
                seed=plan.seed,
                threads=plan.threads,
                cache=artefact_folder(),
                data_key=training_key(dataset, here.train),
                decode=decode,
                progress=on_message,
            )
        with clock.measure("learn"):
            policy.learn(train, context)
        with clock.measure("enlarge"):
            enlarged = policy.enlarge(train, context)
        feed = Feed(
            train=enlarged,
            policy=policy,
            standardize=standardize,
            rows_of=lambda epoch: epoch_rows(
                enlarged,
                len(train),
                plan.seed,
                epoch,
                plan.epochs,
                plan.batch_size,
                expression.reseed,
            ),
            batch_size=plan.batch_size,
            epochs=plan.epochs,
            seed=plan.seed,
        )
        measures = _Measures(dataset, here, plan.seed, standardize, model, clock)

        def after_epoch(epoch: int, accuracy: float, loss: float) -> None:
            measures.after_epoch(epoch, accuracy, loss)
            on_epoch(epoch + 1)

        with clock.measure("fit"):
            model.fit(feed, after_epoch)
        with clock.measure("test"):
            measures.at_end()
        shown = pictures(dataset, here, policy, train, enlarged, measures.predictions, plan.seed)
        return TrialResult(
            row=_row(plan, train, enlarged, measures, feed, clock, context, began),
            curves=measures.curves,
            predictions=measures.predictions,
            pictures=shown | context.pictures,
        )


def _weight_seed(seed: int, reseed: int) -> int:
    return int(stream(seed, "weights", reseed).integers(2**31))


def clean_subset(labels: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return at most 1,000 of ``rows``, stratified by their ``labels``, equal for all policies."""
    if len(rows) <= CLEAN_SUBSET:
        return rows
    shuffled = rows[stream(seed, "clean").permutation(len(rows))]
    rank_in_class = np.empty(len(rows))
    for number in np.unique(labels[shuffled]):
        members = np.flatnonzero(labels[shuffled] == number)
        rank_in_class[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.sort(shuffled[np.argsort(rank_in_class, kind="stable")[:CLEAN_SUBSET]])


class _Measures:
    """Measures a model on clean training images, validation and test, in inference mode."""

    def __init__(
        self,
        dataset: Dataset,
        here: Block,
        seed: int,
        standardize: Any,
        model: WarmModel,
        clock: Clock,
    ) -> None:
        self.dataset, self.here, self.clock = dataset, here, clock
        self.clean = clean_subset(dataset.labels, here.train, seed)
        self.predict = lambda rows: model.predict(dataset.images, rows, standardize)
        self.curves: list[tuple[float, ...]] = []
        self.predictions: dict[str, np.ndarray] = {}
        self.test = Measured(float("nan"), float("nan"))

    def after_epoch(self, epoch: int, accuracy: float, loss: float) -> None:
        with self.clock.measure("measure"):
            train = self._of(self.clean)
            probabilities = self.predict(self.here.validation)
            labels = self.dataset.labels[self.here.validation]
            validation = Measured.of(probabilities, labels)
        self.predictions |= {"validation_probabilities": probabilities, "validation_labels": labels}
        self.curves.append(
            (
                epoch + 1,
                train.accuracy,
                train.loss,
                accuracy,
                loss,
                validation.accuracy,
                validation.loss,
            )
        )

    def at_end(self) -> None:
        rows = self.here.test
        probabilities, labels = self.predict(rows), self.dataset.labels[rows]
        self.test = Measured.of(probabilities, labels)
        self.predictions |= {
            "test_probabilities": probabilities,
            "test_labels": labels,
            "test_paths": np.asarray([self.dataset.paths[row] for row in rows], dtype=np.str_),
        }

    def _of(self, rows: np.ndarray) -> Measured:
        return Measured.of(self.predict(rows), self.dataset.labels[rows])


def _row(
    plan: TrialPlan,
    train: TrainingSet,
    enlarged: TrainingSet,
    measures: _Measures,
    feed: Feed,
    clock: Clock,
    context: Context,
    began: float,
) -> dict[str, Any]:
    from augbench.bench.trial.environment import peak_memory_mb

    last = dict(zip(CURVE_COLUMNS, measures.curves[-1], strict=True))
    validation = [curve[CURVE_COLUMNS.index("validation_accuracy")] for curve in measures.curves]
    spent = clock.seconds
    train_seconds = spent["fit"] - spent.get("measure", 0.0)
    images = len(train) * plan.epochs
    return {
        "status": "done",
        "train_accuracy": last["train_accuracy"],
        "validation_accuracy": last["validation_accuracy"],
        "test_accuracy": measures.test.accuracy,
        "train_loss": last["train_loss"],
        "validation_loss": last["validation_loss"],
        "test_loss": measures.test.loss,
        "best_epoch": int(np.argmax(validation)) + 1,
        "epochs": plan.epochs,
        "steps": plan.epochs * steps_per_epoch(len(train), plan.batch_size),
        "real_images": enlarged.real,
        "synthetic_images": enlarged.synthetic,
        "seconds": time.perf_counter() - began,
        "images_per_second": images / train_seconds,
        "error": "",
        "cost": {
            "setup_seconds": spent["setup"],
            "learn_seconds": spent["learn"] + sum(context.charges),
            "enlarge_seconds": spent["enlarge"],
            "train_seconds": train_seconds,
            "measure_seconds": spent.get("measure", 0.0) + spent["test"],
            "augment_images_per_second": (
                feed.changed_images / feed.change_seconds if feed.change_seconds else None
            ),
            "peak_memory_mb": peak_memory_mb(),
        },
        "findings": [finding.to_dict() for finding in context.findings],
        **({"synthetic": context.records} if context.records else {}),
    }
