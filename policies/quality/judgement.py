"""Is a pool of generated images worth training on? Its measures, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.quality.hold_out import HoldOut
from augbench.policies.quality.measures import Figures, measures
from augbench.policies.quality.probe_classifier import ProbeClassifier, ProbeTrainer

LABELS_RIGHT = 0.6
CAS_OF_REAL = 0.5
SIGNIFICANT = 0.05
COPIES = 0.01
COLLAPSED = 0.4
"""A pool varies too little below so much of the real images' pixel deviation or Vendi score."""


@dataclass(frozen=True)
class Judgement:
    """What was found of a pool.

    Attributes:
        figures: measures by name, each followed by its floor: the same of real images that the
            generator did not see. Floats; a mapping by class for GAN-test.
        control: how a classifier that learnt from the pool compares with one that learnt from the
            Gaussian control: ``better``, ``level``, ``worse``, or ``unknown``.
        faults: reasons against using the pool, each a name (``fault``) and its figures; empty
            where there are none.
    """

    figures: Figures
    control: str
    faults: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, figures: Figures, control: str = "unknown") -> Judgement:
        """Return the judgement that follows from the figures."""
        return cls(figures, control, _faults(figures, control))


def judge_pool(
    parts: HoldOut,
    pool: np.ndarray,
    labels: np.ndarray,
    control: np.ndarray,
    trainer: ProbeTrainer,
    probe: ProbeClassifier,
    steps: int,
    seed: int,
    progress: Callable[[str], None] = lambda text: None,
) -> Judgement:
    """Measure a pool and say whether it is worth using.

    Args:
        parts: the real images; the pool's maker saw ``parts.fit`` alone.
        pool: uint8, P×H×W×C, as many images as ``parts.fit`` has of the pool's classes, or 10,000.
        labels: int64, P.
        control: uint8, P×H×W×C, images of the Gaussian control with the same labels.
        trainer: trains the classifiers.
        probe: the classifier trained on ``parts.fit`` in as many steps.
        steps: of a classifier's training.
        seed: the block's.
        progress: called with a short text now and then.
    """
    progress("judging the generated images")
    figures = measures(parts, pool, labels, probe, seed)
    useful, comparison = _usefulness(parts, pool, labels, control, trainer, probe, steps)
    return Judgement.of(useful | figures, comparison)


def judge_translation(
    parts: HoldOut,
    pool: np.ndarray,
    label: int,
    source: np.ndarray,
    probe: ProbeClassifier,
    seed: int,
) -> Judgement:
    """Measure images of one class that were made from others.

    Args:
        parts: the real images of all classes.
        pool: uint8, P×H×W×C, what was made.
        label: the class that it should be of.
        source: uint8, P×H×W×C, what it was made from.
        probe: a classifier trained on ``parts.fit``.
        seed: the block's.
    """
    before = float((probe.examine(source)[1].argmax(1) == label).mean())
    return Judgement.of(
        {"gan_test_before": before} | measures(parts, pool, np.full(len(pool), label), probe, seed)
    )


def _usefulness(
    parts: HoldOut,
    pool: np.ndarray,
    labels: np.ndarray,
    control: np.ndarray,
    trainer: ProbeTrainer,
    probe: ProbeClassifier,
    steps: int,
) -> tuple[Figures, str]:
    """CAS beside that of real images and of the control, and how it compares with the control's.

    A class that has no generated images is left out of all three, also as an answer.
    """
    asked = np.isin(parts.held_labels, labels)
    images, truth = parts.held[asked], parts.held_labels[asked]
    if not len(truth):
        return {"cas": None, "cas_real": None, "cas_gaussian": None}, "unknown"
    among = np.unique(labels)

    def right(classifier: ProbeClassifier) -> np.ndarray:
        return among[classifier.examine(images)[1][:, among].argmax(1)] == truth

    of_real = right(probe)
    of_pool = right(trainer.train(pool, labels, steps))
    of_control = right(trainer.train(control, labels, steps))
    figures = {
        "cas": float(of_pool.mean()),
        "cas_real": float(of_real.mean()),
        "cas_gaussian": float(of_control.mean()),
    }
    return figures, compared(of_pool, of_control)


def compared(first: np.ndarray, second: np.ndarray) -> str:
    """Return ``better``, ``worse`` or ``level``: right answers of two classifiers, McNemar's test.

    Exact, two-sided, at 5 %.

    Args:
        first: bool, N.
        second: bool, N, of the same images.
    """
    from scipy.stats import binomtest

    gained, lost = int((first & ~second).sum()), int((~first & second).sum())
    if gained + lost == 0 or binomtest(gained, gained + lost).pvalue >= SIGNIFICANT:
        return "level"
    return "better" if gained > lost else "worse"


def _faults(figures: Figures, control: str) -> tuple[dict[str, Any], ...]:
    faults: list[dict[str, Any]] = []
    gan_test, cas, copies = figures["gan_test"], figures.get("cas"), figures["copies"]
    if gan_test < LABELS_RIGHT:
        faults.append({"fault": "labels-wrong", "gan_test": gan_test, "least": LABELS_RIGHT})
    if cas is not None and cas < CAS_OF_REAL * figures["cas_real"]:
        faults.append({"fault": "cas-under-half", "cas": cas, "cas_real": figures["cas_real"]})
    elif control == "worse":
        gaussian = figures["cas_gaussian"]
        faults.append({"fault": "cas-under-control", "cas": cas, "cas_gaussian": gaussian})
    if copies > COPIES + 2 * figures.get("copies_floor", 0.0):
        faults.append({"fault": "copies", "copies": copies})
    for measure in ("deviation", "vendi"):
        value, real = figures[measure], figures[f"{measure}_floor"]
        if value < COLLAPSED * real:
            faults.append({"fault": "collapsed", "measure": measure, "value": value, "real": real})
            break
    return tuple(faults)
