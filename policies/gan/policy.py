"""The policy ``gan(…)``: a GAN learns the training split; good images of it enlarge the set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.copies import checked_factor
from augbench.policies.enlarge.gaussian import Gaussian, checked_share
from augbench.policies.gan import artefact
from augbench.policies.gan import record as outcome
from augbench.policies.gan.options import TrainingOptions, choice, number
from augbench.policies.gan.pool import (
    classes_with_enough,
    closest_sheet,
    few_images_note,
    pool_labels,
    sheets,
)
from augbench.policies.quiet_import import quiet_keras
from augbench.policies.training_set import ImageStack, TrainingSet

from augbench.errors import InputError

JUDGED = 10_000
MODES = ("mix", "pretrain")


class Gan(Policy):
    """Generated images of each class, from a GAN that learns the block's training split alone.

    The GAN is trained once for each block and kept in the cache. Of the images that it makes, those
    are taken that together stand for the real ones (`herd`). They are judged by a
    tenth of the training split that the GAN did not learn from; a pool that fails is not used, and
    the set stays as it is, unless the user insists.
    """

    def __init__(
        self,
        factor: float = 2,
        share: float | None = 0.3,
        mode: Literal["mix", "pretrain"] = "mix",
        insist: bool = False,
        architecture: str = "dcgan",
        loss: str = "hinge",
        optimizer: str = "adam",
        learning_rate: float | Sequence[float] | None = None,
        beta_1: float = 0.0,
        beta_2: float = 0.9,
        augment: str = "auto",
        width: int | None = None,
        steps: int | None = None,
        minutes: float | None = None,
        ema: float | None = None,
        batch: int | None = None,
        latent: int = 24,
    ) -> None:
        """Enlarge the set with generated images.

        Args:
            factor: size of the enlarged set in units of the real one, at least 1.
            share: part of each batch that is generated, above 0 and at most 0.5; None draws all
                rows alike.
            mode: ``mix`` trains on both together, ``pretrain`` on generated images first.
            insist: use the pool even if it is refused, and classes of fewer than 20 images.
            architecture: ``dcgan`` or ``stylegan`` (slower: it needs a GPU or patience).
            loss: ``hinge``, ``non-saturating``, ``wasserstein-gp`` or ``relativistic``.
            optimizer: ``adam`` or ``rmsprop``.
            learning_rate: of both networks, or (generator, discriminator).
            beta_1: decay of Adam's first moment (rmsprop: its momentum).
            beta_2: decay of the second moment (rmsprop: its ``rho``).
            augment: DiffAugment: ``translation``, ``colour``, ``cutout``, comma-separated, or
                ``auto`` or ``none``.
            width: channels at full resolution, 4 to 256.
            steps: updates of each network; a default by the size of the images.
            minutes: time to train instead of steps; turned into steps once, before training.
            ema: decay of the generator's moving average.
            batch: images a step.
            latent: numbers of noise an image is made from.
        """
        self.factor = checked_factor(factor)
        self.share = checked_share(share)
        choice("mode", mode, MODES)
        self.mode = mode
        if not isinstance(insist, bool):
            raise InputError(f"gan: insist={insist!r}: expected True or False")
        self.insist = insist
        if minutes is not None:
            number("minutes", minutes, 0.0, 10_000.0, open_below=True)
            if steps is not None:
                raise InputError("gan: give steps or minutes, not both")
        self.minutes = minutes
        rates = tuple(learning_rate) if isinstance(learning_rate, (list, tuple)) else learning_rate
        self.options = TrainingOptions(
            architecture=architecture,
            loss=loss,
            optimizer=optimizer,
            learning_rate=rates,  # type: ignore[arg-type]
            beta_1=beta_1,
            beta_2=beta_2,
            augment=augment,
            width=width,
            steps=steps,
            ema=ema,
            batch=batch,
            latent=latent,
        )
        self._wanted: list[int] = []
        self._arrays: artefact.Arrays = {}
        self._found: dict[str, Any] = {}
        self._complete = self.options

    @property
    def artefact(self) -> str:
        """The GAN: policies that differ in what they do with its images share it."""
        return f"gan, {self.minutes} minutes, {self.options}"

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be generated."""
        self.options.check(shape)

    def settled(
        self, shape: tuple[int, int, int], classes: int, cache: Path, threads: int
    ) -> dict[str, Any]:
        """Return ``steps`` and ``width`` that stand for ``minutes`` here; empty without minutes.

        Raises:
            Refusal: the minutes are too few to learn anything.
        """
        if self.minutes is None:
            return {}
        quiet_keras()
        from augbench.policies.gan.time_budget import within

        found = within(self.minutes, self.options, shape, classes, cache, threads)
        return {"minutes": None, "steps": int(found.steps or 0), "width": int(found.width or 0)}

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Train the GAN and judge its images, or take both from the cache.

        Raises:
            TrainingFailed: it diverged or collapsed, and did so again after going back once.
            Refusal: ``minutes`` are too few to learn anything.
        """
        rows = train.real_rows
        labels = train.labels[rows]
        enough, few = classes_with_enough(labels, len(train.classes))
        self._wanted = sorted([*enough, *few]) if self.insist else enough
        if few:
            said = few_images_note(few, labels, train.classes)
            context.notes.append(
                said
                + (
                    "; generated because insist=True"
                    if self.insist
                    else "; not generated, so that generated batches hold the other classes only"
                )
            )
        if not self._wanted:
            context.notes.append(
                "no expansion: no class has enough images to learn from; insist=True generates them"
            )
            context.records["used"] = 0
            return
        shape = train.images.shape[1:]
        settled = self.settled(shape, len(train.classes), context.cache, context.threads)
        settled.pop("minutes", None)
        self._complete = TrainingOptions(**{**asdict(self.options), **settled}).complete(shape)
        named = {
            "data": context.data_key,
            "seed": context.seed,
            "threads": context.threads,
            "wanted": self._wanted,
        }
        path = context.cache / "gan" / f"{self._complete.key(**named)}.npz"
        arrays, self._found = outcome.learnt(
            path,
            lambda: self._made(train, rows, context, path.with_suffix(".checkpoint")),
            context,
        )
        self._arrays, made = arrays, self._complete
        outcome.report(context, self._found, arrays, self.insist, made.steps, made.width)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with generated images appended, classes in proportion or as wanted.

        As it is where the pool was refused.
        """
        if not self._arrays or (self._found["faults"] and not self.insist):
            return train
        if context.wanted is not None:
            labels = np.repeat(self._wanted, context.wanted[self._wanted])
        else:
            real = train.labels[train.real_rows]
            count = round((self.factor - 1) * int(np.isin(real, self._wanted).sum()))
            labels = pool_labels(real, self._wanted, count, context.seed)
        if not len(labels):
            return train
        context.progress(f"gan: generating {len(labels):,} images")
        images = self._pool(train.images.shape[1:], len(train.classes), labels, context.seed)
        return train.followed_by(images, labels, "generated", share=self.share, mode=self.mode)

    def _made(
        self, train: TrainingSet, rows: np.ndarray, context: Context, checkpoint: Path
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Train and judge; return what the cache keeps of it."""
        from augbench.policies.gan.herding import Chooser, chosen_pool
        from augbench.policies.gan.training.class_conditional import Training
        from augbench.policies.gan.training.loop import TrainingFailed
        from augbench.policies.quality.hold_out import evenly_spaced, split_of
        from augbench.policies.quality.judgement import judge_pool
        from augbench.policies.quality.probe_classifier import Judge, judge_steps

        began = time.perf_counter()
        seed, shape = context.seed, train.images.shape[1:]
        split = split_of(train.images.repeated(rows), train.labels[rows], train.classes, seed)
        judge, judged_in = Judge(shape, len(train.classes), seed), judge_steps(len(split.fit))
        eyes, choosing = (
            judge.train(split.fit, split.fit_labels, judged_in, start) for start in (0, 1)
        )
        training = Training(split, self._complete, seed, choosing, self._wanted)
        try:
            training.run(context.progress, checkpoint)
        except TrainingFailed as failure:
            checkpoint.unlink(missing_ok=True)
            return {}, outcome.failure(failure, training.seconds)
        snapshots = training.snapshots()
        count = min(JUDGED, int(np.isin(split.fit_labels, self._wanted).sum()))
        labels = pool_labels(train.labels[rows], self._wanted, count, seed)
        chooser = Chooser.of(choosing, split.fit, split.fit_labels)
        pool = chosen_pool(training.step.average, snapshots, labels, seed, chooser)
        control = _control(split.fit, split.fit_labels, train.classes, labels, context)
        judgement = judge_pool(
            split, pool, labels, control, judge, eyes, judged_in, seed, context.progress
        )
        real = split.fit[evenly_spaced(len(split.fit), JUDGED)]
        arrays = sheets(pool, labels, train.classes) | {
            "sheet_closest_pairs": closest_sheet(
                pool, eyes.features(pool), real, eyes.features(real)
            )
        }
        checkpoint.unlink(missing_ok=True)
        seconds = training.seconds_before + time.perf_counter() - began
        kept = artefact.stacked("snapshots", snapshots) | chooser.arrays()
        return arrays | kept, outcome.record(judgement, seconds, training.history)

    def _pool(
        self, shape: tuple[int, int, int], classes: int, labels: np.ndarray, seed: int
    ) -> np.ndarray:
        """Return an image uint8 N×H×W×C for each of ``labels``, of the GAN that was learnt."""
        from augbench.policies.gan.herding import chosen_pool, restored
        from augbench.policies.gan.training.class_conditional import generator
        from augbench.policies.quality.probe_classifier import Judge

        network = generator(self._complete, shape, classes, seed)
        snapshots = artefact.unstacked("snapshots", self._arrays)
        chooser = restored(self._arrays, Judge(shape, classes, seed))
        return chosen_pool(network, snapshots, labels, seed, chooser)


def _control(
    fit: Any, fit_labels: np.ndarray, classes: tuple[str, ...], labels: np.ndarray, context: Context
) -> np.ndarray:
    """Return images of the Gaussian control, which learns from the same images, with ``labels``."""
    gaussian = Gaussian()
    learnt = TrainingSet(ImageStack([(fit, None)]), fit_labels, classes)
    gaussian.learn(learnt, Context(context.seed))
    return gaussian.generate(labels, context.seed, learnt.images.shape[1:])
