"""Which policy a name stands for: built in, installed, or a class in the user's own module."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from typing import Any

from augbench.policies.base import Policy
from augbench.policies.engines import AUTO, PLACES
from augbench.policies.expression import Term
from augbench.policies.named_objects import load_object

from augbench.errors import InputError, nearest

ENTRY_POINTS = "augbench.policies"

BUILT_IN: dict[str, str] = {
    "none": "augbench.policies.base:Policy",
    **PLACES,
    AUTO: "augbench.policies.engines.albumentations:Auto",
    "repeat": "augbench.policies.enlarge.copies:Repeat",
    "expand": "augbench.policies.enlarge.copies:Expand",
    "gaussian": "augbench.policies.enlarge.gaussian:Gaussian",
    "gan": "augbench.policies.gan:Gan",
    "cyclegan": "augbench.policies.gan:CycleGan",
    "mixup": "augbench.policies.augment.mixing:MixUp",
    "cutmix": "augbench.policies.augment.mixing:CutMix",
    "colorjitter": "augbench.policies.augment.colour:ColorJitter",
    "gaussiannoise": "augbench.policies.augment.noise_and_blur:GaussianNoise",
    "gaussianblur": "augbench.policies.augment.noise_and_blur:GaussianBlur",
    "randomerasing": "augbench.policies.augment.erasing:RandomErasing",
    "randaugment": "augbench.policies.augment.automatic:RandAugment",
    "trivialaugment": "augbench.policies.augment.automatic:TrivialAugment",
}

#: (name, option) -> the class that takes over where that option is given
TAKEN_OVER_BY: dict[tuple[str, str], str] = {
    ("albumentations", "pipeline"): "augbench.policies.augment.pipeline:AlbumentationsPipeline",
}


def names() -> list[str]:
    """Return every name that can be typed: the built-in ones, then the installed ones."""
    installed = sorted({point.name for point in entry_points(group=ENTRY_POINTS)})
    return [*BUILT_IN, *(name for name in installed if name not in BUILT_IN)]


def resolve(name: str) -> type[Policy]:
    """Return the policy class that ``name`` stands for.

    Raises:
        InputError: the name is unknown, its module cannot be imported, or what it names is not a
            subclass of `Policy`.
    """
    named = load_object(place_of(name))
    if isinstance(named, type) and issubclass(named, Policy):
        return named
    what = f"the class {named.__name__}" if isinstance(named, type) else f"a {type(named).__name__}"
    raise InputError(
        f"policy {name!r} is {what}, not a policy; derive it from augbench.policies.base.Policy "
        "and override learn, enlarge or change"
    )


def takes(term: Term, option: str) -> bool:
    """Return whether the policy that a term names has an option of that name.

    Raises:
        InputError: as `resolve`, unless the name is that of a finished object, which has none.
    """
    named = object_of(term)
    return isinstance(named, type) and option in parameters(resolve(target_of(term)))


def object_of(term: Term) -> Any:
    """Return what a term names: a policy's class, or a finished object.

    Raises:
        InputError: the name is unknown, or its module cannot be imported.
    """
    return load_object(place_of(target_of(term)))


def target_of(term: Term) -> str:
    """Return the name of what a term stands for: its own, or what takes over by an option."""
    for option in term.options:
        if (term.name, option) in TAKEN_OVER_BY:
            return TAKEN_OVER_BY[term.name, option]
    return term.name


def place_of(name: str) -> str:
    """Return ``package.module:name`` of what a name stands for."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    if ":" in name:
        return name
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return point.value
    from augbench.policies.spec.presets import PRESETS

    if name in PRESETS:
        raise InputError(f"{name} is a spec, which albumentations(spec={name!r}) applies")
    raise InputError(
        f"no policy is called {name!r}{nearest(name, names())}; known are {', '.join(names())}, "
        "and package.module:Class for your own"
    )


def parameters(policy: type[Policy]) -> dict[str, inspect.Parameter]:
    """Return the options that a policy takes, by name: the parameters of its ``__init__``."""
    if policy.__init__ is object.__init__:
        return {}
    return dict(list(inspect.signature(policy.__init__).parameters.items())[1:])


def signature(name: str, policy: type[Policy]) -> str:
    """Return how a policy is written, with its defaults: ``gan(factor=2, share=0.3)``."""
    written = []
    for key, parameter in parameters(policy).items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            written.append("…")
        elif parameter.default is inspect.Parameter.empty:
            written.append(f"{key}=…")
        else:
            written.append(f"{key}={parameter.default!r}")
    return f"{name}({', '.join(written)})"
