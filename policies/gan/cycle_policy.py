"""The policy ``cyclegan(…)``: images of a class made from those of another, or of a folder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.gaussian import Share
from augbench.policies.gan import record
from augbench.policies.gan.pool import FEW, closest_sheet, sheets
from augbench.policies.gan.training.options import (
    BatchSize,
    LearningRate,
    Steps,
    TrainingOptions,
    Width,
    augments,
    rates_of,
)
from augbench.policies.training_set import Mode, TrainingSet
from augbench.policies.validation import checked

from augbench import outside
from augbench.backend import require_for
from augbench.errors import InputError, nearest
from augbench.image_files import SUFFIXES
from augbench.tiles import tiled

STEPS, WIDTH, BATCH = 600, 16, 16


class CycleGan(Policy):
    """New images of the class ``target``, each translated from an image of ``source``.

    Two translators learn at once, there and back, so that nothing of an image is lost on the way
    (Zhu et al. 2017). Every source image gives one new image, whose label is ``target``.
    """

    file_options = ("folder",)

    @checked
    def __init__(
        self,
        target: str,
        source: str | None = None,
        folder: str | None = None,
        share: Share | None = None,
        mode: Mode = "mix",
        insist: bool = False,
        learning_rate: LearningRate = 1e-3,
        augment: str = "auto",
        width: Width | None = None,
        steps: Steps | None = None,
        batch: BatchSize | None = None,
    ) -> None:
        """Enlarge the class ``target``.

        Args:
            target: the class to make images of.
            source: the class to make them from; or give ``folder``.
            folder: a folder of images to make them from, with any folders in it.
            share: part of each batch that is generated, above 0 and at most 0.5; None draws all
                rows alike: since all new images are of one class, a share would give it the more.
            mode: ``mix`` trains on both together, ``pretrain`` on generated images first.
            insist: use the pool even if it is refused, and classes of fewer than 20 images.
            learning_rate: of both kinds of network, or (translators, discriminators).
            augment: DiffAugment, as in ``gan``.
            width: channels at full resolution, 4 to 256; 16 by default.
            steps: updates of each network; 600 by default.
            batch: images a step; 16 by default.
        """
        if (source is None) == (folder is None):
            raise InputError("give source='a class' or folder='a folder', one of them")
        if source == target:
            raise InputError(f"source and target are both {target!r}; give two classes")
        augments(augment, (32, 32, 3))  # an unknown kind is an error now, not when images are seen
        self.source, self.target, self.folder = source, target, folder
        self.share, self.mode, self.insist = share, mode, insist
        self.options = TrainingOptions(
            learning_rate=rates_of(learning_rate),
            augment=augment,
            width=WIDTH if width is None else width,
            steps=STEPS if steps is None else steps,
            batch=BATCH if batch is None else batch,
        )
        self._label = -1
        self._pool = np.zeros((0, 0, 0, 0), np.uint8)
        self._record: dict[str, Any] = {}

    @property
    def artefact_key(self) -> str:
        """The translators: policies that differ in what they do with the images share them."""
        return f"cyclegan, {self.source or self.folder} to {self.target}, {self.options}"

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be generated, or the folder has too few."""
        require_for("cyclegan")
        self.options.check(shape)
        if self.folder is not None and len(files := _files(self.folder)) < 2:
            raise InputError(
                f"cyclegan: folder={self.folder!r} holds {files[0]} alone; two are few"
            )

    def check_classes(self, names: Sequence[str]) -> None:
        """Raise `InputError` if the data have no such classes."""
        for name in filter(None, (self.target, self.source)):
            _class_number(name, names)

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Train the translators and judge their images, or take both from the cache.

        Raises:
            InputError: a class that is not in the training split.
            TrainingFailed: it diverged or collapsed, and did so again after going back once.
        """
        rows = train.real_rows
        labels = train.labels[rows]
        self._label = _class_number(self.target, train.classes)
        from_label = -1 if self.source is None else _class_number(self.source, train.classes)
        counts = {
            name: int((labels == number).sum())
            for name, number in ((self.source, from_label), (self.target, self._label))
            if name is not None
        }
        few = {name: count for name, count in counts.items() if count < FEW}
        if few:
            record.report_few_images(context, few, self.insist)
            if not self.insist:
                record.report_nothing_to_learn(context)
                return
        fewest = min(counts, key=lambda name: counts[name])
        if counts[fewest] < 2:
            raise InputError(
                f"cyclegan: class {fewest!r} has {counts[fewest]} images in the training split; "
                "nothing can be learnt from fewer than two"
            )
        complete = self.options.complete(train.images.shape[1:])
        named = {
            "data": context.data_key,
            "seed": context.seed,
            "threads": context.threads,
            "target": self._label,
            "source": from_label if self.folder is None else _fingerprint(self.folder),
        }
        path = context.cache / "gan" / f"cycle-{complete.key(**named)}.npz"
        arrays, self._record = record.learnt(
            path,
            lambda: self._made(
                train, rows, from_label, complete, context, path.with_suffix(".checkpoint")
            ),
            context,
        )
        self._pool = arrays["pool"]
        steps, width = complete.steps, complete.width
        record.report_pool(context, self._record, arrays, self.insist, steps, width)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with the translated images appended; as it is where they were refused."""
        if not len(self._pool) or (self._record["faults"] and not self.insist):
            return train
        labels = np.full(len(self._pool), self._label)
        return train.followed_by(self._pool, labels, "generated", share=self.share, mode=self.mode)

    def _made(
        self,
        train: TrainingSet,
        rows: np.ndarray,
        from_label: int,
        options: TrainingOptions,
        context: Context,
        checkpoint: Path,
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Train, translate and judge; return what the cache keeps of it."""
        from augbench.policies.gan.training.loop import TrainingFailed
        from augbench.policies.gan.training.translation import TranslationLoop, translated
        from augbench.policies.quality.hold_out import held_out
        from augbench.policies.quality.judgement import judge_translation
        from augbench.policies.quality.probe_classifier import ProbeTrainer, probe_steps

        began = time.perf_counter()
        seed, shape = context.seed, train.images.shape[1:]
        parts = held_out(train, rows, seed)
        trainer, steps = ProbeTrainer(shape, len(train.classes), seed), probe_steps(len(parts.fit))
        judging, choosing = (
            trainer.train(parts.fit, parts.fit_labels, steps, start) for start in (0, 1)
        )
        target = parts.fit[parts.fit_labels == self._label]
        held = parts.held[parts.held_labels == self._label]
        if self.folder is None:
            source = train.images[rows[train.labels[rows] == from_label]]
        else:
            source = _folder_images(self.folder, shape, context)
        training = TranslationLoop(source, target, held, self._label, options, seed, choosing)
        try:
            training.run(context.progress, checkpoint)
        except TrainingFailed as failure:
            checkpoint.unlink(missing_ok=True)
            return {}, record.of_failure(failure, training.seconds)
        training.step.average.set_weights(training.snapshots()[0])
        pool = translated(training.step.average, source)
        judgement = judge_translation(parts, pool, self._label, source, judging, seed)
        labels = np.full(len(pool), self._label)
        arrays = sheets(pool, labels, train.classes) | {
            "sheet_closest_pairs": closest_sheet(
                pool, judging.features(pool), target, judging.features(target)
            ),
            "sheet_translated_from": tiled(source[:32], line=1),
            "pool": pool,
        }
        checkpoint.unlink(missing_ok=True)
        seconds = training.seconds_before + time.perf_counter() - began
        return arrays, record.of_judgement(judgement, seconds, training.history)


def _folder_images(folder: str, shape: tuple[int, int, int], context: Context) -> np.ndarray:
    """Return all images below ``folder`` as uint8 N×H×W×C, read as the data set's were.

    Raises:
        InputError: there are none, or one of them cannot be read.
    """
    if context.decode is None:
        raise InputError("cyclegan: folder= needs a context that can decode images")
    images = []
    for path in _files(folder):
        try:
            images.append(
                context.decode(outside.read_bytes(path, outside.IMAGE_BYTES), shape[:2], shape[2])
            )
        except (OSError, ValueError) as error:
            raise InputError(f"cyclegan: {path} cannot be read as an image: {error}") from error
    return np.stack(images)


def _files(folder: str) -> list[Path]:
    files = sorted(
        path
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not files:
        raise InputError(f"cyclegan: folder={folder!r} holds no images ({', '.join(SUFFIXES)})")
    return files


def _fingerprint(folder: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(hashlib.sha256(outside.read_bytes(path, outside.IMAGE_BYTES)).digest())
    return digest.hexdigest()


def _class_number(name: str, classes: Sequence[str]) -> int:
    """Return the number of the class called ``name``."""
    if name not in classes:
        shown = ", ".join(classes[:10]) + (" …" if len(classes) > 10 else "")
        raise InputError(
            f"cyclegan: there is no class {name!r}{nearest(name, classes)}; there are {shown}"
        )
    return list(classes).index(name)
