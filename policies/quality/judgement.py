"""Is a pool of generated images worth training on? Its measures beside their floors, a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.quality.collapse import pixel_deviation, similarity_within, vendi_score
from augbench.policies.quality.distances import frechet_distance, kernel_distance
from augbench.policies.quality.hold_out import Split
from augbench.policies.quality.neighbours import (
    authentic,
    copying_score,
    different_bins,
    nearest_to,
    nearly_equal,
    overlap,
)
from augbench.policies.quality.probe_classifier import Classifier, Judge
from augbench.policies.random import stream

LABELS_RIGHT = 0.6
CAS_OF_REAL = 0.5
SIGNIFICANT = 0.05
COPIES = 0.01
COLLAPSED = 0.4
"""A pool varies too little below so much of the real images' pixel deviation or Vendi score."""
REFERENCE = 10_000
PARTS = 10
Figures = dict[str, Any]


@dataclass(frozen=True)
class Judgement:
    """What was found of a pool.

    Attributes:
        figures: measures by name, each followed by its floor: the same of real images that the
            generator did not see. Floats; a mapping by class for GAN-test.
        faults: reasons against using the pool, empty where there are none.
        merits: what else the sentence says.
    """

    figures: Figures
    faults: tuple[str, ...]
    merits: str

    def sentence(self, insist: bool = False) -> str:
        """Return the judgement in words; "no expansion" stands in it where the pool is not used."""
        if not self.faults:
            return f"the pool is worth using: {self.merits}"
        said = "used because insist=True, although " if insist else "no expansion: "
        return f"{said}{'; '.join(self.faults)} ({self.merits})"


def judge_pool(
    split: Split,
    pool: np.ndarray,
    labels: np.ndarray,
    control: np.ndarray,
    judge: Judge,
    eyes: Classifier,
    steps: int,
    seed: int,
    progress: Callable[[str], None] = lambda text: None,
) -> Judgement:
    """Measure a pool and say whether it is worth using.

    Args:
        split: the real images; the pool's maker saw ``split.fit`` alone.
        pool: uint8, P×H×W×C, as many images as ``split.fit`` has of the pool's classes, or 10,000.
        labels: int64, P.
        control: uint8, P×H×W×C, images of the Gaussian control with the same labels.
        judge: trains the classifiers.
        eyes: the classifier trained on ``split.fit`` in as many steps.
        steps: of a classifier's training.
        seed: the block's.
        progress: called with a short text now and then.
    """
    progress("judging the generated images")
    figures = looks(split, pool, labels, eyes, seed)
    useful, comparison = _usefulness(split, pool, labels, control, judge, eyes, steps)
    figures = useful | figures
    return Judgement(figures, _faults(figures, comparison), _merits(figures, comparison))


def judge_translation(
    split: Split, pool: np.ndarray, label: int, source: np.ndarray, eyes: Classifier, seed: int
) -> Judgement:
    """Measure images of one class that were made from others.

    Args:
        split: the real images of all classes.
        pool: uint8, P×H×W×C, what was made.
        label: the class that it should be of.
        source: uint8, P×H×W×C, what it was made from.
        eyes: a classifier trained on ``split.fit``.
        seed: the block's.
    """
    before = float((eyes.look(source)[1].argmax(1) == label).mean())
    figures = {"gan_test_before": before} | looks(
        split, pool, np.full(len(pool), label), eyes, seed
    )
    merits = f"{_merits(figures, '')}, before the translation in {before:.0%}"
    return Judgement(figures, _faults(figures, ""), merits)


def looks(
    split: Split, pool: np.ndarray, labels: np.ndarray, eyes: Classifier, seed: int
) -> Figures:
    """Return all measures that need no further training, each followed by its floor.

    Args:
        split: the real images; those of classes that the pool has are compared with it.
        pool: uint8, P×H×W×C.
        labels: int64, P.
        eyes: a classifier trained on real images.
        seed: the block's.
    """
    known = np.flatnonzero(np.isin(split.fit_labels, labels))
    at = np.sort(stream(seed, "judgement", "reference").permutation(known)[:REFERENCE])
    real, real_labels = np.asarray(split.fit[at]), split.fit_labels[at]
    asked = np.isin(split.held_labels, labels)
    held, held_labels = split.held[asked], split.held_labels[asked]
    seen = {"real": eyes.look(real), "held": eyes.look(held), "pool": eyes.look(pool)}
    features = {name: look[0] for name, look in seen.items()}
    by_class, right = _labels_right(seen, held_labels, labels, split.classes)
    return (
        right
        | _distances(features)
        | _overlaps(features, held_labels, labels)
        | _copies(features, pool, held, split.fit)
        | _variety(features, pool, labels, real, real_labels, seed)
        | by_class
    )


