"""The policy ``cyclegan(…)``: images of a class made from those of another, or of a folder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.gaussian import checked_share
from augbench.policies.gan import record as outcome
from augbench.policies.gan.options import TrainingOptions, choice
from augbench.policies.gan.policy import MODES
from augbench.policies.gan.pool import FEW, closest_sheet, contact_sheet, sheets
from augbench.policies.training_set import TrainingSet

from augbench.errors import InputError, nearest

STEPS, WIDTH, BATCH = 600, 16, 16
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff")


class CycleGan(Policy):
    """New images of the class ``target``, each translated from an image of ``source``.

    Two translators learn at once, there and back, so that nothing of an image is lost on the way
    (Zhu et al. 2017). Every source image gives one new image, whose label is ``target``.
    """

    file_options = ("folder",)

    def __init__(
        self,
        target: str,
        source: str | None = None,
        folder: str | None = None,
        share: float | None = None,
        mode: Literal["mix", "pretrain"] = "mix",
        insist: bool = False,
        learning_rate: float | Sequence[float] = 1e-3,
        augment: str = "auto",
        width: int | None = None,
        steps: int | None = None,
        batch: int | None = None,
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
        for name, text in (("target", target), ("source", source), ("folder", folder)):
            if not isinstance(text, str) and (text is not None or name == "target"):
                raise InputError(f"cyclegan: {name}={text!r}: expected a name in quotes")
        if (source is None) == (folder is None):
            raise InputError("cyclegan: give source='a class' or folder='a folder', one of them")
        if source == target:
            raise InputError(f"cyclegan: source and target are both {target!r}; give two classes")
        self.source, self.target, self.folder = source, target, folder
        self.share = checked_share(share)
        choice("mode", mode, MODES)
        self.mode = mode
        if not isinstance(insist, bool):
            raise InputError(f"cyclegan: insist={insist!r}: expected True or False")
        self.insist = insist
        rates = tuple(learning_rate) if isinstance(learning_rate, (list, tuple)) else learning_rate
        self.options = TrainingOptions(
            learning_rate=rates,  # type: ignore[arg-type]
            augment=augment,
            width=WIDTH if width is None else width,
            steps=STEPS if steps is None else steps,
            batch=BATCH if batch is None else batch,
        )
        self._label = -1
        self._pool = np.zeros((0, 0, 0, 0), np.uint8)
        self._found: dict[str, Any] = {}

    @property
    def artefact(self) -> str:
        """The translators: policies that differ in what they do with the images share them."""
        return f"cyclegan, {self.source or self.folder} to {self.target}, {self.options}"

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be generated, or the folder has too few."""
        self.options.check(shape)
        if self.folder is not None and len(found := _files(self.folder)) < 2:
            raise InputError(
                f"cyclegan: folder={self.folder!r} holds {found[0]} alone; two are few"
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
        few = ", ".join(f"{name} ({count})" for name, count in counts.items() if count < FEW)
        if few:
            said = f"fewer than {FEW} images, too few to learn from: {few}"
            context.notes.append(
                f"{said}; generated because insist=True" if self.insist else f"no expansion: {said}"
            )
            if not self.insist:
                context.records["used"] = 0
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
        arrays, self._found = outcome.learnt(
            path,
            lambda: self._made(
                train, rows, from_label, complete, context, path.with_suffix(".checkpoint")
            ),
            context,
        )
        self._pool = arrays["pool"]
        outcome.report(context, self._found, arrays, self.insist, complete.steps, complete.width)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with the translated images appended; as it is where they were refused."""
        if not len(self._pool) or (self._found["faults"] and not self.insist):
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
        from augbench.policies.gan.training.translation import Translation, translated
        from augbench.policies.quality.hold_out import split_of
        from augbench.policies.quality.judgement import judge_translation
        from augbench.policies.quality.probe_classifier import Judge, judge_steps

        began = time.perf_counter()
        seed, shape = context.seed, train.images.shape[1:]
        split = split_of(train.images.repeated(rows), train.labels[rows], train.classes, seed)
        judge, judged_in = Judge(shape, len(train.classes), seed), judge_steps(len(split.fit))
        eyes, choosing = (
            judge.train(split.fit, split.fit_labels, judged_in, start) for start in (0, 1)
        )
        target = split.fit[split.fit_labels == self._label]
        held = split.held[split.held_labels == self._label]
        if self.folder is None:
            source = train.images[rows[train.labels[rows] == from_label]]
        else:
            source = _folder_images(self.folder, shape, context)
        training = Translation(source, target, held, self._label, options, seed, choosing)
        try:
            training.run(context.progress, checkpoint)
        except TrainingFailed as failure:
            checkpoint.unlink(missing_ok=True)
            return {}, outcome.failure(failure, training.seconds)
        training.step.average.set_weights(training.snapshots()[0])
        pool = translated(training.step.average, source)
        judgement = judge_translation(split, pool, self._label, source, eyes, seed)
        labels = np.full(len(pool), self._label)
        arrays = sheets(pool, labels, train.classes) | {
            "sheet_closest_pairs": closest_sheet(
                pool, eyes.features(pool), target, eyes.features(target)
            ),
            "sheet_translated_from": contact_sheet(source[:32]),
            "pool": pool,
        }
        checkpoint.unlink(missing_ok=True)
        seconds = training.seconds_before + time.perf_counter() - began
        return arrays, outcome.record(judgement, seconds, training.history)


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
            images.append(context.decode(path.read_bytes(), shape[:2], shape[2]))
        except (OSError, ValueError) as error:
            raise InputError(f"cyclegan: {path} cannot be read as an image: {error}") from error
    return np.stack(images)


def _files(folder: str) -> list[Path]:
    found = sorted(
        path
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not found:
        raise InputError(f"cyclegan: folder={folder!r} holds no images ({', '.join(SUFFIXES)})")
    return found


def _fingerprint(folder: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _class_number(name: str, classes: Sequence[str]) -> int:
    """Return the number of the class called ``name``."""
    if name not in classes:
        shown = ", ".join(classes[:10]) + (" …" if len(classes) > 10 else "")
        raise InputError(
            f"cyclegan: there is no class {name!r}{nearest(name, classes)}; there are {shown}"
        )
    return list(classes).index(name)
