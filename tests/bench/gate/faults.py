"""Faults that are put into an engine, each a small patch; a test says how each is to be named."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from augbench.policies.base import Batch
from augbench.policies.engines import albumentations, base, keras, rows
from augbench.policies.engines.base import Engine, engine_class
from augbench.policies.spec import draws as drawing
from augbench.policies.spec.draws import Draws

Patch = Any  # pytest.MonkeyPatch
_COUNT = itertools.count()

SPEC = {
    "rotation_range": 15,
    "width_shift_range": 0.12,
    "height_shift_range": 0.15,
    "shear_range": 12,
    "zoom_range": 0.15,
    "horizontal_flip": True,
    "vertical_flip": True,
    "channel_shift_range": 10,
    "brightness_range": [0.8, 1.2],
}


def _drawn(change: Callable[[Draws], Draws]) -> Callable[[Patch, str], None]:
    """Return the patch of a fault that changes the table of draws."""

    def patch(monkeypatch: Patch, engine: str) -> None:
        real = drawing.draw
        monkeypatch.setattr(base, "draw", lambda *given, **named: change(real(*given, **named)))

    return patch


def _made(change: Callable[[Engine, Batch, Batch], Batch]) -> Callable[[Patch, str], None]:
    """Return the patch of a fault that changes what an engine returns (given, made) -> made."""

    def patch(monkeypatch: Patch, engine: str) -> None:
        real = Engine.change
        monkeypatch.setattr(
            Engine, "change", lambda self, batch: change(self, batch, real(self, batch))
        )

    return patch


def _sampled(**words: Any) -> Callable[[Patch, str], None]:
    """Return the patch of a fault in how pixels are read, behind the spec's back."""

    def patch(monkeypatch: Patch, engine: str) -> None:
        module, name = (
            (keras, "image_data_generator")
            if engine == "keras"
            else (albumentations, "sampling_of")
        )
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda spec: real(spec.model_copy(update=words)))

    return patch


def _with(draws: Draws, **columns: np.ndarray) -> Draws:
    return dataclasses.replace(draws, **columns)


def _centre(monkeypatch: Patch, engine: str) -> None:
    if engine == "keras":
        monkeypatch.setattr(keras, "corrected_shifts", lambda d, shape: (d.shift_x, d.shift_y))
    else:
        real = rows.backward_matrices
        monkeypatch.setattr(
            rows,
            "backward_matrices",
            lambda d, shape, quirks, flips: real(d, shape, quirks="keras", flips=flips),
        )


def _less_often(monkeypatch: Patch, engine: str) -> None:
    """Flip left and right with probability .4."""
    real = drawing.uniforms

    def uniforms(count: int, seed: int, *name: Any) -> np.ndarray:
        found = real(count, seed, *name)
        return np.minimum(found * 1.25, 0.999) if name[-1] == "horizontal_flip" else found

    monkeypatch.setattr(drawing, "uniforms", uniforms)


def _moment(**fixed: int) -> Callable[[Patch, str], None]:
    """Return the patch of an engine that takes no notice of the seed or the epoch."""

    def patch(monkeypatch: Patch, engine: str) -> None:
        real = Engine.change

        def change(self: Engine, batch: Batch) -> Batch:
            made = real(self, batch.replace(**fixed))
            return batch.replace(images=made.images)

        monkeypatch.setattr(Engine, "change", change)

    return patch


def _repeating(monkeypatch: Patch, engine: str) -> None:
    """Each worker begins with the same numbers: every batch is drawn as the first."""
    real = Engine.change
    monkeypatch.setattr(
        Engine,
        "change",
        lambda self, batch: batch.replace(
            images=real(self, batch.replace(rows=np.arange(len(batch.rows)))).images
        ),
    )


def _another_order(draws: Draws) -> Draws:
    """Return draws that shift first and turn then: ``R · T(t') = T(t) · R``."""
    turn = np.radians(draws.theta)
    x = np.cos(turn) * draws.shift_x + np.sin(turn) * draws.shift_y
    y = -np.sin(turn) * draws.shift_x + np.cos(turn) * draws.shift_y
    return _with(draws, shift_x=x, shift_y=y)


def _in_place(engine: Engine, given: Batch, made: Batch) -> Batch:
    given.images[...] = made.images
    return made


