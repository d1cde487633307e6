"""How do generated images compare with real ones? All measures, each right before its floor.

A measure's floor is the same of real images that the generator did not see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from augbench.policies.quality.collapse import pixel_deviation, similarity_within, vendi_score
from augbench.policies.quality.distances import frechet_distance, kernel_distance
from augbench.policies.quality.hold_out import HoldOut
from augbench.policies.quality.neighbours import (
    authentic,
    copying_score,
    different_bins,
    nearest_to,
    nearly_equal,
    overlap,
)
from augbench.policies.quality.probe_classifier import ProbeClassifier
from augbench.policies.random import stream

REFERENCE = 10_000
PARTS = 10
Figures = dict[str, Any]


def measures(
    parts: HoldOut, pool: np.ndarray, labels: np.ndarray, probe: ProbeClassifier, seed: int
) -> Figures:
    """Return all measures that need no further training, each followed by its floor.

    Args:
        parts: the real images; those of classes that the pool has are compared with it.
        pool: uint8, P×H×W×C.
        labels: int64, P.
        probe: a classifier trained on real images.
        seed: the block's.
    """
    known = np.flatnonzero(np.isin(parts.fit_labels, labels))
    at = np.sort(stream(seed, "judgement", "reference").permutation(known)[:REFERENCE])
    real, real_labels = np.asarray(parts.fit[at]), parts.fit_labels[at]
    asked = np.isin(parts.held_labels, labels)
    held, held_labels = parts.held[asked], parts.held_labels[asked]
    seen = {"real": probe.examine(real), "held": probe.examine(held), "pool": probe.examine(pool)}
    features = {name: examined[0] for name, examined in seen.items()}
    by_class, right = _labels_right(seen, held_labels, labels, parts.classes)
    return (
        right
        | _distances(features)
        | _overlaps(features, held_labels, labels)
        | _copies(features, pool, held, parts.fit)
        | _variety(features, pool, labels, real, real_labels, seed)
        | by_class
    )


def _distances(features: dict[str, np.ndarray]) -> Figures:
    held = features["held"]
    figures: Figures = {
        "kid": kernel_distance(held, features["pool"]) if len(held) > 1 else None,
        "kid_floor": kernel_distance(held, features["real"]) if len(held) > 1 else None,
    }
    if len(held) >= 10 * held.shape[1]:
        figures["frechet"] = frechet_distance(held, features["pool"][: len(held)])
        figures["frechet_floor"] = frechet_distance(held, features["real"][: len(held)])
    return figures


def _overlaps(
    features: dict[str, np.ndarray], held_labels: np.ndarray, labels: np.ndarray
) -> Figures:
    """Precision and its like, of parts of the pool as large as the held-out, of equal classes."""
    overlaps = [
        overlap(features["real"], features["pool"][rows]) for rows in _like(held_labels, labels)
    ]
    floor = overlap(features["real"], features["held"]) if len(held_labels) > 1 else None
    figures: Figures = {}
    for name in ("precision", "recall", "density", "coverage"):
        values = [getattr(each, name) for each in overlaps]
        figures[name] = float(np.mean(values)) if values else None
        figures[f"{name}_floor"] = getattr(floor, name) if floor else None
    return figures


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


def _copies(
    features: dict[str, np.ndarray], pool: np.ndarray, held: np.ndarray, fit: Any
) -> Figures:
    figures: Figures = {"copies": nearly_equal(pool, fit)}
    if not len(held):
        return figures
    distance = {
        k: float(np.median(nearest_to(features[k], features["real"])[0])) for k in ("pool", "held")
    }
    return {
        **figures,
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
    figures: Figures = {}
    measured: dict[str, Callable[..., float]] = {
        "similarity": lambda images, of, _: similarity_within(images, of, seed),
        "deviation": lambda images, of, _: pixel_deviation(images, of),
        "vendi": lambda _, of, points: vendi_score(points[_spread(of, count)]),
    }
    for name, measure in measured.items():
        for suffix, images_labels_features in pair.items():
            figures[name + suffix] = measure(*images_labels_features)
    points = features["real"]
    bins = min(50, len(points) // 10)
    if bins > 1 and len(features["held"]):
        figures["different_bins"] = different_bins(points, features["pool"], bins, seed)
        figures["different_bins_floor"] = different_bins(points, features["held"], bins, seed)
    return figures


def _spread(labels: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows with the classes in their proportion."""
    order = np.argsort(labels, kind="stable")
    return order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]
