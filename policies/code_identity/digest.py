"""Which code makes a number? A hash of the modules that some module imports, their words left out.

What a module imports is read from its source, whether at its top or inside a function, so no list
can forget a file. Comments, docstrings, messages of errors and warnings, and the places of modules
do not count: a reworded message or a moved file leaves every stored trial as good as it was.

The hash is over all statements at the top of all modules, in whichever file each stands. With a
statement counts what the names that it imports mean, so that the same name from another module is
another statement.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
import sysconfig
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from augbench.policies.code_identity.source_code import (
    SourceCode,
    Statement,
    packages_of,
    read_code,
    stamp,
)

from augbench.errors import InputError


@cache
def code_digest(*modules: str) -> str:
    """Return the SHA-256, in hexadecimal, of the code that makes what these modules compute.

    Args:
        modules: dotted names; all modules of their top-level packages that they import, directly
            or not, count too. A package that is imported only because something in it is counts
            with what its import does, not with the functions, classes and tables that it offers.

    Raises:
        InputError: a module is not there.
    """
    reached = _reached(modules)
    return _digest({name: _source(name) for name in reached}, reached)


def package_digest(module: str) -> str:
    """Return the SHA-256 of all modules of a module's top-level package, imported or not.

    For code of other people's, which may import by names that cannot be read from its source, and
    which they edit while this process goes on, in a notebook say.

    Raises:
        InputError: there is no such module, or a file of it cannot be read.
    """
    top = module.partition(".")[0]
    spec = importlib.util.find_spec(top)
    if spec is None:
        raise InputError(f"no module named {top!r}")
    if spec.origin in ("built-in", "frozen"):  # part of Python itself
        return f"python {platform.python_version()}"
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    files = {top: Path(spec.origin or top)} if not folders else {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder).with_suffix("").parts
            files[".".join([top, *(part for part in inner if part != "__init__")])] = path
    sources = {name: read_code(path, name, stamp(path)) for name, path in files.items()}
    return _digest(sources, dict.fromkeys(sources, True))


def package_identity(module: str) -> str:
    """Return what tells the code of a module's top-level package from other versions of it.

    The version where it was installed from an index, since nobody edits such a package and some
    have a thousand modules; `package_digest` for all other code.

    Raises:
        InputError: as `package_digest`.
    """
    top = module.partition(".")[0]
    package = importlib.util.find_spec(top)
    places = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    if package is None or not package.origin or not places & set(Path(package.origin).parents):
        return package_digest(module)
    return _versions(top)


@cache
def _versions(top: str) -> str:
    """Return the versions of the distributions that brought a top-level package."""
    named = importlib.metadata.packages_distributions().get(top, [])
    versions = [f"{name} {importlib.metadata.version(name)}" for name in sorted(set(named))]
    return ", ".join(versions) or f"Python {platform.python_version()}"


def _reached(modules: Iterable[str]) -> dict[str, bool]:
    """Return the modules that are imported, and whether all of each counts."""
    reached: dict[str, bool] = {}
    waiting: list[str] = []

    def reach(name: str) -> None:
        for package in packages_of(name):
            if package not in reached and _file(package) is not None:
                reached[package] = False
                waiting.append(package)
        if not reached.get(name) and _file(name) is not None:
            reached[name] = True
            waiting.append(name)

    for module in modules:
        if _file(module) is None:
            raise InputError(f"no module named {module!r}")
        reach(module)
    tops = {module.partition(".")[0] for module in modules}
    while waiting:
        name = waiting.pop()
        source = _source(name)
        reached[name] = reached[name] or source.acts
        for each in source.imports:
            if each.module.partition(".")[0] in tops and (reached[name] or each.at_top):
                reach(each.module)
                if each.name:
                    reach(f"{each.module}.{each.name}")
    return reached


def _digest(sources: Mapping[str, SourceCode], whole: Mapping[str, bool]) -> str:
    """Return one hash of the statements of some modules; of some only what their import does."""
    digests = set()
    for name, source in sources.items():
        meanings = {
            each.alias: _meaning(each.module, each.name, sources, frozenset())
            for each in source.imports
        }
        for statement in source.statements:
            if whole[name] or statement.acts:
                used = sorted(statement.uses & meanings.keys())
                meaning = b"".join(alias.encode() + meanings[alias] for alias in used)
                digests.add(hashlib.sha256(statement.digest + meaning).digest())
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _meaning(
    module: str, name: str, sources: Mapping[str, SourceCode], asked: frozenset[tuple[str, str]]
) -> bytes:
    """Return a hash of what a name of a module stands for, wherever it is passed on from.

    Of what is not among ``sources``, such as another library, it is a hash of its place.
    """
    place = f"{module}.{name}" if name else module
    statements: Iterable[Statement] = ()
    if name and module in sources:
        source = sources[module]
        statements = [each for each in source.statements if name in each.binds]
        passed_on = [each for each in source.imports if each.alias == name]
        if not statements and passed_on and (module, name) not in asked:
            first = passed_on[0]
            return _meaning(first.module, first.name, sources, asked | {(module, name)})
    if not statements and place in sources:
        statements = sources[place].statements
    if not statements:
        return hashlib.sha256(place.encode()).digest()
    return hashlib.sha256(b"".join(sorted(each.digest for each in statements))).digest()


def _file(module: str) -> Path | None:
    """Return the source of a module, without importing it; None where there is none."""
    parts = module.split(".")
    spec = importlib.util.find_spec(parts[0])
    place = Path(spec.origin).parent if spec and spec.origin else None
    if place is None:
        return None
    if len(parts) > 1:  # the folders of one package may lie apart
        branch = importlib.util.find_spec(".".join(parts[:2]))
        if branch is None or not branch.origin:
            return None
        place = Path(branch.origin)
        if place.name != "__init__.py":
            return place if len(parts) == 2 else None
        place = place.parent
    for part in parts[2:]:
        place = place / part
    for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
        if path.is_file():
            return path
    return None


def _source(module: str) -> SourceCode:
    path = _file(module)
    assert path is not None
    return read_code(path, module, stamp(path))