def _scaled(monkeypatch: Patch, engine: str) -> None:
    """Images come to the engine as 0…1, cut to whole numbers."""
    real = Engine.change
    monkeypatch.setattr(
        Engine, "change", lambda self, batch: real(self, batch.replace(images=batch.images // 255))
    )


def _mixed(self: Engine, given: Batch, made: Batch) -> Batch:
    """Mix each image and its label with the next ones."""
    images = (made.images // 2) + np.roll(made.images, 1, axis=0) // 2
    return made.replace(images=images, labels=(made.labels + np.roll(made.labels, 1, axis=0)) / 2)


#: name -> (the patch, the kind of finding that is to name it, figures that it has)
FAULTS: dict[str, tuple[Callable[[Patch, str], None], str, dict[str, Any]]] = {
    "swapped shifts": (
        _drawn(lambda d: _with(d, shift_x=d.shift_y, shift_y=d.shift_x)),
        "shifts-swapped",
        {},
    ),
    "wrong centre": (_centre, "centre-moved", {}),
    "shear in other units": (
        _drawn(lambda d: _with(d, shear=np.radians(d.shear))),
        "parameter-scaled",
        {"parameter": "shear"},
    ),
    "zoom inverted": (
        _drawn(lambda d: _with(d, zx=1 / d.zx, zy=1 / d.zy)),
        "parameter-inverted",
        {"parameter": "zx"},
    ),
    "border mode": (_sampled(fill_mode="constant"), "border-differs", {"then": "nearest"}),
    "interpolation": (
        _sampled(interpolation_order=0),
        "interpolation-differs",
        {"then": 1, "now": 0},
    ),
    "flip probability": (_less_often, "flip-probability", {"parameter": "flip_horizontal"}),
    "brightness clipped early": (
        _made(lambda e, given, made: made.replace(images=np.minimum(made.images, 180))),
        "clipped-early",
        {"light": True, "limit": 180.0},
    ),
    "brightness never above 1": (
        _drawn(lambda d: _with(d, brightness=np.minimum(d.brightness, 1))),
        "parameter-clipped",
        {"parameter": "brightness"},
    ),
    "channel order": (
        _made(lambda e, given, made: made.replace(images=made.images[..., ::-1])),
        "channels-permuted",
        {"order": [2, 1, 0]},
    ),
    "scale of floats": (_scaled, "levels-0-1", {}),
    "the same each epoch": (_moment(epoch=0), "epochs-equal", {"now": True}),
    "seed ignored": (_moment(seed=0), "seed-ignored", {"now": True}),
    "correlated children": (
        _drawn(lambda d: _with(d, flip_vertical=d.flip_horizontal)),
        "draws-together",
        {"of": ["flip_horizontal", "flip_vertical"]},
    ),
    "workers that repeat": (_repeating, "steps-equal", {"now": True}),
    "labels permuted": (
        _made(lambda e, given, made: made.replace(labels=made.labels[:, [1, 2, 3, 0]])),
        "classes-permuted",
        {},
    ),
    "labels of other images": (
        _made(lambda e, given, made: made.replace(labels=np.roll(made.labels, 3, axis=0))),
        "labels-shuffled",
        {},
    ),
    "images without their labels": (
        _made(lambda e, given, made: made.replace(images=np.roll(made.images, 3, axis=0))),
        "rows-reordered",
        {"labels_too": False},
    ),
    "a transform dropped": (
        _drawn(lambda d: _with(d, theta=np.zeros(len(d)))),
        "parameter-dropped",
        {"parameter": "theta"},
    ),
    "a flip dropped": (
        _drawn(lambda d: _with(d, flip_vertical=np.zeros(len(d), bool))),
        "flip-dropped",
        {"parameter": "flip_vertical"},
    ),
    "another order": (_drawn(_another_order), "order-changed", {}),
    "input changed in place": (_made(_in_place), "input-changed", {"now": True}),
    "not repeatable": (
        _made(
            lambda e, given, made: made.replace(
                images=np.roll(made.images, next(_COUNT) % 7, axis=2)
            )
        ),
        "not-repeatable",
        {"now": True},
    ),
}
#: a policy that mixes labels, and the fault that it does so with images alone
MIXES = _made(_mixed)
FORGETS_LABELS = _made(lambda e, given, made: _mixed(e, given, made).replace(labels=given.labels))


def engine(name: str, draws: str = "matched", **words: Any) -> Engine:
    """Return a fresh engine with `SPEC`."""
    return engine_class(name)(spec={**SPEC, **words}, draws=draws)
