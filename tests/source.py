"""Which files make the program, under which names are they imported, and what do they import?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
#: package -> its folder in the repository, as pyproject.toml maps them
FOLDERS = {
    "augbench": "src/augbench",
    "augbench.bench": "bench",
    "augbench.policies": "policies",
    "augbench.reports": "reports",
}


def modules() -> dict[str, Path]:
    """Return every module of the program by its import name."""
    found = {}
    for package, folder in FOLDERS.items():
        root = REPOSITORY / folder
        for file in sorted(root.rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = file
    return found


def place(file: Path) -> str:
    """Return a file's path in the repository, with slashes."""
    return file.relative_to(REPOSITORY).as_posix()


def imports(source: str, known: dict[str, Path], package: str = "") -> set[str]:
    """Return the modules among ``known`` that a source text imports, anywhere in it.

    Imports inside functions and under ``TYPE_CHECKING`` count; `from a import b` is an import of
    ``a.b`` where that is a module, and of ``a`` where not. ``package`` resolves relative ones.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join([*_parents(package, node.level), *filter(None, [node.module])])
            names = {f"{origin}.{alias.name}" for alias in node.names}
            found |= {name if name in known else origin for name in names}
    return found & known.keys()


def named_by_text(source: str, known: dict[str, Path]) -> set[str]:
    """Return the modules among ``known`` that a text ``module`` or ``module:name`` stands for."""
    texts = (
        node.value.partition(":")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return set(texts) & known.keys()


def arrows() -> dict[str, set[str]]:
    """Return for every module those that it imports, itself aside."""
    known = modules()
    found = {}
    for name, file in known.items():
        package = name if file.stem == "__init__" else name.rpartition(".")[0]
        found[name] = imports(file.read_text(encoding="utf-8"), known, package) - {name}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of nodes that can all be reached from each other, sorted (Tarjan)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = lowest[node] = len(index)
        open_nodes.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in open_nodes:
                lowest[node] = min(lowest[node], index[other])
        if lowest[node] == index[node]:
            start = open_nodes.index(node)
            group = open_nodes[start:]
            del open_nodes[start:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found)


def _parents(package: str, level: int) -> Iterator[str]:
    parts = package.split(".")
    yield from parts[: len(parts) - level + 1] if level else ()
