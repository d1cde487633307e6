"""Which policies can be named, and what are their options? Nothing is built to tell.

All of it is read where it stands for other reasons: names in the catalogue, options in signatures,
ranges in their annotations, and what each does in docstrings.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_type_hints

from annotated_types import Ge
from augbench.policies.base import Policy
from augbench.policies.named_objects import load_object
from augbench.policies.registry import docstrings
from augbench.policies.registry.building import finished_policy
from augbench.policies.registry.catalogue import (
    BUILT_IN,
    TAKEN_OVER_BY,
    names,
    parameters,
    place_of,
    resolve,
    signature,
)
from augbench.policies.validation import expected, json_schema

from augbench.errors import InputError

Origin = Literal["built-in", "entry-point", "import"]


@dataclass(frozen=True)
class OptionInfo:
    """An option of a policy.

    Attributes:
        name: as typed.
        takes: what it may be, in words, with its range.
        schema: the same as JSON Schema; empty where that cannot say it.
        default: its value where it is not given; None where it is ``required``.
        required: whether it must be given.
        help: what it does.
    """

    name: str
    takes: str
    schema: dict[str, Any]
    default: Any
    required: bool
    help: str

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values; a default that is none by its ``repr``."""
        return {
            "name": self.name,
            "takes": self.takes,
            "schema": self.schema,
            "default": _plain_json(self.default),
            "required": self.required,
            "help": self.help,
        }


@dataclass(frozen=True)
class PolicyInfo:
    """A policy as it can be named; one that takes other options in another form has one for each.

    Attributes:
        name: as typed.
        origin: ``built-in``, an installed ``entry-point``, or named by ``import``.
        signature: how it is written, with its defaults.
        summary: what it does, in a line.
        about: what else there is to say, a paragraph each.
        options: in the order of the signature.
        problem: why it cannot be used here; empty where it can.
    """

    name: str
    origin: Origin
    signature: str
    summary: str = ""
    about: tuple[str, ...] = ()
    options: tuple[OptionInfo, ...] = field(default=())
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values; ``problem`` is null where there is none."""
        return {
            "name": self.name,
            "origin": self.origin,
            "signature": self.signature,
            "summary": self.summary,
            "about": list(self.about),
            "options": [option.to_dict() for option in self.options],
            "problem": self.problem or None,
        }


#: what every policy takes, without knowing of it
RESEED = OptionInfo(
    "reseed",
    expected(Annotated[int, Ge(0)]),
    json_schema(Annotated[int, Ge(0)]),
    0,
    False,
    "from 1 on, another order and other initial weights in the same block",
)


def all_policies() -> list[PolicyInfo]:
    """Return what every name stands for; what cannot be imported has a ``problem``."""
    policies: list[PolicyInfo] = []
    for name in names():
        try:
            policies += described(name)
        except InputError as error:
            policies.append(PolicyInfo(name, _origin(name), name, problem=str(error)))
    return policies


def described(name: str) -> tuple[PolicyInfo, ...]:
    """Return what a name stands for, each form that it has.

    Raises:
        InputError: the name is unknown, its module cannot be imported, or it names no policy.
    """
    named = load_object(place_of(name))
    finished = None if isinstance(named, type) else finished_policy(named)
    if finished is not None:
        doc = type(finished).__doc__
        summary, about = docstrings.summary(doc), docstrings.prose(doc)
        return (PolicyInfo(name, _origin(name), name, summary, about),)
    others = [target for (called, _), target in TAKEN_OVER_BY.items() if called == name]
    return tuple(_info(name, resolve(target)) for target in (name, *others))


def _info(name: str, policy: type[Policy]) -> PolicyInfo:
    written = " ".join(signature(name, policy).split())
    return PolicyInfo(
        name,
        _origin(name),
        written.removesuffix("()"),
        docstrings.summary(policy.__doc__),
        docstrings.prose(policy.__doc__),
        tuple(_options(policy)),
    )


def _origin(name: str) -> Origin:
    if name in BUILT_IN:
        return "built-in"
    return "import" if ":" in name else "entry-point"


def _options(policy: type[Policy]) -> Iterator[OptionInfo]:
    helps, annotations = _helps(policy), _annotations(policy)
    for name, parameter in parameters(policy).items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        required = parameter.default is inspect.Parameter.empty
        annotation = annotations.get(name, Any)
        takes, schema = expected(annotation), json_schema(annotation)
        if name == "spec":  # which every policy that has one receives from the run
            takes, required = "a preset, a file, or words in a dict", False
        default = None if parameter.default is inspect.Parameter.empty else parameter.default
        yield OptionInfo(name, takes, schema, default, required, helps.get(name, ""))


def _helps(policy: type[Policy]) -> dict[str, str]:
    """Return what docstrings say of options, those of the class itself before its bases'."""
    helps: dict[str, str] = {}
    for base in policy.__mro__:
        for documented in (vars(base).get("__init__"), base):
            helps = docstrings.arguments(getattr(documented, "__doc__", None)) | helps
    return helps


def _annotations(policy: type[Policy]) -> dict[str, Any]:
    """Return the annotations of options; none where a plug-in's own cannot be read."""
    try:
        return get_type_hints(policy.__init__, include_extras=True)
    except Exception:
        return {}


def _plain_json(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return " ".join(repr(value).split())
    return value