def _distances(features: dict[str, np.ndarray]) -> Figures:
    held = features["held"]
    found: Figures = {
        "kid": kernel_distance(held, features["pool"]) if len(held) > 1 else None,
        "kid_floor": kernel_distance(held, features["real"]) if len(held) > 1 else None,
    }
    if len(held) >= 10 * held.shape[1]:
        found["frechet"] = frechet_distance(held, features["pool"][: len(held)])
        found["frechet_floor"] = frechet_distance(held, features["real"][: len(held)])
    return found


def _overlaps(
    features: dict[str, np.ndarray], held_labels: np.ndarray, labels: np.ndarray
) -> Figures:
    """Precision and its like, of parts of the pool as large as the held-out, of equal classes."""
    parts = [
        overlap(features["real"], features["pool"][rows]) for rows in _like(held_labels, labels)
    ]
    floor = overlap(features["real"], features["held"]) if len(held_labels) > 1 else None
    found: Figures = {}
    for name in ("precision", "recall", "density", "coverage"):
        found[name] = float(np.mean([getattr(p, name) for p in parts])) if parts else None
        found[f"{name}_floor"] = getattr(floor, name) if floor else None
    return found


def _like(wanted: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Return up to ten disjoint sets of rows whose labels are those of ``wanted``."""
    if len(wanted) < 2:
        return []
    places = {int(k): np.flatnonzero(labels == k) for k in np.unique(wanted)}
    counts = {k: int((wanted == k).sum()) for k in places}
    sets = min([PARTS, *(len(places[k]) // counts[k] for k in places)])
    return [
        np.concatenate([places[k][i * counts[k] : (i + 1) * counts[k]] for k in places])
        for i in range(sets)
    ]


def _labels_right(
    seen: dict[str, Any], held_labels: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> tuple[Figures, Figures]:
    """Return GAN-test a class, and GAN-test as a whole with its lowest class."""
    right = seen["pool"][1].argmax(1) == labels
    floor = seen["held"][1].argmax(1) == held_labels
    by_class = {
        name: float(right[labels == k].mean())
        for k, name in enumerate(classes)
        if (labels == k).any()
    }
    floor_by_class = {
        name: float(floor[held_labels == k].mean()) if (held_labels == k).any() else None
        for k, name in enumerate(classes)
        if name in by_class
    }
    return {"gan_test_of": by_class, "gan_test_floor_of": floor_by_class}, {
        "gan_test": float(right.mean()),
        "gan_test_floor": float(floor.mean()) if len(floor) else None,
        "gan_test_lowest": min(by_class.values()),
    }


def _usefulness(
    split: Split,
    pool: np.ndarray,
    labels: np.ndarray,
    control: np.ndarray,
    judge: Judge,
    eyes: Classifier,
    steps: int,
) -> tuple[Figures, str]:
    """CAS beside that of real images and of the control, and how it compares with the control's.

    A class that has no generated images is left out of all three, also as an answer.
    """
    asked = np.isin(split.held_labels, labels)
    images, truth = split.held[asked], split.held_labels[asked]
    if not len(truth):
        return {"cas": None, "cas_real": None, "cas_gaussian": None}, "unknown"
    among = np.unique(labels)

    def right(classifier: Classifier) -> np.ndarray:
        return among[classifier.look(images)[1][:, among].argmax(1)] == truth

    of_real = right(eyes)
    of_pool = right(judge.train(pool, labels, steps))
    of_control = right(judge.train(control, labels, steps))
    found = {
        "cas": float(of_pool.mean()),
        "cas_real": float(of_real.mean()),
        "cas_gaussian": float(of_control.mean()),
    }
    return found, compared(of_pool, of_control)


def compared(one: np.ndarray, other: np.ndarray) -> str:
    """Return ``better``, ``worse`` or ``level``: right answers of two classifiers, McNemar's test.

    Exact, two-sided, at 5 %.

    Args:
        one: bool, N.
        other: bool, N, of the same images.
    """
    from scipy.stats import binomtest

    gained, lost = int((one & ~other).sum()), int((~one & other).sum())
    if gained + lost == 0 or binomtest(gained, gained + lost).pvalue >= SIGNIFICANT:
        return "level"
    return "better" if gained > lost else "worse"


def _copies(
    features: dict[str, np.ndarray], pool: np.ndarray, held: np.ndarray, fit: Any
) -> Figures:
    found: Figures = {"copies": nearly_equal(pool, fit)}
    if not len(held):
        return found
    distance = {
        k: float(np.median(nearest_to(features[k], features["real"])[0])) for k in ("pool", "held")
    }
    return {
        **found,
        "copies_floor": nearly_equal(held, fit),
        "authentic": authentic(features["pool"], features["real"]),
        "authentic_floor": authentic(features["held"], features["real"]),
        "copying_score": copying_score(features["pool"], features["held"], features["real"]),
        "nearest_distance": distance["pool"],
        "nearest_distance_floor": distance["held"],
    }


def _variety(
    features: dict[str, np.ndarray],
    pool: np.ndarray,
    labels: np.ndarray,
    real: np.ndarray,
    real_labels: np.ndarray,
    seed: int,
) -> Figures:
    """How much the images of a class differ, beside the same of as many real ones."""
    pair = {
        "": (pool, labels, features["pool"]),
        "_floor": (real, real_labels, features["real"]),
    }
    count = min(500, *(len(p[1]) for p in pair.values()))
    found: Figures = {}
    measures: dict[str, Callable[..., float]] = {
        "similarity": lambda images, of, _: similarity_within(images, of, seed),
        "deviation": lambda images, of, _: pixel_deviation(images, of),
        "vendi": lambda _, of, points: vendi_score(points[_spread(of, count)]),
    }
    for name, measure in measures.items():
        for suffix, images_labels_features in pair.items():
            found[name + suffix] = measure(*images_labels_features)
    points = features["real"]
    bins = min(50, len(points) // 10)
    if bins > 1 and len(features["held"]):
        found["different_bins"] = different_bins(points, features["pool"], bins, seed)
        found["different_bins_floor"] = different_bins(points, features["held"], bins, seed)
    return found


def _spread(labels: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows with the classes in their proportion."""
    order = np.argsort(labels, kind="stable")
    return order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]


