"""Are the folders as docs/architecture.md says: one purpose each, arrows one way, no circle?"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module

import pytest

from tests.source import REPOSITORY, arrows, circles, imports, modules, named_by_text, place

PAGE = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
#: more modules side by side than this want a reason
MOST_MODULES = 12
#: folder -> why it holds more
LARGE = {
    "bench/api": "a file for each verb, and what they share",
    "bench/commands": "a file for each verb, and what they share",
    "bench/data/sources": "a file for each form of DATA, and what people call the parts in them",
    "reports/render": "a file for each form that a report has, and what pages and pictures share",
    "reports/tables": "a file for each table of a run, and what tables share",
}
#: modules of `bench` that may ask any part of `reports`: a verb ends in a report
WRITES_REPORTS = ("augbench.bench.commands", "augbench.bench.api")
#: what any part of `bench` may use of `reports`: the layout of a run folder, plain statistics
PLAIN_REPORTS = ("augbench.reports.run", "augbench.reports.statistics")
#: the public face: it stands above the three packages, the rest of src/augbench below them
FACE = {"augbench", "augbench.__main__"}
#: what reports are made without
HEAVY = {"tensorflow", "keras", "albumentations", "cv2", "sklearn"}

ARROWS = arrows()
FILES = {name: place(file) for name, file in modules().items()}
#: module -> the package that holds it; a package holds its own __init__
PACKAGES = {
    name: name if path.endswith("/__init__.py") else name.rpartition(".")[0]
    for name, path in FILES.items()
}


def part(name: str) -> str:
    """Return which of the three packages a module is in, or ``foundations``, or ``face``."""
    for package in ("bench", "policies", "reports"):
        if _within(name, [f"augbench.{package}"]):
            return package
    return "face" if name in FACE else "foundations"


def room(name: str) -> str:
    """Return what holds a module: its package, or itself where its package holds packages."""
    package = PACKAGES[name]
    inner = any(other.startswith(f"{package}.") for other in PACKAGES.values())
    return name if inner else package


def _within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_no_file_imports_itself_through_others() -> None:
    assert circles(ARROWS) == []


def test_no_folder_imports_itself_through_others() -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for name, imported in ARROWS.items():
        rooms[room(name)] |= {room(other) for other in imported} - {room(name)}
    assert circles(rooms) == []


def test_arrows_run_one_way() -> None:
    allowed = {
        "foundations": {"foundations"},
        "policies": {"foundations", "policies"},
        "reports": {"foundations", "reports"},
        "bench": {"foundations", "policies", "reports", "bench"},
        "face": {"foundations", "policies", "reports", "bench", "face"},
    }
    known = modules()
    for name, imported in ARROWS.items():
        by_text = named_by_text(known[name].read_text(encoding="utf-8"), known) - FACE
        for other in imported | by_text:
            assert part(other) in allowed[part(name)], f"{FILES[name]} → {FILES[other]}"


def test_only_what_ends_in_a_report_asks_for_reports() -> None:
    for name, imported in ARROWS.items():
        if part(name) == "bench" and not _within(name, WRITES_REPORTS):
            for other in imported:
                if part(other) == "reports":
                    assert _within(other, PLAIN_REPORTS), f"{FILES[name]} → {FILES[other]}"


def test_reports_know_nothing_of_what_trains() -> None:
    for name, file in modules().items():
        if part(name) == "reports":
            tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            named = {
                found
                for node in tree
                if isinstance(node, ast.Import | ast.ImportFrom)
                for found in (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [alias.name for alias in node.names]
                )
            }
            assert not {module.partition(".")[0] for module in named} & HEAVY, FILES[name]


def test_a_folder_with_more_than_a_dozen_modules_has_a_reason() -> None:
    held: dict[str, list[str]] = defaultdict(list)
    for path in FILES.values():
        folder, _, file = path.rpartition("/")
        if file != "__init__.py":
            held[folder].append(file)
    large = {folder for folder, files in held.items() if len(files) > MOST_MODULES}
    assert large <= LARGE.keys()


def test_tests_lie_in_folders_like_those_of_the_code() -> None:
    for file in (REPOSITORY / "tests").glob("*/**/test_*.py"):
        folder = file.parent.relative_to(REPOSITORY / "tests")
        assert (REPOSITORY / folder).is_dir(), file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import b.c", {"b.c"}),
        ("from b import c, d", {"b.c", "b"}),
        ("from .c import x", {"b.c"}),
        ("def f():\n    from b.c import x", {"b.c"}),
        ("if TYPE_CHECKING:\n    import b.c as e", {"b.c"}),
        ("'b.c'", set()),
    ],
)
def test_imports_are_found_wherever_they_stand(text: str, expected: set[str]) -> None:
    known = dict.fromkeys(["b", "b.c"], REPOSITORY)
    assert imports(text, known, package="b") == expected


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(graph) == [["a", "b", "c"], ["d", "e"]]


# What the page says


def _paths() -> set[str]:
    """The paths of files and folders that the page names in backticks."""
    words = re.findall(r"`([^`\s]+)`", PAGE)
    return {word for word in words if re.fullmatch(r"\w+/[\w/]*(\.\w+)?", word)}


def _tables() -> dict[str, set[str]]:
    """The modules that the tables of the program name, by what stands for one in a path."""
    from augbench.bench.cli import VERBS
    from augbench.bench.executors import EXECUTORS
    from augbench.policies.engines import PLACES

    def files(places: Iterable[str]) -> set[str]:
        return {place.partition(":")[0].rpartition(".")[2] for place in places}

    registry = REPOSITORY / "reports/tables/registry.py"
    return {
        "VERB": set(VERBS),
        "EXECUTOR": files(EXECUTORS.values()),
        "ENGINE": files(PLACES.values()),
        "TABLE": {
            name.rpartition(".")[2]
            for name in imports(registry.read_text(encoding="utf-8"), modules())
            if hasattr(import_module(name), "TABLE")
        },
    }


def test_every_path_that_the_page_names_is_there() -> None:
    tables = _tables()
    placeholders = {word for path in _paths() for word in re.findall(r"[A-Z]{4,}", path)}
    assert placeholders == tables.keys()
    for path in _paths():
        word = next((word for word in tables if word in path), "")
        for name in sorted(tables.get(word, {""})):
            real = path.replace(word, name)
            assert (REPOSITORY / real).exists(), f"{real}, as {path}"


def test_the_page_names_every_folder_of_the_program() -> None:
    folders = {path.rpartition("/")[0] for path in FILES.values()}
    assert {f"{folder}/" for folder in folders} <= _paths()


def test_every_table_of_a_run_is_in_the_registry() -> None:
    package = "augbench.reports.tables"
    beside = {name for name, held_by in PACKAGES.items() if held_by == package != name}
    tables = {name for name in beside if hasattr(import_module(name), "TABLE")}
    assert {name.rpartition(".")[2] for name in tables} == _tables()["TABLE"]


def test_what_the_page_says_of_a_table_is_where_the_table_is() -> None:
    """`NAME` in `path` says that the module at the path has something of that name."""
    named = re.findall(r"`(\w+)` (?:in|of) `([\w/]+\.py)`", PAGE)
    assert len(named) >= 10
    by_file = {path: name for name, path in FILES.items()}
    for name, path in named:
        assert hasattr(import_module(by_file[path]), name), f"{name} in {path}"


def test_the_figure_names_folders_that_are_there() -> None:
    (figure,) = re.findall(r"```mermaid\n(.*?)```", PAGE, flags=re.DOTALL)
    named = re.findall(r"\b((?:bench|policies|reports)/\w+)", figure)
    assert len(named) >= 8
    for folder in named:
        assert (REPOSITORY / folder).is_dir(), folder
