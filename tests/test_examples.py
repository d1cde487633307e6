"""Every example runs as it stands, offline, in a folder of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
SCRIPTS = [path for path in sorted(EXAMPLES.glob("*.py")) if "__name__" not in path.read_text()]

# Runs the cells of a notebook in their order and prints what a notebook would show of each.
CELLS = """
import ast, json, sys

names = {"__name__": "__main__"}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            print(getattr(shown, "_repr_html_", shown.__repr__)())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the examples in it."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


def python(*arguments: str, folder: Path) -> str:
    """Run Python in ``folder``; return what it prints."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_runs(script: Path, folder: Path) -> None:
    printed = python(script.name, folder=folder)
    if "compare(" in script.read_text(encoding="utf-8"):
        assert (folder / "results" / "report.html").is_file()
        assert "verdict" in printed


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_the_cells_of_a_notebook_run_in_their_order(notebook: Path, folder: Path) -> None:
    printed = python("-c", CELLS, notebook.name, folder=folder)
    assert "<svg" in printed and "<table" in printed
    assert printed.endswith("True\n")  # its last cell compares a run with itself


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_output(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells] == [f"cell-{at}" for at in range(len(cells))]
    for cell in cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_there_are_scripts_and_a_notebook() -> None:
    assert len(SCRIPTS) >= 3 and NOTEBOOKS
