"""Which policy a name stands for: built in, installed, or a class in the user's own module."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
import warnings
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from augbench.policies.base import Policy
from augbench.policies.chain import Chain
from augbench.policies.code_identity import code_digest, package_digest
from augbench.policies.engines import ENGINES, PLACES
from augbench.policies.expression import Expression, Term

from augbench.errors import AugbenchWarning, InputError, nearest

ENTRY_POINTS = "augbench.policies"

BUILT_IN: dict[str, str] = {
    "none": "augbench.policies.base:Policy",
    **PLACES,
    "repeat": "augbench.policies.enlarge.copies:Repeat",
    "expand": "augbench.policies.enlarge.copies:Expand",
    "gaussian": "augbench.policies.enlarge.gaussian:Gaussian",
    "gan": "augbench.policies.gan:Gan",
    "cyclegan": "augbench.policies.gan:CycleGan",
    "mixup": "augbench.policies.augment.mixing:MixUp",
    "cutmix": "augbench.policies.augment.mixing:CutMix",
    "randaugment": "augbench.policies.augment.automatic:RandAugment",
    "trivialaugment": "augbench.policies.augment.automatic:TrivialAugment",
}

ENGINE_NAMES = tuple(ENGINES)

#: (name, option) -> the class that takes over where that option is given
ROUTES: dict[tuple[str, str], str] = {
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
    found = _load(name)
    if isinstance(found, type) and issubclass(found, Policy):
        return found
    what = f"the class {found.__name__}" if isinstance(found, type) else f"a {type(found).__name__}"
    raise InputError(
        f"policy {name!r} is {what}, not a policy; derive it from augbench.policies.base.Policy "
        "and override learn, enlarge or change"
    )


def attribute(name: str, attribute: str) -> Any:
    """Return what a policy's class says by an attribute, `Policy`'s own for other objects."""
    return getattr(_load(name), attribute, getattr(Policy, attribute))


def build(expression: Expression, spec: Any = None) -> Policy:
    """Return the policy that an expression describes, a `Chain` where it has several terms.

    Args:
        expression: as `augbench.policies.expression.parse` returns it.
        spec: the run's augmentation spec (what `load_spec` takes); used where a policy takes a
            ``spec`` and the expression gives none.

    Raises:
        InputError: an unknown name or option, a missing option, a value that a policy refuses.
    """
    members = [_make(term, spec) for term in expression.terms]
    return members[0] if len(members) == 1 else Chain(members)


def identity(expression: Expression, spec: Any = None) -> dict[str, Any]:
    """Return what tells this policy from others, for the KEY of a trial; plain JSON values.

    ``expression`` is the canonical text, ``specs`` a hash for each term that takes a spec,
    ``files`` the SHA-256 of each file that an option names, ``code`` that of the modules that a
    term's policy is made of (`code_digest`; all of its package for other people's code).

    Raises:
        InputError: as `build`, and where a named file cannot be read.
    """
    specs, files, code = [], {}, []
    for term in expression.terms:
        target = _target(term)
        found = _load(target)
        if isinstance(found, type) and issubclass(found, Policy):
            if "spec" in _parameters(found):
                given = term.options.get("spec")
                specs.append(_spec_hash(spec if given is None else given, term))
            for option in found.file_options:
                if term.options.get(option):
                    path = str(term.options[option])
                    files[f"{option}={path}"] = file_hash(path, f"{term.name}({option}=…)")
        code.append(_code(_make(term, spec), _place(target).partition(":")[0]))
    return {"expression": expression.canonical(), "specs": specs, "files": files, "code": code}


def _code(policy: Policy, module: str) -> list[str]:
    """Return the hashes of the code of a policy and of its parts, named in ``module``."""
    kinds = [kind for part in _with_parts(policy) for kind in type(part).__mro__]
    modules = {module, *(kind.__module__ for kind in kinds if issubclass(kind, Policy))}
    ours = __name__.partition(".")[0]
    own = sorted(name for name in modules if name.partition(".")[0] == ours)
    others = sorted({name.partition(".")[0] for name in modules} - {ours})
    return [code_digest(*own), *map(package_digest, others)]


def _with_parts(policy: Policy) -> list[Policy]:
    return [policy, *(part for own in policy.parts for part in _with_parts(own))]


def takes(term: Term, option: str) -> bool:
    """Return whether the policy that a term names has an option of that name.

    Raises:
        InputError: as `resolve`, unless the name is that of a finished object, which has none.
    """
    target = _target(term)
    found = _load(target)
    return isinstance(found, type) and option in _parameters(resolve(target))


def load_object(target: str) -> Any:
    """Return the object ``package.module:name``; the working directory counts as importable.

    Raises:
        InputError: one line with the module's own message where it cannot be imported.
    """
    module_name, _, attribute = target.partition(":")
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # before a plug-in imports it
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            f"{target!r}: the module {module_name} cannot be imported: {reason}"
        ) from error
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            known = [name for name in vars(found) if not name.startswith("_")]
            raise InputError(
                f"{target!r}: {module_name} has no {part!r}{nearest(part, known)}"
            ) from None
    return found


def _load(name: str) -> Any:
    return load_object(_place(name))


def _place(name: str) -> str:
    """Return ``package.module:name`` of what a name stands for."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    if ":" in name:
        return name
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return point.value
    raise InputError(
        f"no policy is called {name!r}{nearest(name, names())}; known are {', '.join(names())}, "
        "and package.module:Class for your own"
    )


