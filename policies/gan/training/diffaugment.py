"""How are real and generated images varied alike before the discriminator sees them?

DiffAugment, Zhao et al. 2020: differentiable, so that the generator learns through it. Only some
images are varied, as in ADA (Karras et al. 2020): where all are, the discriminator never sees what
the generator has to make, and a classifier learns less from the samples. All random numbers are
handed in: float32 uniforms in [0, 1), B×`DRAWS`.
"""

from __future__ import annotations

from typing import Any

from keras import ops

Tensor = Any

DRAWS = 10
"""Random numbers an image needs: 2 translation, 3 colour, 2 cutout, 3 whether to."""


def translation(images: Tensor, draws: Tensor) -> Tensor:
    """Shift by up to an eighth of each side, whole pixels; what comes in is 0 (mid-grey)."""
    _, height, width, _ = images.shape
    down = _shift_matrix(draws[:, 0], height)
    across = _shift_matrix(draws[:, 1], width)
    return ops.einsum("bij,bjwc->biwc", down, ops.einsum("bij,bhjc->bhic", across, images))


def colour(images: Tensor, draws: Tensor) -> Tensor:
    """Change brightness by ±½, saturation by a factor 0…2 and contrast by a factor ½…1½."""
    draw = [ops.reshape(draws[:, i], (-1, 1, 1, 1)) for i in (2, 3, 4)]
    x = images + (draw[0] - 0.5)
    grey = ops.mean(x, axis=3, keepdims=True)
    x = (x - grey) * (2.0 * draw[1]) + grey
    centre = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    return (x - centre) * (draw[2] + 0.5) + centre


def cutout(images: Tensor, draws: Tensor) -> Tensor:
    """Grey out a rectangle of half the sides around any pixel."""
    _, height, width, _ = images.shape
    rows = _outside(draws[:, 5], height)[:, :, None, None]
    columns = _outside(draws[:, 6], width)[:, None, :, None]
    return images * ops.maximum(rows, columns)


KINDS = {
    "colour": (colour, 0.5, 7),
    "translation": (translation, 0.5, 8),
    "cutout": (cutout, 0.25, 9),
}
"""Each kind, in the order of the paper: its share of the images, and the draw that decides.

Cutout is rare: it leaks into samples.
"""


def vary(images: Tensor, draws: Tensor, kinds: tuple[str, ...]) -> Tensor:
    """Return float32 images B×H×W×C, a share of them changed by each of ``kinds``."""
    for name, (change, share, place) in KINDS.items():
        if name in kinds:
            chosen = ops.reshape(draws[:, place] < share, (-1, 1, 1, 1))
            images = ops.where(chosen, change(images, draws), images)
    return images


def _shift_matrix(uniform: Tensor, length: int) -> Tensor:
    """B×L×L matrices that move a line of pixels by −L/8…L/8 (a product: cheap and exact)."""
    most = int(length / 8 + 0.5)
    shift = ops.floor(uniform * (2 * most + 1)) - most
    places = ops.arange(length, dtype="float32")
    source = places[None, :] + shift[:, None]
    return ops.cast(ops.equal(source[:, :, None], places[None, None, :]), "float32")


def _outside(uniform: Tensor, length: int) -> Tensor:
    """B×L, 0 within half a length around a uniform centre, else 1."""
    centre = ops.floor(uniform * length)[:, None]
    distance = ops.abs(ops.arange(length, dtype="float32")[None, :] - centre)
    return ops.cast(distance >= length / 4, "float32")
