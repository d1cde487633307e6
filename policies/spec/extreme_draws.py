"""What is drawn at the ends of a spec's ranges: each word alone, as far as it goes, then all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from augbench.policies.spec.draws import Draws, draw_from
from augbench.policies.spec.spec import AugmentationSpec

_NEARLY_ONE = float(np.nextafter(1, 0))  # uniform draws lie in [0, 1)
_CHOICES = ("width_shift_range", "height_shift_range")


def extreme_draws(
    spec: AugmentationSpec, shape: tuple[int, int]
) -> list[tuple[str, AugmentationSpec, Draws]]:
    """Return what happens at the two ends of each word, and of all words together.

    An end at which nothing happens (a flip that is not drawn) is left out.

    Args:
        spec: what may happen.
        shape: height and width of the images in pixels.

    Returns:
        The word (or ``all words``), the spec with that word alone, and a table of one row.
    """
    used = spec.to_dict()
    known = (*spec.words_of("geometric"), *spec.words_of("colour"))
    words = [word for word in known if word in used]
    specs = [(word, _only(spec, word)) for word in words]
    if len(words) > 1:
        specs.append(("all words", spec))
    extremes = []
    for name, part in specs:
        for end in (0.0, _NEARLY_ONE):
            drawn = draw_from(_constant(part, end), part, 1, shape)
            if not drawn.identity[0]:
                extremes.append((name, part, drawn))
    return extremes


def _only(spec: AugmentationSpec, word: str) -> AugmentationSpec:
    """Return the spec with one word of those that change images, sampled in the same way."""
    words = (word, *spec.words_of("sampling", "reading"))
    # validated, and warned of, when it was made
    return type(spec).model_construct(**{name: getattr(spec, name) for name in words})


def _constant(spec: AugmentationSpec, end: float) -> Callable[[str], np.ndarray]:
    """Return what `draw_from` takes for the lower (0) or upper end of every range."""

    def uniform(word: str) -> np.ndarray:
        value: Any = getattr(spec, word, None)
        if word in _CHOICES and not isinstance(value, float):
            choices = np.asarray(value if isinstance(value, tuple) else range(value))
            return np.array([(np.abs(choices).argmax() + 0.5) / len(choices)])
        return np.array([end])

    return uniform
