"""How do classifiers that saw only clean images judge images of the training split?

Cross-fitting: the training split is dealt to folds, and the classifier of a fold trains on all the
others, so that every image is judged by a classifier that did not see it. Each fold is one task for
a worker process; what it gives depends on the task alone, not on how many processes there are.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from augbench.bench.data import Dataset, Parts, block
from augbench.bench.data.sides import Sides
from augbench.bench.data.sources.source import TRAIN
from augbench.bench.data.stratify import balanced
from augbench.bench.executors.last_words import LastWords, speak_into
from augbench.bench.executors.local import begin_worker, nothing_run_at_start, worker_context
from augbench.bench.trial import models
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.sampler import epoch_rows, steps_per_epoch
from augbench.bench.trial.training import TrainingFailed
from augbench.bench.trial.trial import Bench
from augbench.policies import returned
from augbench.policies.base import Batch, Policy
from augbench.policies.expression import parse
from augbench.policies.random import stream
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.standardize import Standardizer
from augbench.policies.training_set import ImageStack, TrainingSet

from augbench.errors import AugbenchWarning, reason_of

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings

#: images that a policy changes in one call
CHANGED_AT_ONCE = 256
#: images that are predicted together, in bytes; a call is filled up to its size
PREDICTED_BYTES = 2**27
#: what a probability counts as at least, before its logarithm is taken
SMALLEST = 1e-12
#: what moves pixels on their grid and does nothing else, uint8 m×H×W×C to the same; the quarter
#: turns undo each other and want square images, the others undo themselves
SIDES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "horizontal flip": lambda images: images[:, :, ::-1],
    "vertical flip": lambda images: images[:, ::-1],
    "half turn": lambda images: images[:, ::-1, ::-1],
    "quarter turn": lambda images: np.rot90(images, 1, (1, 2)),
    "quarter turn back": lambda images: np.rot90(images, -1, (1, 2)),
}


@dataclass(frozen=True)
class Size:
    """How much is judged.

    Attributes:
        folds: into which the training split is dealt.
        images: that are judged at most, the classes in turn.
        drawn_images: of these, those that candidates change.
        draws: how often a candidate changes each of them.
    """

    folds: int
    images: int
    drawn_images: int
    draws: int


@dataclass(frozen=True)
class FoldTask:
    """A fold to train for and to judge, in plain values that travel to a worker.

    Attributes:
        fold: its number.
        data: the reference by which a worker reopens the data set.
        settings: the options; model, epochs, batch size and spec count here.
        trained: int64, rows of the data set that the classifier trains on.
        rows: int64, m, rows of the data set that it judges.
        drawn: int64, places in ``rows`` of those that candidates change.
        places: int64, as ``drawn``, their rows in the training split, which draws follow.
        candidates: policies as typed.
        sides: of `SIDES`, those that are judged.
        draws: how often each candidate changes each image.
        seed: decides initial weights, order and draws.
    """

    fold: int
    data: Any
    settings: Settings
    trained: np.ndarray
    rows: np.ndarray
    drawn: np.ndarray
    places: np.ndarray
    candidates: tuple[str, ...]
    sides: tuple[str, ...]
    draws: int
    seed: int


@dataclass(frozen=True)
class Wanted:
    """Images that a fold judged, to be looked at.

    Attributes:
        task: the fold.
        source: a candidate's number, or one of `SIDES`.
        draw: of a candidate.
        which: int64, places among the rows that were judged, of a candidate among those it changed.
    """

    task: FoldTask
    source: int | str
    draw: int
    which: np.ndarray


@dataclass(frozen=True)
class Drawn:
    """What the classifiers say of one candidate's images.

    Attributes:
        log_probabilities: float32, D×m×K, of the augmented images, nats.
        changed: bool, D×m, whether any pixel of a draw differs from the clean image.
    """

    log_probabilities: np.ndarray
    changed: np.ndarray


@dataclass(frozen=True)
class Judgements:
    """What classifiers say of n images of the training split, each by one that did not see it.

    Attributes:
        labels: int64, n.
        clean: float32, n×K, log-probabilities of the clean images, nats.
        of_side: by one of `SIDES`, the same of images with that done to them.
        drawn: int64, m, places among the n of the images that candidates change.
        of_candidate: by the candidate's number; those that change labels or fail are absent.
    """

    labels: np.ndarray
    clean: np.ndarray
    of_side: dict[str, np.ndarray]
    drawn: np.ndarray
    of_candidate: dict[int, Drawn]

    @classmethod
    def joined(cls, parts: Sequence[Judgements]) -> Judgements:
        """Return the judgements of all folds as one, fold after fold."""
        starts = np.cumsum([0, *(len(part.labels) for part in parts)])
        candidates = set.intersection(*(set(part.of_candidate) for part in parts))

        def drawn(number: int) -> Drawn:
            of_folds = [part.of_candidate[number] for part in parts]
            return Drawn(
                np.concatenate([one.log_probabilities for one in of_folds], axis=1),
                np.concatenate([one.changed for one in of_folds], axis=1),
            )

        return cls(
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.clean for part in parts]),
            {
                side: np.concatenate([part.of_side[side] for part in parts])
                for side in parts[0].of_side
            },
            np.concatenate(
                [part.drawn + start for part, start in zip(parts, starts, strict=False)]
            ),
            {number: drawn(number) for number in sorted(candidates)},
        )


def fold_tasks(
    dataset: Dataset,
    settings: Settings,
    candidates: Sequence[str],
    sides: Sequence[str],
    size: Size,
    seed: int,
) -> list[FoldTask]:
    """Return a task for each fold of the training split of the first block.

    All its images are trained on. Images with equal pixels are in one fold; one of a class of one
    is trained on in all folds and judged in none.

    Raises:
        InputError: there are too few images for so many folds.
    """
    rows = block(dataset, settings.first_seed, Parts.of(settings)).train
    labels, classes = dataset.labels[rows], len(dataset.classes)
    among = Sides.of(dataset).among(rows)
    fold_of = among.folds(np.full(len(rows), TRAIN, np.uint8), size.folds)

    def some(number: int) -> np.ndarray:
        wanted = min(len(rows), max(number, classes))
        return balanced(np.arange(len(rows)), labels, wanted, classes, seed)

    judged, changed = some(size.images), some(min(size.images, size.drawn_images))
    tasks = []
    for fold in range(size.folds):
        places = judged[fold_of[judged] == fold]
        drawn = np.flatnonzero(np.isin(places, changed))
        tasks.append(
            FoldTask(
                fold=fold,
                data=dataset.reference,
                settings=settings,
                trained=rows[fold_of != fold],
                rows=rows[places],
                drawn=drawn,
                places=places[drawn],
                candidates=tuple(candidates),
                sides=tuple(sides),
                draws=size.draws,
                seed=seed,
            )
        )
    return tasks


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
        steps = steps_per_epoch(len(train), settings.batch_size)
        model = self._bench.model(settings.model, dataset.shape, len(dataset.classes), steps)
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
        if any(one is None or one.shape != images.shape for one in new):
            return None
        drawn = np.stack(new)  # type: ignore[arg-type]
        differs = (drawn != images).reshape(*drawn.shape[:2], -1).any(axis=-1)
        changed[start : start + together] = differs
        if differs.any():
            answers[start : start + together][differs] = log_probabilities(drawn[differs])
    return Drawn(answers, changed)


class Judges:
    """Worker processes that judge folds; a context manager, which ends them."""

    def __init__(self, jobs: int, threads: int) -> None:
        """Prepare for ``jobs`` processes that compute with ``threads`` CPU threads each."""
        self._jobs, self._threads = max(1, jobs), threads
        self._workers: list[_Process] = []

    def __enter__(self) -> Self:
        prepare_process(self._threads)  # the workers inherit it, before they import anything
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()

    def judge(
        self, tasks: Sequence[FoldTask], on_step: Callable[[], None] = lambda: None
    ) -> list[Judgements]:
        """Return what the classifier of each fold says; arguments as of `FoldJudge.judge`.

        Raises:
            TrainingFailed: a classifier could not be trained, or its process died.
        """
        return self._answers(tasks, on_step)

    def pictures(self, wanted: Sequence[Wanted]) -> list[np.ndarray]:
        """Return pictures, as `FoldJudge.pictures`; errors as of `judge`."""
        return self._answers(wanted, lambda: None)

    def _answers(self, questions: Sequence[Any], on_step: Callable[[], None]) -> list[Any]:
        waiting = list(enumerate(questions))[::-1]
        answers: dict[int, Any] = {}
        while len(self._workers) < min(self._jobs, len(questions)):
            self._workers.append(_Process.start(worker_context(), self._threads))
        for worker in self._workers:
            if waiting:
                worker.take(*waiting.pop())
        while len(answers) < len(questions):
            busy = {worker.line: worker for worker in self._workers if worker.number is not None}
            for line in wait(list(busy)):
                worker = busy[line]  # type: ignore[index]
                answer = worker.hear()
                if answer is None:
                    on_step()
                    continue
                assert worker.number is not None
                answers[worker.number], worker.number = answer, None
                if waiting:
                    worker.take(*waiting.pop())
        return [answers[number] for number in range(len(questions))]


@dataclass
class _Process:
    """A worker's process, the line to it, and the number of the question that it is at."""

    process: Any
    line: Connection
    words: LastWords
    number: int | None = None

    @classmethod
    def start(cls, context: Any, threads: int) -> _Process:
        ours, theirs = context.Pipe()
        words = LastWords()
        given = (theirs, words.theirs, threads, list(sys.path), dict(os.environ))
        process = context.Process(target=_live, args=given, daemon=True)
        with nothing_run_at_start():
            process.start()
        theirs.close()  # so that its death is the end of the line
        words.started()
        return cls(process, ours, words)

    def take(self, number: int, question: FoldTask | Wanted) -> None:
        self.number = number
        self.line.send(question)

    def hear(self) -> Any:
        """Return its answer, or None where it only tells that it got further."""
        try:
            heard = self.line.recv()
        except (EOFError, OSError):
            self.process.join()
            how = self.words.of_dead(self.process)
            raise TrainingFailed(f"the process of a classifier died {how}") from None
        if isinstance(heard, str):
            raise TrainingFailed(heard)
        return heard


def _live(
    line: Connection,
    words: Connection | None,
    threads: int,
    path: list[str],
    variables: dict[str, str],
) -> None:
    """Answer every question that comes down the line; the life of a worker's process."""
    speak_into(words)
    begin_worker(path, variables)
    prepare_process(threads)
    limit_threads(threads)
    warnings.simplefilter("ignore", AugbenchWarning)  # who asked has collected them
    judge = FoldJudge()
    while True:
        try:
            question = line.recv()
        except EOFError:
            return
        try:
            if isinstance(question, Wanted):
                line.send(judge.pictures(question))
            else:
                line.send(judge.judge(question, partial(line.send, None)))
        except Exception as error:
            line.send(reason_of(error))
