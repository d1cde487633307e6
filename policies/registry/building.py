"""How an expression becomes a policy: each term a class with its options, several terms a chain."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from augbench.policies.augment.function import BatchFunction, is_batch_function
from augbench.policies.base import Policy
from augbench.policies.chain import Chain
from augbench.policies.expression import Expression, Term
from augbench.policies.registry.catalogue import (
    object_of,
    parameters,
    resolve,
    signature,
    target_of,
)
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError, nearest, reason_of


def build(expression: Expression, spec: Any = None) -> Policy:
    """Return the policy that an expression describes, a `Chain` where it has several terms.

    Args:
        expression: as `augbench.policies.expression.parse` returns it.
        spec: the run's augmentation spec (what `load_spec` takes); used where a policy takes a
            ``spec`` and the expression gives none.

    Raises:
        InputError: an unknown name or option, a missing option, a value that a policy refuses.
    """
    members = [build_term(term, spec) for term in expression.terms]
    return members[0] if len(members) == 1 else Chain(members)


def build_term(term: Term, spec: Any) -> Policy:
    """Return the policy that one term describes; arguments and errors as of `build`."""
    named = object_of(term)
    if not isinstance(named, type):
        finished = finished_policy(named)
        if finished is not None:
            if term.options:
                raise InputError(
                    f"policy {term.canonical()!r}: {term.name} is a finished object and takes no "
                    "options; name its class instead"
                )
            return finished
    policy = resolve(target_of(term))
    options = dict(term.options)
    known = parameters(policy)
    _check_options(term, policy, known)
    if "spec" in known:
        given = options.get("spec")
        options["spec"] = spec_of_term(given if given is not None else spec, term)
    try:
        return policy(**options)
    except InputError as error:
        raise type(error)(f"policy {term.canonical()!r}: {error}") from error
    except Exception as error:
        reason = reason_of(error)
        raise InputError(f"policy {term.canonical()!r} cannot be made: {reason}") from error


def spec_of_term(given: Any, term: Term) -> AugmentationSpec:
    """Return the spec that a term is given, in whichever form; its errors name the term."""
    try:
        return load_spec(given)
    except InputError as error:
        raise InputError(f"policy {term.canonical()!r}: {error}") from error


def finished_policy(named: Any) -> Policy | None:
    """Return a policy for a finished object, None where it is none.

    A `Policy`, an Albumentations transform, a layer of Keras or a list of them, or a function
    ``images, labels, rng -> images, labels``.
    """
    if isinstance(named, Policy):
        return named
    if "albumentations" in sys.modules:
        from augbench.policies.augment.pipeline import AlbumentationsPipeline, is_transform

        if is_transform(named):
            return AlbumentationsPipeline.of(named)
    if "keras" in sys.modules:
        from augbench.policies.augment.layers import KerasLayers, is_layer, layers_of

        if is_layer(named):
            return KerasLayers(layers_of(named))
    if is_batch_function(named):
        return BatchFunction(named)
    return None


def _given_words(term: Term) -> dict[str, Any]:
    """Return the words of a spec that a term has in place."""
    given = term.options.get("spec")
    return dict(given) if isinstance(given, dict) else {}


def _check_options(term: Term, policy: type[Policy], known: dict[str, inspect.Parameter]) -> None:
    by_name = [
        name
        for name, parameter in known.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    any_name = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
    where = f"policy {term.canonical()!r}"
    words = [
        name for name in term.options if name in AugmentationSpec.model_fields and name not in known
    ]
    if "spec" in known and words and not any_name:
        spec = {**_given_words(term), **{word: term.options[word] for word in words}}
        others = {name: value for name, value in term.options.items() if name not in words}
        shown = ", ".join(f"{name}={value!r}" for name, value in {**others, "spec": spec}.items())
        raise InputError(
            f"{where}: {' and '.join(words)} {'is a word' if len(words) == 1 else 'are words'} of "
            f"the spec; write {term.name}({shown})"
        )
    for option in term.options:
        if option not in by_name and not any_name:
            raise InputError(
                f"{where}: {term.name} has no option {option!r}{nearest(option, by_name)}; "
                f"it is {signature(term.name, policy)}"
            )
    for name in by_name:
        missing = known[name].default is inspect.Parameter.empty
        if missing and name not in term.options and name != "spec":
            raise InputError(
                f"{where}: the option {name!r} is missing; {term.name} is "
                f"{signature(term.name, policy)}"
            )
