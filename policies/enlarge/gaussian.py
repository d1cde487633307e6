"""The control that a GAN has to beat: each class a Gaussian of principal components."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.copies import CHUNK, Factor, class_order, empty_images
from augbench.policies.random import stream
from augbench.policies.training_set import Mode, TrainingSet
from augbench.policies.validation import Advice, checked

from augbench.errors import InputError

FITTED_ON = 5000  # images that the principal components are computed from, at most
COMPONENTS = 64

#: the part of each batch that is generated
Share = Annotated[
    float,
    Gt(0),
    Le(0.5),
    Advice("it is the generated part of each batch, and a larger one does harm"),
]


class Gaussian(Policy):
    """Images drawn from one Gaussian a class, fitted to the real training images in a second.

    The images are projected on their principal components; a class has its own mean, and its own
    covariance shrunk towards the one all classes share, the more the fewer images it has
    (Friedman 1989, regularised discriminant analysis, eq. 18 with a weight of ``components``
    pseudo-observations).
    """

    @checked
    def __init__(
        self,
        factor: Factor = 2,
        share: Share | None = 0.3,
        components: Annotated[int, Ge(1)] | None = None,
        mode: Mode = "mix",
    ) -> None:
        """Enlarge the set with generated images.

        Args:
            factor: size of the enlarged set in units of the real one, at least 1.
            share: part of each batch that is generated, above 0 and at most 0.5; None draws all
                rows alike.
            components: principal components, at least 1; by default 64, or fewer where there are
                fewer images or pixels.
            mode: ``mix`` trains on both together, ``pretrain`` on generated images first.
        """
        self.factor = factor
        self.share = share
        self.components = components
        self.mode = mode
        self._pca: Any = None
        self._means = np.zeros((0, 0))
        self._factors = np.zeros((0, 0, 0))

    def learn(self, train: TrainingSet, context: Context) -> None:
        """Fit components, means and covariances to the real images of the training split."""
        from sklearn.decomposition import PCA

        real = train.real_rows
        order = class_order(train.labels[real], stream(context.seed, "gaussian", "fit"))
        rows = np.sort(real[order[:FITTED_ON]])
        pixels = int(np.prod(train.images.shape[1:]))
        count = min(self.components or COMPONENTS, pixels, len(rows))
        self._pca = PCA(
            count,
            svd_solver="full" if min(pixels, len(rows)) <= 800 else "randomized",
            random_state=0,
        ).fit(_flat(train.images[rows]))
        codes = np.concatenate(
            [
                self._pca.transform(_flat(train.images[real[start : start + CHUNK]]))
                for start in range(0, len(real), CHUNK)
            ]
        ).astype(np.float64)
        self._means, self._factors = fit(codes, train.labels[real], len(train.classes))

    def enlarge(self, train: TrainingSet, context: Context) -> TrainingSet:
        """Return the set with generated images appended, classes in proportion or as wanted."""
        real = train.labels[train.real_rows]
        if context.wanted is not None:
            labels = np.repeat(np.arange(len(context.wanted)), context.wanted)
        else:
            full, rest = divmod(round((self.factor - 1) * len(real)), len(real))
            order = class_order(real, stream(context.seed, "gaussian", "classes"))
            labels = np.concatenate([np.tile(real, full), real[order[:rest]]])
        if not len(labels):
            return train
        images = self.generate(labels, context.seed, train.images.shape[1:])
        return train.followed_by(images, labels, "generated", share=self.share, mode=self.mode)

    def generate(self, labels: np.ndarray, seed: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return an image uint8 M×H×W×C for each of ``labels`` (int64, M), from the seed's stream.

        Raises:
            InputError: nothing was learnt yet, or a class had no image to learn from.
        """
        missing = set(np.unique(labels)) - set(np.flatnonzero(~np.isnan(self._means).any(axis=1)))
        if self._pca is None or missing:
            raise InputError("gaussian: nothing was learnt of the classes to generate")
        rng = stream(seed, "gaussian", "images")
        images = empty_images((len(labels), *shape))
        for start in range(0, len(labels), CHUNK):
            part = labels[start : start + CHUNK]
            noise = rng.standard_normal((len(part), self._means.shape[1]))
            codes = self._means[part] + np.einsum("nij,nj->ni", self._factors[part], noise)
            pixels = self._pca.inverse_transform(codes)
            images[start : start + len(part)] = (
                np.clip(np.rint(pixels), 0, 255).astype(np.uint8).reshape(-1, *shape)
            )
        return images


def fit(codes: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a mean and a covariance factor for each class.

    ``Σ_c = (n_c·S_c + d·W) / (n_c + d)``, with S_c the class's own covariance, W the one pooled
    within classes and d the number of components.

    Args:
        codes: float64, N×d.
        labels: int64, N, the class numbers 0…K−1.
        classes: K; a class without images gets a mean of NaN.

    Returns:
        means: float64, K×d.
        factors: float64, K×d×d, lower triangular L with Σ = L·Lᵀ.
    """
    size = codes.shape[1]
    means = np.full((classes, size), np.nan)
    scatters = np.zeros((classes, size, size))
    counts = np.bincount(labels, minlength=classes)
    for label in np.flatnonzero(counts):
        own = codes[labels == label]
        means[label] = own.mean(axis=0)
        scatters[label] = (own - means[label]).T @ (own - means[label])
    present = int((counts > 0).sum())
    within = scatters.sum(axis=0) / max(1, len(codes) - present)
    factors = np.zeros_like(scatters)
    for label in np.flatnonzero(counts):
        shared = (scatters[label] + size * within) / (counts[label] + size)
        factors[label] = _root(shared)
    return means, factors


def _root(covariance: np.ndarray) -> np.ndarray:
    """Return L with L·Lᵀ equal to a covariance that may be singular."""
    jitter = 1e-9 * max(1.0, float(np.trace(covariance)) / len(covariance))
    return np.linalg.cholesky(covariance + jitter * np.eye(len(covariance)))


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)