def _target(term: Term) -> str:
    for (name, option), target in ROUTES.items():
        if term.name == name and option in term.options:
            return target
    return term.name


def _make(term: Term, spec: Any) -> Policy:
    target = _target(term)
    found = _load(target)
    if not isinstance(found, type):
        ready = _ready(found)
        if ready is not None:
            if term.options:
                raise InputError(
                    f"policy {term.canonical()!r}: {term.name} is a finished object and takes no "
                    "options; name its class instead"
                )
            return ready
    policy = resolve(target)
    options = dict(term.options)
    parameters = _parameters(policy)
    _check_options(term, policy, parameters)
    if "spec" in parameters:
        given = options.get("spec")
        options["spec"] = _spec(given if given is not None else spec, term)
    try:
        return policy(**options)
    except InputError as error:
        raise type(error)(f"policy {term.canonical()!r}: {error}") from error
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"policy {term.canonical()!r} cannot be made: {reason}") from error


def _ready(found: Any) -> Policy | None:
    """Return a policy for a finished object: a `Policy`, or an Albumentations transform."""
    if isinstance(found, Policy):
        return found
    if "albumentations" in sys.modules:
        from augbench.policies.augment.pipeline import AlbumentationsPipeline, is_transform

        if is_transform(found):
            return AlbumentationsPipeline.of(found)
    return None


def _parameters(policy: type[Policy]) -> dict[str, inspect.Parameter]:
    if policy.__init__ is object.__init__:
        return {}
    return dict(list(inspect.signature(policy.__init__).parameters.items())[1:])


def _check_options(
    term: Term, policy: type[Policy], parameters: dict[str, inspect.Parameter]
) -> None:
    takes = [
        name
        for name, p in parameters.items()
        if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    said = f"policy {term.canonical()!r}"
    for option in term.options:
        if option not in takes and not any_name:
            raise InputError(
                f"{said}: {term.name} has no option {option!r}{nearest(option, takes)}; "
                f"it is {signature(term.name, policy)}"
            )
    for name in takes:
        missing = parameters[name].default is inspect.Parameter.empty
        if missing and name not in term.options and name != "spec":
            raise InputError(
                f"{said}: the option {name!r} is missing; {term.name} is "
                f"{signature(term.name, policy)}"
            )


def signature(name: str, policy: type[Policy]) -> str:
    """Return how a policy is written, with its defaults: ``gan(factor=2, share=0.3)``."""
    written = []
    for key, parameter in _parameters(policy).items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            written.append("…")
        elif parameter.default is inspect.Parameter.empty:
            written.append(f"{key}=…")
        else:
            written.append(f"{key}={parameter.default!r}")
    return f"{name}({', '.join(written)})"


def _spec(given: Any, term: Term) -> Any:
    from augbench.policies.spec.spec import load_spec

    try:
        return load_spec(given)
    except InputError as error:
        raise InputError(f"policy {term.canonical()!r}: {error}") from error


def _spec_hash(given: Any, term: Term) -> str:
    with warnings.catch_warnings():  # said when the policy is built
        warnings.simplefilter("ignore", AugbenchWarning)
        return str(_spec(given, term).hash())


def file_hash(path: str, where: str) -> str:
    """Return the SHA-256 of a file, or of all files below a folder with their names."""
    place = Path(path)
    digest = hashlib.sha256()
    try:
        for file in _files(place):
            if file is not place:
                digest.update(f"{file.relative_to(place).as_posix()}\0".encode())
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    except OSError as error:
        raise InputError(f"{where}: cannot read {path!r}: {error.strerror or error}") from error
    return digest.hexdigest()


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return sorted((p for p in place.rglob("*") if p.is_file()), key=lambda p: p.as_posix())
