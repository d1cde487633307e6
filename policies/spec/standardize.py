"""How uint8 images become what the model sees: the last step, the same for every policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError

#: ImageDataGenerator adds this to every standard deviation
STD_EPSILON = 1e-6
#: values an image may have for ZCA, whose matrix is that number squared
ZCA_LARGEST = 64 * 64 * 3
_CHUNK_BYTES = 2**26


@dataclass(frozen=True)
class Standardizer:
    """Turns uint8 B×H×W×C, 0…255, into float32 of the same shape, in ImageDataGenerator's order.

    preprocessing_function, rescale, samplewise, featurewise, ZCA. Unlike ImageDataGenerator,
    whose ``fit`` rescales images and does nothing else to them, statistics are those of the images
    as they arrive at each step.

    Attributes:
        spec: the words.
        rescale: the factor.
        mean: float32, C, of the training split; None where it is not subtracted.
        std: float32, C; None where nothing is divided by it.
        zca: float32, D×D with D = H·W·C, or None.
    """

    spec: AugmentationSpec
    rescale: np.float32
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    zca: np.ndarray | None = None

    @classmethod
    def fit(
        cls, spec: AugmentationSpec, images: Any, *, rescale: float | None = None
    ) -> Standardizer:
        """Fit the words of ``spec`` on the training split alone.

        Args:
            spec: what to do.
            images: uint8 N×H×W×C, an array or an `ImageStack`; read in parts.
            rescale: takes the place of the spec's factor, for a model with its own preprocessing.

        Raises:
            InputError: ZCA of images that are too large for it.
        """
        check(spec, images.shape[1:])
        factor = rescale if rescale is not None else 1.0 if spec.rescale is None else spec.rescale
        fitted = cls(spec, np.float32(factor))
        divides = spec.featurewise_std_normalization and not spec.zca_whitening
        if spec.featurewise_center or divides or spec.zca_whitening:
            mean, std = fitted._moments(images)
            fitted = cls(spec, fitted.rescale, mean, std if divides else None)
        if spec.zca_whitening:
            fitted = cls(spec, fitted.rescale, fitted.mean, None, fitted._zca(images))
        return fitted

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return the images as the model sees them, float32 B×H×W×C."""
        spec = self.spec
        if spec.preprocessing_function is None:
            out = np.multiply(images, self.rescale, dtype=np.float32)
        else:
            processed = [spec.preprocessing_function(image) for image in images.astype(np.float32)]
            out = np.asarray(processed, np.float32) * self.rescale
        if spec.samplewise_center or spec.samplewise_std_normalization:
            out -= out.mean(axis=(1, 2, 3), keepdims=True)
        if spec.samplewise_std_normalization:
            out /= out.std(axis=(1, 2, 3), keepdims=True) + np.float32(STD_EPSILON)
        if self.mean is not None:
            out -= self.mean
        if self.std is not None:
            out /= self.std + np.float32(STD_EPSILON)
        if self.zca is not None:
            out = (out.reshape(len(out), -1) @ self.zca).reshape(out.shape)
        return out

    def _parts(self, images: Any) -> Iterator[np.ndarray]:
        size = max(1, _CHUNK_BYTES // (4 * int(np.prod(images.shape[1:]))))
        for start in range(0, len(images), size):
            yield self(images[start : start + size])

    def _moments(self, images: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation per channel, in two passes, summed in float64."""
        axes, number = (0, 1, 2), int(np.prod(images.shape[:3]))
        zero = np.zeros(images.shape[3])
        mean = sum((part.sum(axes, np.float64) for part in self._parts(images)), zero) / number
        spread = (np.square(part - mean).sum(axes) for part in self._parts(images))
        squares = sum(spread, zero) / number
        return mean.astype(np.float32), np.sqrt(squares).astype(np.float32)

    def _zca(self, images: Any) -> np.ndarray:
        """Return ``U · diag(√N / (s + ε)) · Uᵀ`` of the centred images' singular vectors.

        By eigenvectors of XᵀX where there are more images than values, which is much faster; else
        by the singular value decomposition, which drops what no training image has.
        """
        number, size = len(images), int(np.prod(images.shape[1:]))
        if number > size:
            gram = np.zeros((size, size))
            for part in self._parts(images):
                flat = part.reshape(len(part), -1).astype(np.float64)
                gram += flat.T @ flat
            values, u = np.linalg.eigh(gram)
            s = np.sqrt(np.maximum(values, 0))
        else:
            flat = np.concatenate([part.reshape(len(part), -1) for part in self._parts(images)])
            u, s, _ = np.linalg.svd(flat.T.astype(np.float64), full_matrices=False)
        inverse = np.sqrt(number) / (s + self.spec.zca_epsilon)
        whitening: np.ndarray = (u * inverse) @ u.T
        return whitening.astype(np.float32)


def check(spec: AugmentationSpec, shape: tuple[int, ...]) -> None:
    """Raise `InputError` where the words cannot be fitted on images H×W×C."""
    size = int(np.prod(shape))
    if spec.zca_whitening and size > ZCA_LARGEST:
        needed = 3 * 8 * size**2 / 1e9  # the products, their vectors and a working copy, in float64
        raise InputError(
            f"zca_whitening of images {'×'.join(map(str, shape))} would need {needed:,.0f} GB of "
            f"memory; it is done up to 64×64×3: choose a smaller image size or leave it out"
        )
