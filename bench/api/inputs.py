"""What people have in their hands in Python, as the options that every face of the program has."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from augbench.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from augbench.policies.base import Policy
    from augbench.policies.spec.spec import AugmentationSpec

#: a text as on the command line, or an object of an importable class
PolicyLike: TypeAlias = "str | Policy"
#: images and labels, as NumPy and everything that it can convert have them
Arrays: TypeAlias = tuple[Any, Any]
Data: TypeAlias = Union[
    str, os.PathLike[str], Arrays, tuple[Arrays, ...], Mapping[str, Arrays], "pd.DataFrame"
]
Spec: TypeAlias = Union[str, os.PathLike[str], Mapping[str, Any], "AugmentationSpec"]
#: what is checked without training may be checked under several
Specs: TypeAlias = Spec | Sequence[Spec]


def asked_for(policies: Sequence[PolicyLike], **options: Any) -> dict[str, Any]:
    """Return options as `augbench.bench.options.settings.settings` takes them.

    Policies become texts, a spec its words, arrays and DataFrames a file in the cache folder.

    Raises:
        InputError: a policy, spec or data that cannot be written so; no array is printed.
    """
    asked = {name: _plain(value) for name, value in options.items()}
    if asked.get("data") is not None and not isinstance(asked["data"], str):
        from augbench.bench.data.in_memory import stored

        asked["data"] = stored(asked["data"])
    if asked.get("spec") is not None:
        asked["spec"] = _spec(asked["spec"])
    return asked | {"policies": tuple(map(_policy, policies)) or None}


def at_least_one(**numbers: int) -> None:
    """Raise `InputError` for an option that is not a whole number from 1 on."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise InputError(f"{name} must be a whole number from 1 on, not {reprlib.repr(number)}")


def _plain(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _spec(spec: Any) -> str | dict[str, Any]:
    from augbench.policies.spec.spec import AugmentationSpec

    if isinstance(spec, AugmentationSpec):
        return spec.to_dict()
    if isinstance(spec, Mapping):
        return dict(spec)
    if isinstance(spec, str):
        return spec
    raise InputError(
        "spec is a preset's name, a file, a dict of words or an AugmentationSpec, not "
        f"{reprlib.repr(spec)[:80]}"
    )


def _policy(policy: Any) -> str:
    from augbench.policies.base import Policy

    if isinstance(policy, str):
        return policy
    if isinstance(policy, Policy):
        from augbench.policies.registry.as_text import as_text

        return as_text(policy)
    hint = ", each as an argument of its own" if isinstance(policy, (list, tuple)) else ""
    raise InputError(
        'a policy is a text such as "keras" or "my_pkg.mod:MyPolicy(p=0.5)", or a Policy object'
        f"{hint}, not {reprlib.repr(policy)[:80]}"
    )
