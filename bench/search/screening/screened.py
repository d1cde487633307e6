"""What does the screen say of a candidate?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Turned:
    """A class that turns into another under a candidate.

    Attributes:
        source: the class.
        target: the class that it turns into.
        clean: the share of clean images of ``source`` that the classifiers call ``target``.
        augmented: the same of augmented ones.
        low: the lower end of the 95 % interval of the increase, ``augmented - clean``.
        high: its upper end.
        images: how many images of ``source`` were judged.
        draws: how many augmented ones.
        by: what does it: ``horizontal flip``, ``vertical flip``, ``half turn``, ``quarter turn``;
            empty for all that the candidate draws.
    """

    source: str
    target: str
    clean: float
    augmented: float
    low: float
    high: float
    images: int
    draws: int
    by: str = ""


@dataclass(frozen=True)
class ClassRecall:
    """How many images of a class are recognized.

    Attributes:
        name: of the class.
        clean: the share of clean images; NaN where none was judged.
        augmented: the share of augmented ones.
        images: how many were judged.
    """

    name: str
    clean: float
    augmented: float
    images: int


@dataclass(frozen=True)
class Screened:
    """What the screen says of a candidate.

    Attributes:
        label: the candidate.
        affinity: accuracy on augmented images ÷ accuracy on the same images clean; NaN where it is
            not judged, since it changes nothing, or labels too, or learns or enlarges.
        accuracy: on augmented images.
        clean_accuracy: on clean ones.
        struck: whether it breaks labels.
        turned: the classes that turn into each other, the worst first, each pair both ways.
        per_class: a line a class.
        pictures: uint8, n×2×H×W×C, at most `PICTURES` pairs of a clean image of the worst pair's
            ``source`` and what became of it, which is called ``target``; None where there is none.
    """

    label: str
    affinity: float = float("nan")
    accuracy: float = float("nan")
    clean_accuracy: float = float("nan")
    struck: bool = False
    turned: tuple[Turned, ...] = ()
    per_class: tuple[ClassRecall, ...] = ()
    pictures: np.ndarray | None = None

    @property
    def judged(self) -> bool:
        """Whether it could be judged."""
        return not np.isnan(self.clean_accuracy)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, None for NaN, without its pictures."""
        content = asdict(replace(self, pictures=None))
        del content["pictures"]
        content["turned"] = [asdict(pair) for pair in self.turned]
        content["per_class"] = [
            {name: _told(value) for name, value in asdict(recall).items()}
            for recall in self.per_class
        ]
        return {name: _told(value) for name, value in content.items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` has; keys that it does not know are left out."""
        known = {name: _untold(content[name]) for name in _FIGURES}
        lines = [
            {name: _untold(value) for name, value in line.items()} for line in content["per_class"]
        ]
        return cls(
            label=content["label"],
            struck=content["struck"],
            turned=tuple(Turned(**pair) for pair in content["turned"]),
            per_class=tuple(ClassRecall(**line) for line in lines),
            **known,
        )


_FIGURES = ("affinity", "accuracy", "clean_accuracy")


def _told(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _untold(value: Any) -> Any:
    return float("nan") if value is None else value
