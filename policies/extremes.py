"""What a policy does at the ends of its ranges: each word of a spec alone, as far as it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from augbench.policies.augment.automatic import Automatic
from augbench.policies.base import Policy
from augbench.policies.chain import Chain
from augbench.policies.engines.base import Engine
from augbench.policies.enlarge.copies import Expand
from augbench.policies.spec.draws import Draws, draw_from
from augbench.policies.spec.spec import (
    COLOUR_WORDS,
    GEOMETRIC_WORDS,
    SAMPLING_WORDS,
    AugmentationSpec,
)

_NEARLY_ONE = float(np.nextafter(1, 0))  # uniform draws lie in [0, 1)
_CHOICES = ("width_shift_range", "height_shift_range")


@dataclass(frozen=True)
class End:
    """Images with one thing done to all of them, as strongly as a policy ever does it.

    Attributes:
        name: the word or operation.
        images: uint8, B×H×W×C.
        caption: its value.
    """

    name: str
    images: np.ndarray
    caption: str


def ends(policy: Policy, images: np.ndarray) -> list[End]:
    """Return the ends of all ranges of ``policy`` on images uint8 B×H×W×C.

    Those of a chain are its members', one after the other. Empty where a policy has no ranges
    that are known: one that mixes, generates, draws natively, or is the user's own.
    """
    if isinstance(policy, Chain):
        return [end for member in policy.policies for end in ends(member, images)]
    if isinstance(policy, Expand):
        return ends(policy.engine, images)
    if isinstance(policy, Automatic):
        return [End(name, made, level) for name, level, made in policy.ends(images)]
    if isinstance(policy, Engine) and not policy.native:
        return _of_spec(policy, images)
    return []


def extremes(spec: AugmentationSpec, shape: tuple[int, int]) -> list[tuple[str, Draws]]:
    """Return a name and a table of one row for the two ends of each word, and of all together.

    An end at which nothing happens (a flip that is not drawn) is left out.

    Args:
        spec: what may happen.
        shape: height and width of the images in pixels.
    """
    return [(name, drawn) for name, _, drawn in _extremes(spec, shape)]


def _extremes(
    spec: AugmentationSpec, shape: tuple[int, int]
) -> list[tuple[str, AugmentationSpec, Draws]]:
    words = [word for word in (*GEOMETRIC_WORDS, *COLOUR_WORDS) if word in spec.words()]
    alone = [(word, _only(spec, word)) for word in words]
    if len(words) > 1:
        alone.append(("all words", spec))
    found = []
    for name, one in alone:
        for end in (0.0, _NEARLY_ONE):
            drawn = draw_from(_constant(one, end), one, 1, shape)
            if not drawn.identity[0]:
                found.append((name, one, drawn))
    return found


def _of_spec(engine: Engine, images: np.ndarray) -> list[End]:
    shape = (images.shape[1], images.shape[2])
    rows = np.zeros(len(images), np.int64)
    found = []
    for name, spec, drawn in _extremes(engine.spec, shape):
        alone = type(engine)(spec=spec)
        changed = alone.apply(images, rows, drawn, alone.prepare(drawn, shape))
        found.append(End(name, changed, drawn.captions()[0]))
    return found


def _only(spec: AugmentationSpec, word: str) -> AugmentationSpec:
    """Return the spec with one word of those that change images, sampled in the same way."""
    kept = {name: getattr(spec, name) for name in (word, *SAMPLING_WORDS, "quirks")}
    return AugmentationSpec.model_construct(**kept)  # validated, and warned of, when it was made


def _constant(spec: AugmentationSpec, end: float) -> Callable[[str], np.ndarray]:
    """Return what `draw_from` takes for the lower (0) or upper end of every range."""

    def uniform(word: str) -> np.ndarray:
        value: Any = getattr(spec, word, None)
        if word in _CHOICES and not isinstance(value, float):
            choices = np.asarray(value if isinstance(value, tuple) else range(value))
            return np.array([(np.abs(choices).argmax() + 0.5) / len(choices)])
        return np.array([end])

    return uniform
