"""Which words has a spec, and which engine can express which? The engines themselves are asked."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, get_args

from augbench.policies.engines import PLACES
from augbench.policies.engines.base import Drawing, Engine, engine_class
from augbench.policies.spec.spec import AugmentationSpec, Kind
from augbench.policies.validation import expected, json_schema
from pydantic.fields import FieldInfo

from augbench.errors import AugbenchWarning

Extent = Literal["all", "some", "none"]

#: what engines are asked about: square images and others, in colour
_SHAPES = ((24, 24, 3), (24, 36, 3))
#: what moves pixels, so that it matters how they are read
_MOVING = {"rotation_range": 20.0}


@dataclass(frozen=True)
class Ability:
    """How much of a word an engine can express with one kind of draws.

    Attributes:
        extent: whether it takes ``all`` example values other than the default, ``some`` or
            ``none``.
        refusals: why it refuses the others, a reason each.
    """

    extent: Extent
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordInfo:
    """A word of a spec.

    Attributes:
        name: as in a spec.
        kind: what it is about, as in `augbench.policies.spec.spec`.
        takes: what it may be, in words, with its range.
        schema: the same as JSON Schema; empty where that cannot say it.
        default: its value where it is not given, a plain JSON value.
        help: what it does.
        beyond_keras: whether ``ImageDataGenerator`` has no such word.
        engines: engine -> kind of draws -> its ability; empty for words that no engine applies,
            because the run does or because they have one value alone.
    """

    name: str
    kind: Kind
    takes: str
    schema: dict[str, Any]
    default: Any
    help: str
    beyond_keras: bool
    engines: dict[str, dict[Drawing, Ability]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return asdict(self)


def all_words() -> list[WordInfo]:
    """Return the words of a spec in the order in which they are declared."""
    return [_info(name, declared) for name, declared in AugmentationSpec.model_fields.items()]


def _info(name: str, declared: FieldInfo) -> WordInfo:
    about: Any = declared.json_schema_extra
    annotation = declared.annotation
    if declared.metadata:
        annotation = Annotated[annotation, *declared.metadata]  # type: ignore[assignment]
    return WordInfo(
        name,
        about["kind"],
        # what a union takes stands in its parts
        expected(declared.annotation if get_args(declared.annotation) else annotation),
        json_schema(annotation),
        declared.default,
        declared.description or "",
        about["beyond_keras"],
        _abilities(name, declared),
    )


def _abilities(word: str, declared: FieldInfo) -> dict[str, dict[Drawing, Ability]]:
    """Return what each engine says of the example values of a word."""
    around = _MOVING if word in AugmentationSpec.words_of("sampling", "reading") else {}
    specs = [
        _quiet_spec({**around, word: value})
        for value in declared.examples or ()
        if value != declared.default
    ]
    if not specs:
        return {}
    return {
        name: {draws: _ability(engine_class(name), specs, draws) for draws in get_args(Drawing)}
        for name in PLACES
    }


def _ability(engine: type[Engine], specs: list[AugmentationSpec], draws: Drawing) -> Ability:
    answers = [engine.refusal(spec, shape, draws) for spec in specs for shape in _SHAPES]
    refusals = tuple(dict.fromkeys(filter(None, answers)))
    if not refusals:
        return Ability("all")
    return Ability("none" if all(answers) else "some", refusals)


def _quiet_spec(words: dict[str, Any]) -> AugmentationSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        return AugmentationSpec(**words)