def _faults(figures: Figures, compared_with_control: str) -> tuple[str, ...]:
    faults = []
    if figures["gan_test"] < LABELS_RIGHT:
        faults.append(
            f"labels right in {figures['gan_test']:.0%} only, less than {LABELS_RIGHT:.0%}"
        )
    cas = figures.get("cas")
    if cas is not None and cas < CAS_OF_REAL * figures["cas_real"]:
        faults.append(
            f"a classifier that learnt from it alone is right in {cas:.0%}, less than half of "
            f"the {figures['cas_real']:.0%} after real images"
        )
    elif compared_with_control == "worse":
        faults.append(
            f"a classifier that learnt from it alone is right in {cas:.0%}, clearly less than "
            f"the {figures['cas_gaussian']:.0%} after the Gaussian control's images"
        )
    if figures["copies"] > COPIES + 2 * figures.get("copies_floor", 0.0):
        faults.append(f"{figures['copies']:.0%} of it are copies of training images")
    for name in ("deviation", "vendi"):
        if figures[name] < COLLAPSED * figures[f"{name}_floor"]:
            faults.append(
                "its images of a class are almost all the same "
                f"({_NAMES[name]} {figures[name]:.3g}, real images {figures[f'{name}_floor']:.3g})"
            )
            break
    return tuple(faults)


_NAMES = {"deviation": "standard deviation of a pixel", "vendi": "Vendi score"}


def _merits(figures: Figures, compared_with_control: str) -> str:
    floor = figures["gan_test_floor"]
    said = [f"labels right in {figures['gan_test']:.0%}"]
    if floor is not None:
        said[0] += f" (held-out real images {floor:.0%})"
    if figures.get("cas") is not None:
        control = {
            "better": "beats the Gaussian control",
            "level": "not told from the Gaussian control",
            "worse": "less than the Gaussian control",
        }[compared_with_control]
        said.append(
            f"CAS {figures['cas']:.0%} (real {figures['cas_real']:.0%}, Gaussian "
            f"{figures['cas_gaussian']:.0%}: {control})"
        )
    said.append("no copies" if not figures["copies"] else f"copies {figures['copies']:.1%}")
    return ", ".join(said)
