"""How a `Policy` object from Python is written as text: as a worker, a report and a person read it.

A trial is a function of plain text, so an object travels as the expression that makes it again:
``Posterize(bits=3)`` of the module my_pkg.mod as ``my_pkg.mod:Posterize(bits=3)``. `Policy` keeps
what its class was called with; nothing is pickled.
"""

from __future__ import annotations

import inspect
import reprlib
from typing import Any

from augbench.policies.base import Policy
from augbench.policies.chain import Chain
from augbench.policies.expression import Term, parse
from augbench.policies.named_objects import load_object, name_of
from augbench.policies.registry.catalogue import BUILT_IN
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError


def as_text(policy: Policy) -> str:
    """Return the expression that makes an equal policy in another process.

    What was changed about the object after it was made is not known, and not written.

    Raises:
        InputError: another process cannot import its class, or an option is no literal.

    >>> from augbench.policies.augment.mixing import MixUp
    >>> as_text(MixUp(alpha=0.2))
    'mixup(alpha=0.2)'
    """
    if isinstance(policy, Chain):
        return " + ".join(map(as_text, policy.parts))
    kind = type(policy)
    return Term(_name(kind), _options(policy, kind)).canonical()


def _name(kind: type[Policy]) -> str:
    """Return the name by which a class is found: a built-in one, or ``package.module:Class``."""
    for name, place in BUILT_IN.items():
        if place.partition(":")[2] == kind.__name__ and load_object(place) is kind:
            return name
    try:
        return name_of(kind)
    except InputError as error:
        raise InputError(f"policy {kind.__name__} cannot reach a worker: {error}") from None


def _options(policy: Policy, kind: type[Policy]) -> dict[str, Any]:
    """Return the options that a policy was made with, as literals by their names."""
    positional, named = policy.made_with
    bound = inspect.signature(kind).bind(*positional, **named)
    options: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        parameter = bound.signature.parameters[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise InputError(f"policy {kind.__name__} takes arguments without names; name them")
        if parameter.kind is parameter.VAR_KEYWORD:
            options |= value
        else:
            options[name] = value
    return {name: _literal(kind, name, value) for name, value in options.items()}


def _literal(kind: type[Policy], name: str, value: Any) -> Any:
    if isinstance(value, AugmentationSpec):
        value = value.to_dict()
    try:
        written = Term("a", {name: value}).canonical()
        if parse(written).terms[0].options == {name: value}:
            return value
    except (InputError, ValueError):  # a comparison of arrays has no truth value
        pass
    raise InputError(
        f"policy {kind.__name__}: the option {name} is {reprlib.repr(value)[:80]}, which cannot be "
        "written as a literal (number, text, True, False, None, or a list or dict of them)"
    )
