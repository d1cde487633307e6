"""An augmentation that may be tried: what it does, as words of a spec or a policy as typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: the engine that carries a candidate's spec out
ENGINE = "albumentations"
#: the label of what is in use now, of `--start-from`
START = "start"
#: what people take who do not choose
USUAL_PRESET = "tutorial"

Words = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """An augmentation that may be tried.

    Attributes:
        label: what tables call it.
        family: what it does, whatever its strength; of a combination those of its members.
        words: of the spec that an engine carries out, empty where there is none.
        beside: the policies that change batches after the engine, as typed; empty where none do.
        reason: why it is worth trying, for people.
        strength: 1 is mild, 2 usual, 3 strong.
        kind: ``single``, ``strength`` (a single one with less or more), ``combination``,
            ``preset`` or ``given`` (`--start-from`).
        before: the policy that enlarges the training set first, as typed; empty where none does.
    """

    label: str
    family: tuple[str, ...]
    words: Words = field(default_factory=dict)
    beside: str = ""
    reason: str = ""
    strength: int = 2
    kind: str = "single"
    before: str = ""

    @property
    def policy(self) -> str:
        """The policy as it would be typed, its label aside."""
        return self.chained(f"{ENGINE}(spec={dict(self.words)!r})")

    def chained(self, engine: str) -> str:
        """The policy as it would be typed, with ``engine`` for what carries the words out."""
        parts = (self.before, engine if self.words else "", self.beside)
        return " + ".join(part for part in parts if part)

    @property
    def expression(self) -> str:
        """The policy as it would be typed."""
        return f"{self.label}={self.policy}"

    @property
    def complexity(self) -> tuple[int, int]:
        """How much there is to explain: families, then strength; ties go to the smallest."""
        return len(self.family), self.strength

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, from which `Candidate(**…)` makes it again."""
        return asdict(self) | {"words": dict(self.words), "family": list(self.family)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Candidate:
        """Return the candidate of `to_dict`."""
        return cls(**{**content, "family": tuple(content["family"])})
