"""A stack of Keras' preprocessing layers as a policy; its randomness from the batch's generator."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from augbench.policies.base import Batch, Policy
from augbench.policies.quiet_import import quiet_keras

from augbench.errors import InputError, reason_of


class KerasLayers(Policy):
    """Layers one after the other, called with ``training=True`` on a whole batch.

    Images come to them as float32 in 0…255, as layers with ``value_range=(0, 255)``, Keras'
    default, want them. Layers that mix labels (``MixUp``, ``CutMix``) get and return both. Each
    layer's seed is set anew for each batch, so that a batch depends on nothing before it.
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        """Take layers in the order in which they act; they are not copied.

        Args:
            layers: preprocessing layers of Keras or of the user's own.
        """
        self.layers = list(layers)
        self._lock = threading.Lock()  # the seeds are state of the layers

    def change(self, batch: Batch) -> Batch:
        """Return the batch as the layers change it, rounded once at the end."""
        images, labels = self.called(batch, training=True)
        return batch.replace(images=images, labels=labels)

    def called(self, batch: Batch, *, training: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return images (uint8) and labels as the layers return them in training or in use.

        Raises:
            InputError: a layer fails, or what comes back is no image.
        """
        keras = quiet_keras()
        rng = batch.replace().rng
        with self._lock, keras.device("cpu"):
            for state in seed_states(self.layers):
                state.assign(np.array([rng.integers(2**31), 0]))
            images = keras.ops.convert_to_tensor(batch.images, dtype="float32")
            labels = keras.ops.convert_to_tensor(batch.labels, dtype="float32")
            for layer in self.layers:
                images, labels = _through(layer, images, labels, training=training)
            pixels = np.asarray(keras.ops.convert_to_numpy(images), np.float32)
            shares = np.asarray(keras.ops.convert_to_numpy(labels), np.float32)
        if not np.isfinite(pixels).all():
            raise InputError("Keras' layers return images that are not finite")
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), shares

    @property
    def definition(self) -> dict[str, Any]:
        """The layers with their options, without names and seeds."""
        return {"layers": [_told(layer) for layer in self.layers]}


def seed_states(layers: Sequence[Any]) -> Iterator[Any]:
    """Yield the variable of each seed generator in layers and the layers inside them."""
    seen = set()
    for layer in layers:
        for part in layer._flatten_layers():
            for generator in part._seed_generators:
                if id(generator) not in seen:
                    seen.add(id(generator))
                    yield generator.state


def is_layer(candidate: Any) -> bool:
    """Return whether an object is a layer of Keras, or a list of them."""
    if "keras" not in sys.modules:
        return False
    import keras

    if isinstance(candidate, (list, tuple)):
        return bool(candidate) and all(isinstance(part, keras.Layer) for part in candidate)
    return isinstance(candidate, keras.Layer)


def layers_of(named: Any) -> list[Any]:
    """Return a layer, a list of layers, or the layers of a ``Sequential``, as a list."""
    if isinstance(named, (list, tuple)):
        return list(named)
    import keras

    inside = named.layers if isinstance(named, (keras.Sequential, keras.layers.Pipeline)) else ()
    return list(inside) or [named]


def _through(layer: Any, images: Any, labels: Any, *, training: bool) -> tuple[Any, Any]:
    try:
        if hasattr(layer, "transform_labels") and _mixes(layer):
            both = layer({"images": images, "labels": labels}, training=training)
            return both["images"], both["labels"]
        return _called(layer, images, training), labels
    except Exception as error:
        raise InputError(f"{type(layer).__name__} fails: {reason_of(error)}") from error


def _mixes(layer: Any) -> bool:
    return type(layer).__name__ in ("MixUp", "CutMix")


def _called(layer: Any, images: Any, training: bool) -> Any:
    takes = inspect.signature(layer.call).parameters
    return layer(images, training=training) if "training" in takes else layer(images)


def _told(layer: Any) -> dict[str, Any]:
    config = {
        name: value
        for name, value in layer.get_config().items()
        if name not in ("name", "seed", "dtype", "trainable") and _plain(value)
    }
    return {type(layer).__name__: config}


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    return value is None or isinstance(value, (str, int, float, bool))
