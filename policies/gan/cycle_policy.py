"""The policy ``cyclegan(…)``: images of a class made from those of another, or of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from policies.base import Context, Policy
from policies.errors import InputError, nearest
from policies.gan import outcome
from policies.gan.options import TrainingOptions, choice
from policies.gan.policy import MODES
from policies.gan.pool import FEW, closest_sheet, contact_sheet, sheets
from policies.gaussian import checked_share
from policies.training_set import TrainingSet

STEPS, WIDTH, BATCH = 600, 16, 16
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff")


class CycleGan(Policy):
    """New images of the class ``target``, each translated from an image of ``source``.

    Two translators learn at once, there and back, so that nothing of an image is lost on the way
    (Zhu et al. 2017). Every source image gives one new image, whose label is ``target``.
    """

    file_options = ("folder",)
    keeps_artefact = True

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
                rows alike, which keeps the classes' balance: all new images are of one class.
            mode: ``mix`` trains on both together, ``pretrain`` on generated images first.
            insist: use the pool even if it is refused, and classes of fewer than 20 images.
            learning_rate: of both kinds of network, or (translators, discriminators).
            augment: DiffAugment, as in ``gan``.
            width: channels at full resolution, 4 to 256; 16 by default.
            steps: updates of each network; 600 by default.
            batch: images a step; 16 by default.
        """
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
            width=width or WIDTH,
            steps=steps or STEPS,
            batch=batch or BATCH,
        )
        self._label = -1
        self._pool = np.zeros((0, 0, 0, 0), np.uint8)
        self._found: dict[str, Any] = {}

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be generated, or the folder has none."""
        self.options.check(shape)
        if self.folder is not None:
            _files(self.folder)

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Train the translators and judge their images, or take both from the cache.

        Raises:
            InputError: a class that is not in the training split.
            TrainingFailed: it diverged or collapsed, and did so again after going back once.
        """
        rows = np.flatnonzero(train.origin == 0)
        labels = train.labels[rows]
        self._label = _class_number(self.target, train.classes, labels)
        from_label = -1
        if self.source is not None:
            from_label = _class_number(self.source, train.classes, labels)
            counts = {n: int((labels == k).sum()) for n, k in ((self.source, from_label),)}
        else:
            counts = {}
        counts[self.target] = int((labels == self._label).sum())
        few = ", ".join(f"{name} ({count})" for name, count in counts.items() if count < FEW)
        if few:
            said = f"fewer than {FEW} images, too few to learn from: {few}"
            context.notes.append(
                f"{said}; generated because insist=True" if self.insist else f"no expansion: {said}"
            )
            if not self.insist:
                return
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
        from policies.gan.course import TrainingFailed
        from policies.gan.cyclegan import Translation, translated
        from policies.quality.classifier import Judge, judge_steps
        from policies.quality.judgement import judge_translation
        from policies.quality.split import split_of

        seed, shape = context.seed, train.images.shape[1:]
        split = split_of(train.images.repeated(rows), train.labels[rows], train.classes, seed)
        judge, judged_in = Judge(shape, len(train.classes), seed), judge_steps(len(split.fit))
        eyes, second = (
            judge.train(split.fit, split.fit_labels, judged_in, start) for start in (0, 1)
        )
        target = split.fit[split.fit_labels == self._label]
        held = split.held[split.held_labels == self._label]
        if self.folder is None:
            source = train.images[rows[train.labels[rows] == from_label]]
        else:
            source = folder_images(self.folder, shape)
        training = Translation(source, target, held, self._label, options, seed, second)
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
        return arrays, outcome.record(judgement, training.seconds, training.history)


def folder_images(folder: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Return all images below ``folder`` as uint8 N×H×W×C, stretched to H×W, in order of names.

    Raises:
        InputError: there are none, or one of them cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    images = []
    for path in _files(folder):
        try:
            with Image.open(path) as opened:
                picture = opened.convert("L" if shape[2] == 1 else "RGB")
        except (OSError, UnidentifiedImageError) as error:
            raise InputError(f"cyclegan: {path} cannot be read as an image: {error}") from error
        scaled = picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
        images.append(np.asarray(scaled).reshape(shape))
    return np.stack(images)


def _files(folder: str) -> list[Path]:
    found = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise InputError(f"cyclegan: folder={folder!r} holds no images ({', '.join(SUFFIXES)})")
    return found


def _fingerprint(folder: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _class_number(name: str, classes: tuple[str, ...], labels: np.ndarray) -> int:
    """Return the number of the class called ``name``, which has images."""
    if name not in classes:
        shown = ", ".join(classes[:10]) + (" …" if len(classes) > 10 else "")
        raise InputError(
            f"cyclegan: there is no class {name!r}{nearest(name, classes)}; there are {shown}"
        )
    number = classes.index(name)
    if not (labels == number).any():
        raise InputError(f"cyclegan: class {name!r} has no image in the training split")
    return number
