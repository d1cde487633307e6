"""Any Albumentations pipeline as a policy: a JSON or YAML file, or an object in a plug-in."""

from __future__ import annotations

import copy
import json
import random
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Policy
from augbench.policies.engines.stock import albumentations

from augbench.errors import AugbenchWarning, InputError, nearest

_TRIALS = 16  # draws of the check before training: enough to meet a branch of OneOf or a p of .5


class AlbumentationsPipeline(Policy):
    """A user's own ``A.Compose``, run image by image, its randomness from the batch's generator.

    ``A.Compose(seed=…)`` gives every child the same seed, so that flips come only together; here
    all children share one generator instead (``set_random_state``).
    """

    file_options = ("pipeline",)

    def __init__(self, pipeline: str) -> None:
        """Read the pipeline.

        Args:
            pipeline: a ``.json``, ``.yaml`` or ``.yml`` file written with ``A.to_dict``.
        """
        self.name = str(pipeline)
        self._use(_read(Path(self.name)))

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
        transform.save_applied_params = True
        self.compose = transform
        self._lock = threading.Lock()  # the state of a Compose is its own, one batch at a time

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `InputError` if the pipeline fails on images H×W×C or changes shape or dtype."""
        noise = np.random.default_rng(0).integers(0, 256, (_TRIALS, *shape), dtype=np.uint8)
        self._run(noise, np.random.default_rng(0))

    def change(self, batch: Batch) -> Batch:
        """Return the batch with every image changed by the pipeline; labels stay."""
        images, _ = self._run(batch.images, batch.replace().rng)
        return batch.replace(images=images)

    def describe(self, batch: Batch) -> list[str]:
        """Return a line an image with the transforms that were applied and what they drew."""
        _, applied = self._run(batch.images, batch.replace().rng)
        return [
            ", ".join(_shown(name, values) for name, values in transforms) for transforms in applied
        ]

    def _run(
        self, images: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, list[list[tuple[str, dict[str, Any]]]]]:
        out = np.empty_like(images)
        applied = []
        with self._lock:
            self.compose.set_random_state(rng, random.Random(int(rng.integers(2**63))))
            for number, image in enumerate(images):
                try:
                    result = self.compose(image=image)
                except Exception as error:
                    reason = " ".join(f"{type(error).__name__}: {error}".split())
                    raise InputError(
                        f"the pipeline {self.name} cannot change an image of "
                        f"{_size(image)}: {reason}"
                    ) from error
                out[number] = self._same(result["image"], image)
                applied.append(result.get("applied_transforms", []))
        return out, applied

    def _same(self, changed: Any, image: np.ndarray) -> np.ndarray:
        if not isinstance(changed, np.ndarray) or changed.dtype != np.uint8:
            kind = getattr(changed, "dtype", type(changed).__name__)
            raise InputError(
                f"the pipeline {self.name} returns {kind} where uint8 is wanted; leave out "
                "Normalize, ToFloat and ToTensor: one shared rescale follows"
            )
        if changed.shape == image.shape[:2] and image.shape[2] == 1:
            changed = changed[:, :, None]
        if changed.shape != image.shape:
            raise InputError(
                f"the pipeline {self.name} makes {_size(changed)} of an image of {_size(image)}; "
                "end it with Resize to that size, or leave out what changes it"
            )
        return changed


def is_transform(candidate: Any) -> bool:
    """Return whether an object is an Albumentations transform or composition."""
    from albumentations import BasicTransform
    from albumentations.core.composition import BaseCompose

    return isinstance(candidate, (BasicTransform, BaseCompose))


def _read(path: Path) -> Any:
    """Return the composition a file describes; only registered transforms can be named in it."""
    library = albumentations()
    from albumentations.core.serialization import SERIALIZABLE_REGISTRY
    from augbench.policies.engines import transform  # noqa: F401  registers SpecTransform

    described = _parsed(path)
    if not isinstance(described, dict) or not isinstance(described.get("transform"), dict):
        raise InputError(
            f"pipeline {path}: this is not what A.to_dict(compose) writes: a mapping with the "
            "keys '__version__' and 'transform' is wanted"
        )
    known = {name.rpartition(".")[2] for name in SERIALIZABLE_REGISTRY}
    for name in _classes(described["transform"], path):
        if name not in SERIALIZABLE_REGISTRY and name.rpartition(".")[2] not in known:
            raise InputError(
                f"pipeline {path}: Albumentations {library.__version__} has no transform "
                f"{name!r}{nearest(name.rpartition('.')[2], known)}"
            )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compose = library.from_dict(described)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(f"pipeline {path}: {reason}") from error
    for warning in caught:
        text = " ".join(str(warning.message).split())
        warnings.warn(f"pipeline {path}: {text}", AugbenchWarning, stacklevel=2)
    return compose


def _parsed(path: Path) -> Any:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"cannot read the pipeline {str(path)!r}: {reason}") from error
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text)
        if path.suffix.lower() in (".yaml", ".yml"):
            return yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"pipeline {path}: {' '.join(str(error).split())}") from error
    raise InputError(f"pipeline {path}: a .json or .yaml file is wanted")


def _classes(transform: Any, path: Path) -> list[str]:
    """Return the class names in a description, at any depth."""
    if not isinstance(transform, dict) or not isinstance(transform.get("__class_fullname__"), str):
        raise InputError(f"pipeline {path}: a transform without '__class_fullname__'")
    names = [transform["__class_fullname__"]]
    for child in transform.get("transforms") or []:
        names += _classes(child, path)
    return names


def _shown(name: str, values: dict[str, Any]) -> str:
    plain = [
        f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in values.items()
        if isinstance(value, (int, float, str)) and key not in ("shape", "cols", "rows")
    ]
    return f"{name}({', '.join(plain)})" if plain else name


def _size(image: np.ndarray) -> str:
    return "×".join(map(str, image.shape))
