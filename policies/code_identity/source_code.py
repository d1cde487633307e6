"""What does a source file do, and what does it import? Its words left out.

Left out is what changes no number: comments, docstrings, messages of errors and warnings, help
texts, the places of modules, and what is for type checkers alone.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from augbench.errors import InputError

#: functions and classes whose texts are read by people and by nobody else
_SPEAKING = re.compile(
    r"(\w+(Error|Warning|Refusal|Failed)|Refusal|Advice|warn|note|progress|on_message)$"
)
#: lists of sentences: what is appended to them is for people
_SENTENCES = ("notes", "remarks", "warnings")
#: arguments that are explanations
_EXPLAINING = ("description", "help")
#: where a thing is, as ``augbench.policies.spec.draws:draw`` or ``augbench.policies.gan``
_PLACE = re.compile(rf"\w+(\.\w+)+(?=:)|^{__name__.partition('.')[0]}(\.\w+)+$")
#: fields of the syntax tree that change no number
_IDLE = ("ctx", "type_comment", "type_ignores")


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a module: its hash without words, and the names it has to do with.

    Attributes:
        digest: SHA-256 of what it does.
        uses: the names that it mentions, but for people.
        binds: the names that it gives to the module.
        acts: whether it does more at import than to define something: it calls.
    """

    digest: bytes
    uses: frozenset[str]
    binds: frozenset[str]
    acts: bool


@dataclass(frozen=True)
class Import:
    """One imported name: ``from module import name as alias``, or a module without a name."""

    module: str
    name: str
    alias: str
    at_top: bool


@dataclass(frozen=True)
class SourceCode:
    """What a module says, in order."""

    statements: tuple[Statement, ...]
    imports: tuple[Import, ...]

    @property
    def acts(self) -> bool:
        """Whether its functions are called as it is imported."""
        own = {name for statement in self.statements for name in statement.binds}
        return any(statement.acts and statement.uses & own for statement in self.statements)


def stamp(path: Path) -> tuple[int, int]:
    """Return what tells that a file was not touched: its time and size."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@cache
def read_code(path: Path, module: str, stamp: tuple[int, int]) -> SourceCode:
    """Return what a source file says, read again by a process only where its stamp changed."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} cannot be read as Python: {error}") from error
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    statements = []
    for node in tree.body:
        words: list[str] = []
        names: set[str] = set()
        _write(node, words, names)
        if words:
            digest = hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).digest()
            statements.append(Statement(digest, frozenset(names), _bound(node), _acts(node)))
    return SourceCode(tuple(statements), tuple(_imports(tree, package)))


def _imports(tree: ast.AST, package: str, at_top: bool = True) -> Iterator[Import]:
    """Yield what is imported, submodules included, but what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                for module in [*packages_of(alias.name), alias.name]:
                    bound = alias.asname or module.partition(".")[0]
                    yield Import(module, "", bound, at_top)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                yield Import(base, alias.name, alias.asname or alias.name, at_top)
        elif not _for_type_checkers(node):
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(node, package, at_top and not inside)


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and (
        getattr(node.test, "id", None) == "TYPE_CHECKING"
        or getattr(node.test, "attr", None) == "TYPE_CHECKING"
    )


def _bound(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset([node.name])
    stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return frozenset(each.id for each in stored if isinstance(each.ctx, ast.Store))


def _acts(node: ast.AST) -> bool:
    """Tell whether a statement calls something when its module is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return isinstance(node, ast.Call) or any(_acts(each) for each in ast.iter_child_nodes(node))


def _write(node: ast.AST, words: list[str], names: set[str]) -> None:
    """Append what a piece of code does to ``words``, and the names that it mentions to ``names``.

    Imports are left out too: what is imported counts by itself.
    """
    if isinstance(node, ast.Constant):
        value = _PLACE.sub("", node.value) if isinstance(node.value, str) else node.value
        words.append(repr(value))
        return
    if isinstance(node, ast.Import | ast.ImportFrom) or _for_type_checkers(node):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    words.append(type(node).__name__)
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        _write(node.exc.func, words, names)
    elif isinstance(node, ast.Call):
        _write(node.func, words, names)
        if not _speaks(node.func):
            _write_all(node.args, words, names)
            keywords = [each for each in node.keywords if each.arg not in _EXPLAINING]
            _write_all(keywords, words, names)
    else:
        if isinstance(node, ast.Name):
            names.add(node.id)
        for field in node._fields:
            if field not in _IDLE:
                _write_field(getattr(node, field, None), words, names)


def _write_field(value: object, words: list[str], names: set[str]) -> None:
    if isinstance(value, ast.AST):
        _write(value, words, names)
    elif isinstance(value, list):
        _write_all(value, words, names)
    else:
        words.append(repr(value))


def _write_all(values: Sequence[object], words: list[str], names: set[str]) -> None:
    words.append("[")
    for value in values:
        _write_field(value, words, names)
    words.append("]")


def _speaks(called: ast.expr) -> bool:
    """Tell whether a function takes texts for people."""
    if isinstance(called, ast.Attribute):
        owner = called.value
        listed = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if called.attr == "append" and listed in _SENTENCES:
            return True
        return bool(_SPEAKING.match(called.attr))
    return isinstance(called, ast.Name) and bool(_SPEAKING.match(called.id))


def packages_of(module: str) -> list[str]:
    """Return the packages that a module is in, the outermost first."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]
