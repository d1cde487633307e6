"""How does a classifier that saw only clean images judge images of the training split?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from augbench.bench.data import Dataset
from augbench.bench.search.screening.flips_and_turns import SIDES
from augbench.bench.search.screening.folds import Drawn, FoldTask, Judgements, Wanted
from augbench.bench.trial import models
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.sampler import epoch_rows
from augbench.bench.trial.trial import Bench
from augbench.policies import returned
from augbench.policies.base import Batch, Policy
from augbench.policies.expression import parse
from augbench.policies.random import stream
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.standardize import Standardizer
from augbench.policies.training_set import ImageStack, TrainingSet

#: images that a policy changes in one call
CHANGED_AT_ONCE = 256
#: images that are predicted together, in bytes; a call is filled up to its size
PREDICTED_BYTES = 2**27
#: what a probability counts as at least, before its logarithm is taken
SMALLEST = 1e-12


def augmented(
    policy: Policy, images: np.ndarray, labels: np.ndarray, task: FoldTask, draw: int
) -> np.ndarray | None:
    """Return a task's images (uint8 m×H×W×C, labels float32 m×K) as one draw of a policy has them.

    None where it changes labels too, as a policy that mixes does.
    """
    parts = [images[:0]]
    for number, start in enumerate(range(0, len(images), CHANGED_AT_ONCE)):
        part = slice(start, start + CHANGED_AT_ONCE)
        step = 1000 * number + task.fold  # so that no two batches of folds draw alike
        batch = Batch(images[part], labels[part], task.places[part], task.seed, draw, step)
        changed = returned.changed(policy, batch)
        if not np.array_equal(changed.labels, batch.labels):
            return None
        parts.append(changed.images)
    return np.concatenate(parts)


class FoldJudge:
    """What one process keeps warm between folds: the data set and the compiled classifier."""

    def __init__(self) -> None:
        self._bench = Bench()

    def judge(self, task: FoldTask, on_step: Callable[[], None]) -> Judgements:
        """Train the classifier of a fold on clean images, and judge its images with it.

        Args:
            task: the fold.
            on_step: called after each epoch and each candidate.

        Raises:
            TrainingFailed: if the loss is not finite.
        """
        dataset = self._bench.dataset(task.data)
        log_probabilities = self._trained(task, dataset, on_step)
        images = np.asarray(dataset.images).take(task.rows, axis=0)
        clean = log_probabilities(images)
        of_side = {side: log_probabilities(SIDES[side](images)) for side in task.sides}
        one_hot = self._one_hot(task, dataset)
        of_candidate = {}
        for number in range(len(task.candidates)):
            drawn = _drawn(
                self._policy(task, number),
                images[task.drawn],
                one_hot,
                clean[task.drawn],
                task,
                log_probabilities,
            )
            if drawn is not None:
                of_candidate[number] = drawn
            on_step()
        return Judgements(dataset.labels[task.rows], clean, of_side, task.drawn, of_candidate)

    def pictures(self, wanted: Wanted) -> np.ndarray:
        """Return pairs of a clean image and what became of it, uint8 n×2×H×W×C."""
        task, dataset = wanted.task, self._bench.dataset(wanted.task.data)
        images = np.asarray(dataset.images).take(task.rows, axis=0)
        if isinstance(wanted.source, str):
            changed = SIDES[wanted.source](images)
        else:
            images = images[task.drawn]
            policy, labels = self._policy(task, wanted.source), self._one_hot(task, dataset)
            drawn = augmented(policy, images, labels, task, wanted.draw)
            assert drawn is not None  # it was judged
            changed = drawn
        return np.stack([images[wanted.which], changed[wanted.which]], axis=1)

    def _policy(self, task: FoldTask, number: int) -> Policy:
        return build(parse(task.candidates[number]), load_spec(task.settings.spec))

    def _one_hot(self, task: FoldTask, dataset: Dataset) -> np.ndarray:
        """Return the labels of the images that candidates change, float32 m×K."""
        one_hot: np.ndarray = np.eye(len(dataset.classes), dtype=np.float32)
        return one_hot[dataset.labels[task.rows[task.drawn]]]

    def _trained(
        self, task: FoldTask, dataset: Dataset, on_step: Callable[[], None]
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Train the classifier; return what gives log-probabilities float32 m×K of its images."""
        settings = task.settings
        train = TrainingSet(
            ImageStack([(dataset.images, task.trained)]),
            dataset.labels[task.trained],
            dataset.classes,
        )
        raw = models.source(settings.model).expects_raw
        spec = load_spec(settings.spec)
        standardize = Standardizer.fit(spec, train.images, rescale=1.0 if raw else None)
        model = self._bench.model(settings.model, dataset.shape, len(dataset.classes))
        model.reset(int(stream(task.seed, "screen", task.fold).integers(2**31)))
        pipeline = InputPipeline(
            train=train,
            policy=Policy(),
            standardize=standardize,
            rows_of=lambda epoch: epoch_rows(
                train, len(train), task.seed, epoch, settings.epochs, settings.batch_size, 0
            ),
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            seed=task.seed,
        )
        model.fit(pipeline, lambda epoch, accuracy, loss: on_step())

        def log_probabilities(images: np.ndarray) -> np.ndarray:
            predicted = model.predict(images, np.arange(len(images)), standardize)
            return np.log(np.maximum(predicted, SMALLEST)).reshape(-1, len(dataset.classes))

        return log_probabilities


def _drawn(
    policy: Policy,
    images: np.ndarray,
    labels: np.ndarray,
    clean: np.ndarray,
    task: FoldTask,
    log_probabilities: Callable[[np.ndarray], np.ndarray],
) -> Drawn | None:
    """Judge what a policy makes of images; None where it changes labels, or cannot do it.

    A draw that changes no pixel has the clean image's judgement, and is not predicted again. What a
    policy raises is left for its trials to tell.
    """
    answers = np.repeat(clean[None], task.draws, axis=0)
    changed = np.zeros(answers.shape[:2], bool)
    together = max(1, PREDICTED_BYTES // max(1, images.nbytes))
    for start in range(0, task.draws, together):
        draws = range(start, min(start + together, task.draws))
        try:
            new = [augmented(policy, images, labels, task, draw) for draw in draws]
        except Exception:
            return None
        if any(batch is None or batch.shape != images.shape for batch in new):
            return None
        drawn = np.stack(new)  # type: ignore[arg-type]
        differs = (drawn != images).any(axis=(2, 3, 4))
        changed[start : start + together] = differs
        if differs.any():
            answers[start : start + together][differs] = log_probabilities(drawn[differs])
    return Drawn(answers, changed)
