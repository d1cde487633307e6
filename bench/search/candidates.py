"""Which augmentations are worth trying on a data set, each with the reason?

Families come in two or three strengths. The middle one races first; the others, and combinations
of what helped, follow (`augbench.bench.search.race`). Strengths are those of the presets and of
the tutorials, in `ImageDataGenerator`'s words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from augbench.bench.search.data_summary import DataSummary
from augbench.policies.spec.presets import PRESETS

from augbench.errors import InputError, nearest

#: the engine that carries a candidate's spec out
ENGINE = "albumentations"
#: images of the smallest class from which on label mixing has something to mix
ENOUGH_TO_MIX = 2

Words = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """An augmentation that may be tried.

    Attributes:
        label: what tables call it.
        family: what it does, whatever its strength; of a combination those of its members.
        words: of the spec that an engine carries out, empty where there is none.
        beside: the other policy of the chain, as typed; empty where there is none.
        reason: why it is worth trying, for people.
        strength: 1 is mild, 2 usual, 3 strong.
        kind: ``single``, ``strength`` (a single one with less or more), ``combination``,
            ``preset`` or ``given`` (`--start-from`).
    """

    label: str
    family: tuple[str, ...]
    words: Words = field(default_factory=dict)
    beside: str = ""
    reason: str = ""
    strength: int = 2
    kind: str = "single"

    @property
    def policy(self) -> str:
        """The policy as it would be typed, its label aside."""
        spec = f"{ENGINE}(spec={dict(self.words)!r})" if self.words else ""
        return " + ".join(part for part in (spec, self.beside) if part)

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


@dataclass(frozen=True)
class Family:
    """A kind of augmentation in its strengths.

    Attributes:
        name: what `--include` and `--exclude` call it.
        strengths: by strength, the label and what is done: words of a spec, or a policy as typed.
        reason: why it is tried.
    """

    name: str
    strengths: Mapping[int, tuple[str, Words | str]]
    reason: str

    def candidate(self, strength: int, fill: Words) -> Candidate:
        """Return the candidate of a strength; ``fill`` says what is seen beyond the border."""
        label, does = self.strengths[strength]
        kind = "single" if strength == 2 else "strength"
        if isinstance(does, str):
            return Candidate(label, (self.name,), {}, does, self.reason, strength, kind)
        words = {**does, **(fill if self.moves else {})}
        return Candidate(label, (self.name,), words, "", self.reason, strength, kind)

    @property
    def moves(self) -> bool:
        """Whether pixels from beyond the border are needed."""
        return any(
            word.startswith(("rotation", "width", "height", "shear", "zoom"))
            for _, does in self.strengths.values()
            if not isinstance(does, str)
            for word in does
        )


FAMILIES: tuple[Family, ...] = (
    Family(
        "flip",
        {2: ("flip", {"horizontal_flip": True})},
        "most photographs stay what they are in a mirror",
    ),
    Family(
        "vertical flip",
        {2: ("vertical flip", {"vertical_flip": True})},
        "seen from above there is no up",
    ),
    Family(
        "rotation",
        {
            1: ("rotation 7°", {"rotation_range": 7.0}),
            2: ("rotation 15°", {"rotation_range": 15.0}),
            3: ("rotation 30°", {"rotation_range": 30.0}),
        },
        "things are seldom held quite straight",
    ),
    Family(
        "any rotation",
        {2: ("any rotation", {"rotation_range": 180.0})},
        "seen from above there is no up",
    ),
    Family(
        "shift",
        {
            1: ("shift 5%", {"width_shift_range": 0.05, "height_shift_range": 0.05}),
            2: ("shift 10%", {"width_shift_range": 0.1, "height_shift_range": 0.1}),
            3: ("shift 20%", {"width_shift_range": 0.2, "height_shift_range": 0.2}),
        },
        "things are seldom quite in the middle",
    ),
    Family(
        "zoom",
        {
            1: ("zoom 7%", {"zoom_range": 0.07}),
            2: ("zoom 15%", {"zoom_range": 0.15}),
            3: ("zoom 30%", {"zoom_range": 0.3}),
        },
        "things are near or far",
    ),
    Family(
        "shear",
        {
            2: ("shear 8°", {"shear_range": 8.0}),
            3: ("shear 20°", {"shear_range": 20.0}),
        },
        "writing slants, cameras look from the side",
    ),
    Family(
        "brightness",
        {
            1: ("brightness 10%", {"brightness_range": [0.9, 1.1]}),
            2: ("brightness 25%", {"brightness_range": [0.75, 1.25]}),
            3: ("brightness 50%", {"brightness_range": [0.5, 1.5]}),
        },
        "light changes",
    ),
    Family(
        "channel shift",
        {2: ("channel shift 30", {"channel_shift_range": 30.0})},
        "exposure differs from picture to picture",
    ),
    Family(
        "mixup",
        {2: ("mixup", "mixup(alpha=0.2)"), 3: ("mixup 0.4", "mixup(alpha=0.4)")},
        "blends pictures and their labels: smoother borders between classes",
    ),
    Family(
        "cutmix",
        {2: ("cutmix", "cutmix(alpha=1.0)")},
        "pastes a part of one picture into another: more of a thing must be recognised",
    ),
    Family(
        "randaugment",
        {2: ("randaugment", "randaugment")},
        "a little of everything, made for photographs",
    ),
    Family(
        "trivialaugment",
        {2: ("trivialaugment", "trivialaugment")},
        "one strong operation an image, made for photographs",
    ),
)
BY_NAME = {family.name: family for family in FAMILIES}


def singles(
    summary: DataSummary, include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> list[Candidate]:
    """Return the candidates that race first, the most plausible of them first.

    Args:
        summary: what is known of the data.
        include: names of families to try in any case.
        exclude: names of families to leave out.

    Raises:
        InputError: no family is called so.
    """
    include, exclude = list(include), set(exclude)
    for option, names in (("--include", include), ("--exclude", exclude)):
        for name in names:
            if name not in BY_NAME:
                hint = nearest(name, BY_NAME) or f"; known are {', '.join(BY_NAME)}"
                raise InputError(f"{option}: no augmentation is called {name!r}{hint}")
    fill = fill_of(summary)
    names = [name for name in BY_NAME if name not in exclude]
    if summary.border is not None:  # drawings, scans, products: mirrored ones are seldom the same
        names.sort(key=lambda name: not BY_NAME[name].moves)
    return [BY_NAME[name].candidate(2, fill) for name in names]


def fill_of(summary: DataSummary) -> dict[str, Any]:
    """Return the words for what is seen beyond the border: the plain ground, or a mirror."""
    if summary.border is None:
        return {"fill_mode": "reflect"}
    return {"fill_mode": "constant", "cval": float(summary.border)}


def strengths(candidate: Candidate, summary: DataSummary) -> list[Candidate]:
    """Return a single candidate with less and with more; empty where there are no such."""
    if candidate.kind not in ("single", "strength"):
        return []
    family = BY_NAME[candidate.family[0]]
    others = (strength for strength in family.strengths if strength != candidate.strength)
    return [family.candidate(strength, fill_of(summary)) for strength in sorted(others)]


def combination(members: Sequence[Candidate]) -> Candidate | None:
    """Return what does all that its members do; None where they do not go together.

    Of one family only one member counts, and of policies that mix labels or choose operations by
    themselves only the first. The order of the members does not matter.
    """
    order = list(BY_NAME)
    members = sorted(
        members,
        key=lambda one: order.index(one.family[0]) if one.family[0] in order else len(order),
    )
    families: list[str] = []
    words: dict[str, Any] = {}
    beside = ""
    labels = []
    for member in members:
        if set(member.family) & set(families):
            continue
        if member.beside and beside:
            continue
        families += member.family
        words |= member.words
        beside = beside or member.beside
        labels.append(member.label)
    if len(labels) < 2:
        return None
    strength = max(member.strength for member in members)
    reason = "each of them helped"
    return Candidate(
        " + ".join(labels), tuple(families), words, beside, reason, strength, "combination"
    )


def preset_candidate(name: str, reason: str, fill: Words | None = None) -> Candidate:
    """Return a preset as a candidate; ``fill`` says what is seen beyond the border."""
    words = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in {**PRESETS[name], **(fill or {})}.items()
    }
    return Candidate(name, _families_of(words), words, "", reason, 2, "preset")


def _families_of(words: Words) -> tuple[str, ...]:
    """Return the names of the families that some words belong to."""
    return tuple(
        family.name
        for family in FAMILIES
        if any(
            not isinstance(does, str) and does.keys() <= words.keys()
            for _, does in family.strengths.values()
        )
        and family.name != "any rotation"
    )
