"""Which code makes a number? A hash of the modules that some module imports, their words left out.

What a module imports is read from its source, whether at its top or inside a function, so no list
can forget a file. Comments, docstrings, messages of errors and warnings, and the places of modules
do not count: a reworded message or a moved file leaves every stored trial as good as it was.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import platform
import re
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from augbench.errors import InputError

#: functions and classes whose texts are read by people and by nobody else
_SPEAKING = re.compile(
    r"(\w+(Error|Warning|Refusal|Failed)|Refusal|Advice|warn|note|progress|on_message)$"
)
#: arguments that are explanations
_EXPLAINING = ("description", "help")
#: where a thing is, as ``augbench.policies.spec.draws:draw``
_PLACE = re.compile(r"\w+(\.\w+)+(?=:)")


@cache
def code_digest(*modules: str) -> str:
    """Return the SHA-256, in hexadecimal, of the code that makes what these modules compute.

    Args:
        modules: dotted names; all modules of their top-level packages that they import, directly
            or not, count too.

    Raises:
        InputError: a module is not there.
    """
    return _digest(path for _, path in sorted(imported(*modules).items()))


@cache
def package_digest(module: str) -> str:
    """Return the SHA-256 of all modules of a module's top-level package, imported or not.

    For code of other people's, which may import by names that cannot be read from its source.

    Raises:
        InputError: there is no such module, or a file of it cannot be read.
    """
    top = module.partition(".")[0]
    package = importlib.util.find_spec(top)
    if package is None:
        raise InputError(f"no module named {top!r}")
    folders = [Path(place) for place in package.submodule_search_locations or ()]
    if not folders:
        return _digest([Path(package.origin or top)])
    return _digest(path for folder in folders for path in sorted(folder.rglob("*.py")))


@cache
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
    named = importlib.metadata.packages_distributions().get(top, [])
    versions = [f"{name} {importlib.metadata.version(name)}" for name in sorted(set(named))]
    return ", ".join(versions) or f"Python {platform.python_version()}"


def imported(*modules: str) -> dict[str, Path]:
    """Return the modules and all that they import of their own top-level packages, with files."""
    files: dict[str, Path] = {}
    waiting = list(modules)
    for module in waiting:
        if (path := _file(module)) is None:
            raise InputError(f"no module named {module!r}")
        files[module] = path
    while waiting:
        module = waiting.pop()
        for name in _imports(module, files[module]):
            if name not in files and (path := _file(name)) is not None:
                files[name] = path
                waiting.append(name)
    return files


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


def _imports(module: str, path: Path) -> Iterator[str]:
    """Yield what a module may import of its own top-level package, submodules included."""
    top = module.partition(".")[0]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _at_run_time(_parsed(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == top:  # importing a module imports the packages that it is in
                yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from _at_run_time(node)


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} cannot be read as Python: {error}") from error


def _digest(paths: Iterable[Path]) -> str:
    """Return one hash of all statements at the top of some files, in whichever file each is."""
    statements = set()
    for path in paths:
        for statement in _Wordless().visit(_parsed(path)).body:
            statements.add(hashlib.sha256(ast.unparse(statement).encode()).digest())
    return hashlib.sha256(b"".join(sorted(statements))).hexdigest()


class _Wordless(ast.NodeTransformer):
    """Takes out what changes no number: imports, docstrings, messages, places of modules."""

    def visit_Import(self, node: ast.Import) -> None:
        """Leave it out: what is imported counts by itself."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Leave it out: what is imported counts by itself."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Leave out docstrings."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Leave out what is for type checkers alone."""
        if ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return None
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Keep which error is raised, not what it says."""
        if isinstance(node.exc, ast.Call):
            node.exc = ast.Call(node.exc.func, [], [])
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Leave out texts for people."""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else None
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called and _SPEAKING.match(called):
            return ast.Call(node.func, [], [])
        node.keywords = [word for word in node.keywords if word.arg not in _EXPLAINING]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Leave out where a thing is, and keep what it is called there."""
        if isinstance(node.value, str):
            return ast.Constant(_PLACE.sub("", node.value))
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit what is inside; what has nothing left inside does nothing."""
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node
