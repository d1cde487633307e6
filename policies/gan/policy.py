"""The policy ``gan(…)``: a GAN learns the training split; good images of it enlarge the set."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies import artefact
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.copies import Factor
from augbench.policies.enlarge.gaussian import Gaussian, Share
from augbench.policies.gan import record
from augbench.policies.gan.pool import classes_with_enough, closest_sheet, pool_labels, sheets
from augbench.policies.gan.training.options import (
    Architecture,
    BatchSize,
    Decay,
    Latent,
    LearningRate,
    LossName,
    Minutes,
    OptimizerName,
    Steps,
    TrainingOptions,
    Width,
    augments,
    rates_of,
)
from augbench.policies.quiet_import import quiet_keras
from augbench.policies.training_set import ImageStack, Mode, TrainingSet
from augbench.policies.validation import checked

from augbench.backend import require_for
from augbench.errors import InputError

JUDGED = 10_000


class Gan(Policy):
    """Generated images of each class, from a GAN that learns the block's training split alone.

    The GAN is trained once for each block and kept in the cache. Of the images that it makes, those
    are taken that together stand for the real ones (herding). They are judged by a
    tenth of the training split that the GAN did not learn from; a pool that fails is not used, and
    the set stays as it is, unless the user insists.
    """

    @checked
    def __init__(
        self,
        factor: Factor = 2,
        share: Share | None = 0.3,
        mode: Mode = "mix",
        insist: bool = False,
        architecture: Architecture = "dcgan",
        loss: LossName = "hinge",
        optimizer: OptimizerName = "adam",
        learning_rate: LearningRate | None = None,
        beta_1: Decay = 0.0,
        beta_2: Decay = 0.9,
        augment: str = "auto",
        width: Width | None = None,
        steps: Steps | None = None,
        minutes: Minutes | None = None,
        ema: Decay | None = None,
        batch: BatchSize | None = None,
        latent: Latent = 24,
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
        if steps is not None and minutes is not None:
            raise InputError("give steps or minutes, not both")
        augments(augment, (32, 32, 3))  # an unknown kind is an error now, not when images are seen
        self.factor, self.share, self.mode, self.insist = factor, share, mode, insist
        self.minutes = minutes
        self.options = TrainingOptions(
            architecture=architecture,
            loss=loss,
            optimizer=optimizer,
            learning_rate=rates_of(learning_rate),
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
        self._record: dict[str, Any] = {}
        self._complete = self.options

    @property
    def artefact_key(self) -> str:
        """The GAN: policies that differ in what they do with its images share it."""
        return f"gan, {self.minutes} minutes, {self.options}"

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if images H×W×C cannot be generated, or not with Keras' backend."""
        require_for("gan")
        self.options.check(shape)

    @property
    def has_budget(self) -> bool:
        """Whether it has minutes instead of steps."""
        return self.minutes is not None

    def resolve_budget(
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

        options = within(self.minutes, self.options, shape, classes, cache, threads)
        return {"minutes": None, "steps": int(options.steps or 0), "width": int(options.width or 0)}

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
            counts = np.bincount(labels, minlength=len(train.classes))
            record.report_few_images(
                context, {train.classes[k]: int(counts[k]) for k in few}, self.insist
            )
        if not self._wanted:
            record.report_nothing_to_learn(context)
            return
        shape = train.images.shape[1:]
        resolved = self.resolve_budget(shape, len(train.classes), context.cache, context.threads)
        resolved.pop("minutes", None)
        self._complete = replace(self.options, **resolved).complete(shape)
        named = {
            "data": context.data_key,
            "seed": context.seed,
            "threads": context.threads,
            "wanted": self._wanted,
        }
        path = context.cache / "gan" / f"{self._complete.key(**named)}.npz"
        self._arrays, self._record = record.learnt(
            path,
            lambda: self._made(train, rows, context, path.with_suffix(".checkpoint")),
            context,
        )
        steps, width = self._complete.steps, self._complete.width
        record.report_pool(context, self._record, self._arrays, self.insist, steps, width)

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with generated images appended, classes in proportion or as wanted.

        As it is where the pool was refused.
        """
        if not self._arrays or (self._record["faults"] and not self.insist):
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
        from augbench.policies.gan.training.class_conditional import ClassConditionalLoop
        from augbench.policies.gan.training.loop import TrainingFailed
        from augbench.policies.quality.hold_out import evenly_spaced, held_out
        from augbench.policies.quality.judgement import judge_pool
        from augbench.policies.quality.probe_classifier import ProbeTrainer, probe_steps

        began = time.perf_counter()
        seed, shape = context.seed, train.images.shape[1:]
        parts = held_out(train, rows, seed)
        trainer, steps = ProbeTrainer(shape, len(train.classes), seed), probe_steps(len(parts.fit))
        judging, choosing = (
            trainer.train(parts.fit, parts.fit_labels, steps, start) for start in (0, 1)
        )
        training = ClassConditionalLoop(parts, self._complete, seed, choosing, self._wanted)
        try:
            training.run(context.progress, checkpoint)
        except TrainingFailed as failure:
            checkpoint.unlink(missing_ok=True)
            return {}, record.of_failure(failure, training.seconds)
        snapshots = training.snapshots()
        count = min(JUDGED, int(np.isin(parts.fit_labels, self._wanted).sum()))
        labels = pool_labels(train.labels[rows], self._wanted, count, seed)
        chooser = Chooser.of(choosing, parts.fit, parts.fit_labels)
        pool = chosen_pool(training.step.average, snapshots, labels, seed, chooser)
        control = _control(parts.fit, parts.fit_labels, train.classes, labels, context)
        judgement = judge_pool(
            parts, pool, labels, control, trainer, judging, steps, seed, context.progress
        )
        real = parts.fit[evenly_spaced(len(parts.fit), JUDGED)]
        pictures = sheets(pool, labels, train.classes) | {
            "sheet_closest_pairs": closest_sheet(
                pool, judging.features(pool), real, judging.features(real)
            )
        }
        checkpoint.unlink(missing_ok=True)
        seconds = training.seconds_before + time.perf_counter() - began
        arrays = pictures | artefact.stacked("snapshots", snapshots) | chooser.arrays()
        return arrays, record.of_judgement(judgement, seconds, training.history)

    def _pool(
        self, shape: tuple[int, int, int], classes: int, labels: np.ndarray, seed: int
    ) -> np.ndarray:
        """Return an image uint8 N×H×W×C for each of ``labels``, of the GAN that was learnt."""
        from augbench.policies.gan.herding import chosen_pool, restored
        from augbench.policies.gan.training.class_conditional import generator
        from augbench.policies.quality.probe_classifier import ProbeTrainer

        network = generator(self._complete, shape, classes, seed)
        snapshots = artefact.unstacked("snapshots", self._arrays)
        chooser = restored(self._arrays, ProbeTrainer(shape, classes, seed))
        return chosen_pool(network, snapshots, labels, seed, chooser)


def _control(
    fit: Any, fit_labels: np.ndarray, classes: tuple[str, ...], labels: np.ndarray, context: Context
) -> np.ndarray:
    """Return images of the Gaussian control, which learns from the same images, with ``labels``."""
    gaussian = Gaussian()
    learnt = TrainingSet(ImageStack([(fit, None)]), fit_labels, classes)
    gaussian.learn(learnt, Context(context.seed))
    return gaussian.generate(labels, context.seed, learnt.images.shape[1:])
