"""What tells a policy from all others, for the KEY of a trial: its text, specs, files and code."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

from augbench.policies.base import Policy
from augbench.policies.code_identity import code_digest, package_digest
from augbench.policies.expression import Expression, Term
from augbench.policies.registry.building import build_term, spec_of_term
from augbench.policies.registry.catalogue import object_of, parameters, place_of, target_of

from augbench import outside
from augbench.errors import AugbenchWarning, InputError


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
        named = object_of(term)
        if isinstance(named, type) and issubclass(named, Policy):
            if "spec" in parameters(named):
                given = term.options.get("spec")
                specs.append(_spec_hash(spec if given is None else given, term))
            for option in named.file_options:
                if term.options.get(option):
                    path = str(term.options[option])
                    files[f"{option}={path}"] = file_hash(path, f"{term.name}({option}=…)")
        code.append(_code(build_term(term, spec), place_of(target_of(term)).partition(":")[0]))
    return {"expression": expression.canonical(), "specs": specs, "files": files, "code": code}


def _code(policy: Policy, module: str) -> list[str]:
    """Return the hashes of the code of a policy and of its parts, named in ``module``."""
    classes = [cls for part in _with_parts(policy) for cls in type(part).__mro__]
    modules = {module, *(cls.__module__ for cls in classes if issubclass(cls, Policy))}
    ours = __name__.partition(".")[0]
    own = sorted(name for name in modules if name.partition(".")[0] == ours)
    others = sorted({name.partition(".")[0] for name in modules} - {ours})
    return [code_digest(*own), *map(package_digest, others)]


def _with_parts(policy: Policy) -> list[Policy]:
    return [policy, *(part for own in policy.parts for part in _with_parts(own))]


def _spec_hash(given: Any, term: Term) -> str:
    with warnings.catch_warnings():  # said when the policy is built
        warnings.simplefilter("ignore", AugbenchWarning)
        return spec_of_term(given, term).hash()


def file_hash(path: str, where: str) -> str:
    """Return the SHA-256 of a file, or of all files below a folder with their names."""
    place = Path(path)
    digest = hashlib.sha256()
    try:
        for file in _files(place):
            if file is not place:
                digest.update(f"{file.relative_to(place).as_posix()}\0".encode())
            with outside.open_regular(file) as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    except OSError as error:
        raise InputError(f"{where}: cannot read {path!r}: {error.strerror or error}") from error
    return digest.hexdigest()


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return sorted((p for p in place.rglob("*") if p.is_file()), key=lambda p: p.as_posix())
