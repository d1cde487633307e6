"""Any Albumentations pipeline as a policy: a JSON or YAML file, or an object in a plug-in."""

from __future__ import annotations

import copy
import random
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Policy
from augbench.policies.engines.stock import albumentations, changes_of
from augbench.policies.pipelines.branches import ways
from augbench.policies.pipelines.reading import read_pipeline
from augbench.policies.pipelines.versions import NO_SCALING

from augbench.errors import AugbenchWarning, InputError

_DRAWS = 16  # of each way through a pipeline in the check before training: RandomRotate90 has four
_TO_A_SIZE = ("Resize", "RandomResizedCrop", "RandomSizedCrop", "RandomCrop", "CenterCrop")


class AlbumentationsPipeline(Policy):
    """A user's own ``A.Compose``, run image by image, its randomness from the batch's generator.

    ``A.Compose(seed=…)`` gives every child the same seed, so that flips come only together; here
    all children share one generator instead (``set_random_state``).
    """

    file_options = ("pipeline",)

    def __init__(self, pipeline: str) -> None:
        """Read the pipeline.

        Args:
            pipeline: a ``.json``, ``.yaml`` or ``.yml`` file written with ``A.to_dict``, by this
                version of Albumentations or another.
        """
        self.name = str(pipeline)
        self._use(read_pipeline(Path(self.name)))

    @classmethod
    def of(cls, transform: Any) -> AlbumentationsPipeline:
        """Return the policy of an Albumentations transform or composition; the object is copied."""
        policy = cls.__new__(cls)
        policy.name = type(transform).__name__
        policy._use(copy.deepcopy(transform))
        return policy

    def _use(self, transform: Any) -> None:
        library = albumentations()
        if not isinstance(transform, library.Compose):
            transform = library.Compose([transform])
        self.compose = transform
        self._lock = threading.Lock()  # the state of a Compose is its own, one batch at a time

    @property
    def definition(self) -> dict[str, Any]:
        """The transforms with their arguments, as ``A.to_dict`` writes them, without seeds."""
        written = albumentations().to_dict(self.compose, on_not_implemented_error="warn")
        return {"pipeline": _without_seeds(written["transform"])}

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if the pipeline fails on images H×W×C or changes shape or dtype.

        Every branch is tried, however rarely it is taken.
        """
        noise = np.random.default_rng(0).integers(0, 256, (_DRAWS, *shape), dtype=np.uint8)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for way in ways(self.compose):
                alone = albumentations().Compose(list(way))
                try:
                    self._run(noise, np.random.default_rng(0), alone)
                except InputError as error:
                    raise InputError(f"{error}{_advice(way, noise)}") from error
        for text in dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught):
            warnings.warn(f"the pipeline {self.name}: {text}", AugbenchWarning, stacklevel=2)

    def change(self, batch: Batch) -> Batch:
        """Return the batch with every image changed by the pipeline; labels stay."""
        images, _ = self._run(batch.images, batch.replace().rng)
        return batch.replace(images=images)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the transforms that were applied and what they drew."""
        _, applied = self._run(batch.images, batch.replace().rng, told=True)
        return [
            ", ".join(_shown(name, values) for name, values in transforms) for transforms in applied
        ]

    def _run(
        self,
        images: np.ndarray,
        rng: np.random.Generator,
        compose: Any = None,
        *,
        told: bool = False,
    ) -> tuple[np.ndarray, list[list[tuple[str, dict[str, Any]]]]]:
        """Return images, changed by the pipeline or a part of it.

        With ``told`` also what was applied to each, which costs time.
        """
        out = np.empty_like(images)
        applied = []
        compose = compose or self.compose
        change = changes_of(compose)
        with self._lock:
            compose.save_applied_params = told
            compose.set_random_state(rng, random.Random(int(rng.integers(2**63))))
            for number, image in enumerate(images):
                try:
                    if told:
                        result = compose(image=image)
                        changed = result["image"]
                        applied.append(result["applied_transforms"])
                    else:
                        changed = change(image)
                except Exception as error:
                    reason = " ".join(f"{type(error).__name__}: {error}".split())
                    raise InputError(
                        f"the pipeline {self.name} cannot change an image of "
                        f"{_size(image)}: {reason}"
                    ) from error
                out[number] = self._same(changed, image)
        return out, applied

    def _same(self, changed: Any, image: np.ndarray) -> np.ndarray:
        if not isinstance(changed, np.ndarray) or changed.dtype != np.uint8:
            kind = getattr(changed, "dtype", type(changed).__name__)
            raise InputError(f"the pipeline {self.name} returns {kind} where uint8 is wanted")
        if changed.shape == image.shape[:2] and image.shape[2] == 1:
            changed = changed[:, :, None]
        if changed.shape != image.shape:
            raise InputError(
                f"the pipeline {self.name} makes {_size(changed)} of an image of {_size(image)}"
            )
        return changed


def _advice(way: Sequence[Any], images: np.ndarray) -> str:
    """Return which transform of a way is to blame for a failure, and what to do about it."""
    for image in images:
        culprit, changed = None, image
        for transform in way:
            before = changed
            try:
                changed = albumentations().Compose([transform])(image=before)["image"]
            except Exception:
                return f"; {_named(transform)} does that; leave it out"
            if not _alike(before, changed):
                culprit = transform
        if culprit is not None and not _alike(image, changed):
            return f"; {_named(culprit)} does that; {_remedy(culprit, image, changed)}"
    return ""


def _alike(a: Any, b: Any) -> bool:
    return getattr(a, "dtype", None) == getattr(b, "dtype", None) and a.shape[:2] == b.shape[:2]


def _remedy(culprit: Any, image: np.ndarray, changed: Any) -> str:
    if getattr(changed, "dtype", None) != np.uint8:
        return NO_SCALING
    height, width = image.shape[:2]
    size = changed.shape[:2]
    if size == (width, height):
        return "leave it out, or have all images square: --image-size N"
    if type(culprit).__name__ in _TO_A_SIZE:
        wanted = f"{size[0]}" if size[0] == size[1] else f"{size[0]}x{size[1]}"
        return f"leave it out, or run with --image-size {wanted}"
    return f"leave it out, or end the pipeline with Resize(height={height}, width={width})"


def _named(transform: Any) -> str:
    return type(transform).__name__


def is_transform(candidate: Any) -> bool:
    """Return whether an object is an Albumentations transform or composition."""
    from albumentations import BasicTransform
    from albumentations.core.composition import BaseCompose

    return isinstance(candidate, (BasicTransform, BaseCompose))


def _shown(name: str, values: dict[str, Any]) -> str:
    plain = [
        f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in values.items()
        if isinstance(value, (int, float, str)) and key not in ("shape", "cols", "rows")
    ]
    return f"{name}({', '.join(plain)})" if plain else name


def _size(image: np.ndarray) -> str:
    return "×".join(map(str, image.shape))


def _without_seeds(written: Any) -> Any:
    if isinstance(written, dict):
        unseeded = {name: part for name, part in written.items() if name != "seed"}
        return {name: _without_seeds(part) for name, part in unseeded.items()}
    if isinstance(written, (list, tuple)):
        return [_without_seeds(part) for part in written]
    plain = written is None or isinstance(written, (str, int, float, bool))
    return written if plain else str(written)
