"""Several optimiser steps in one call of TensorFlow, on batches cut from one array.

Keras' own ``fit`` sets a ``tf.data`` pipeline up for each epoch, which takes as long as five to ten
steps on small images, and a look for the next batch at each step. Here the weights are the same
bit for bit: the step is Keras' ``train_step``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from augbench.backend import TENSORFLOW, backend

#: methods that Keras' ``fit`` and ``predict`` are made of; one of a user's own may do anything
_OF_KERAS = (
    "fit",
    "train_step",
    "make_train_function",
    "compute_metrics",
    "get_metrics_result",
    "predict_on_batch",
    "predict_step",
    "make_predict_function",
)


class CompiledSteps:
    """Trains and predicts with a compiled Keras model of images and class probabilities."""

    @classmethod
    def of(cls, model: Any) -> CompiledSteps | None:
        """Return the steps of a model; None where it does not train as Keras' own models do.

        The model is left as it was.
        """
        import keras

        if backend() != TENSORFLOW or model.run_eagerly:
            return None
        for name in _OF_KERAS:
            if getattr(getattr(model, name), "__func__", None) is not getattr(keras.Model, name):
                return None
        shapes = [getattr(model, f"{end}_shape", None) for end in ("input", "output")]
        for shape, axes in zip(shapes, (4, 2), strict=True):
            if not isinstance(shape, tuple) or len(shape) != axes or None in shape[1:]:
                return None
        variables = [*model.variables, *model.optimizer.variables]
        before = [variable.numpy() for variable in variables]
        try:
            return cls(model)
        except Exception:  # of one image, say; where it is more, `fit` tells
            return None
        finally:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)

    def __init__(self, model: Any) -> None:
        """Let Keras make all variables of a model, which a compiled loop may not.

        The model takes one step for that; its variables are no longer what they were.
        """
        self._model = model
        image = np.zeros((1, *model.input_shape[1:]), np.float32)
        label = np.eye(1, model.output_shape[-1], dtype=np.float32)
        model.train_step((image, label))
        model.reset_metrics()

    def train(self, images: np.ndarray, labels: np.ndarray, batch_size: int) -> None:
        """Take a step for each batch of float32 images n×H×W×C and labels n×K."""
        import tensorflow as tf

        self._train(*map(tf.convert_to_tensor, (images, labels, np.int32(batch_size))))

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        """Return what the model gives for float32 images n×H×W×C in inference mode."""
        import tensorflow as tf

        return self._predict(tf.convert_to_tensor(images)).numpy()  # type: ignore[no-any-return]

    @cached_property
    def _train(self) -> Any:
        import tensorflow as tf

        step = tf.function(
            self._model.train_step,
            autograph=False,
            jit_compile=self._model.jit_compile,
        )

        number = tf.TensorSpec((), tf.int32)

        @tf.function(autograph=False, input_signature=[*self._signature, number])
        def train(images: Any, labels: Any, batch_size: Any) -> None:
            count = tf.shape(images)[0]

            def one_batch(start: Any) -> tuple[Any]:
                batch = slice(start, start + batch_size)
                step((images[batch], labels[batch]))
                return (start + batch_size,)

            tf.while_loop(lambda start: start < count, one_batch, [tf.constant(0)])

        return train.get_concrete_function()

    @cached_property
    def _predict(self) -> Any:
        import tensorflow as tf

        step = tf.function(
            self._model.predict_step,
            input_signature=self._signature[:1],
            autograph=False,
            jit_compile=self._model.jit_compile,
        )
        return step.get_concrete_function()

    @property
    def _signature(self) -> list[Any]:
        import tensorflow as tf

        ends = (self._model.input_shape[1:], self._model.output_shape[1:])
        return [tf.TensorSpec((None, *end), tf.float32) for end in ends]
