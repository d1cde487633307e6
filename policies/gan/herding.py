"""Which of many generated images make a pool? Those that together stand for the real ones.

The candidates come from several snapshots of one training, since a generator at any moment leaves
out some of what it could make; of every 512 of a class 128 are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies import artefact
from augbench.policies.enlarge.copies import empty_images
from augbench.policies.quality.hold_out import evenly_spaced
from augbench.policies.quality.probe_classifier import ProbeClassifier, ProbeTrainer
from augbench.policies.random import stream

CANDIDATES, CHOSEN = 512, 128
TARGETS = 300
"""Real images of a class that a pool is compared with, at most."""


def herd(candidates: np.ndarray, real: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows of ``candidates``, in the order in which they are best taken.

    Kernel herding without replacement: the next one is argmax E k(x, real) − Σ k(x, taken)/(t+1),
    so that the mean of those taken follows the mean of the real ones in the feature space of the
    kernel. Chen, Welling & Smola 2010, eq. 8, with the kernel (xᵀy/d + 1)³ of the KID.

    Args:
        candidates: float, N×d, N ≥ ``count``.
        real: float, M×d.
        count: at least 0.
    """
    x, y = np.asarray(candidates, np.float64), np.asarray(real, np.float64)
    wanted = ((x @ y.T / x.shape[1] + 1.0) ** 3).mean(axis=1)
    alike = (x @ x.T / x.shape[1] + 1.0) ** 3
    taken, near = np.zeros(count, np.int64), np.zeros(len(x))
    for number in range(count):
        taken[number] = (wanted - near / (number + 1)).argmax()
        near += alike[taken[number]]
        near[taken[number]] = np.inf
    return taken


@dataclass(frozen=True)
class Chooser:
    """Chooses among generated images by what a classifier that judges none of them sees in them.

    Attributes:
        probe: trained on real images.
        real: class number to features float32 M×d of real images of that class.
    """

    probe: ProbeClassifier
    real: Mapping[int, np.ndarray]

    @classmethod
    def of(cls, probe: ProbeClassifier, images: Any, labels: np.ndarray) -> Chooser:
        """Return the chooser that follows real images (uint8 N×H×W×C) of class ``labels`` (N)."""
        real = {}
        for k in np.unique(labels):
            rows = np.flatnonzero(labels == k)
            real[int(k)] = probe.features(images[rows[evenly_spaced(len(rows), TARGETS)]])
        return cls(probe, real)

    def choose(self, images: np.ndarray, label: int, count: int) -> np.ndarray:
        """Return ``count`` of uint8 images N×H×W×C that are to be of class ``label``.

        Those that do not look like their class are passed over, as long as enough do.
        """
        features, probabilities = self.probe.examine(images)
        right = probabilities.argmax(1) == label
        order = np.argsort(-(right + probabilities[:, label]), kind="stable")
        known = np.sort(order[: max(count, int(right.sum()))])
        return images[known[herd(features[known], self.real[label], count)]]

    def arrays(self) -> artefact.Arrays:
        """Return what `restored` needs, as named arrays."""
        return {
            **artefact.numbered("chooser", self.probe.weights),
            "chooser_unit": np.array(self.probe.unit),
            **{f"real{k}": features for k, features in self.real.items()},
        }


def restored(arrays: Mapping[str, np.ndarray], trainer: ProbeTrainer) -> Chooser:
    """Return the chooser whose `Chooser.arrays` these are; ``trainer`` has its network."""
    probe = ProbeClassifier(
        trainer, artefact.listed("chooser", arrays), float(arrays["chooser_unit"])
    )
    real = {int(name[4:]): array for name, array in arrays.items() if name.startswith("real")}
    return Chooser(probe, real)


def chosen_pool(
    generator: Any,
    snapshots: Sequence[list[np.ndarray]],
    labels: np.ndarray,
    seed: int,
    chooser: Chooser,
) -> np.ndarray:
    """Return uint8 images N×H×W×C, one for each of ``labels`` (N), from the seed's streams.

    The n-th image of a class depends on seed, class and n alone, not on how many are asked for.

    Args:
        generator: the network.
        snapshots: weights of it, each the maker of an equal part of the candidates.
        labels: int64, N.
        seed: the block's.
        chooser: chooses among the candidates of a class.
    """
    from augbench.policies.gan.training.class_conditional import noise_length, sample

    latent = noise_length(generator)
    images = empty_images((len(labels), *generator.outputs[0].shape[1:]))
    for k in np.unique(labels):
        places = np.flatnonzero(labels == k)
        for number, first in enumerate(range(0, len(places), CHOSEN)):
            rng = stream(seed, "gan", "pool", int(k), number)
            noise = rng.standard_normal((CANDIDATES, latent), np.float32)
            candidates = []
            for weights, part in zip(snapshots, np.array_split(noise, len(snapshots)), strict=True):
                generator.set_weights(weights)
                candidates.append(sample(generator, part, np.full(len(part), k)))
            chosen = chooser.choose(np.concatenate(candidates), int(k), CHOSEN)
            rows = places[first : first + CHOSEN]
            images[rows] = rng.permutation(chosen)[: len(rows)]  # herding begins with extremes
    return images
