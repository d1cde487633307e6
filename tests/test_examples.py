"""Every example runs as it stands, offline, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
import yaml
from augbench.bench.cli import program
from click.testing import CliRunner

from tests.source import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
#: where Jupyter keeps what is not of the notebook
JUPYTER = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
SCRIPTS = [path for path in sorted(EXAMPLES.glob("*.py")) if "__name__" not in path.read_text()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the examples in it."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


@contextmanager
def one_core() -> Iterator[None]:
    """Give what is started here one core, so that a comparison starts one worker, not one each."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def python(*arguments: str, folder: Path) -> str:
    """Run Python in ``folder``; return what it prints."""
    with one_core():
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=os.environ | {name: str(folder.parent / name) for name in JUPYTER},
            capture_output=True,
            text=True,
        )
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
    python("-m", "jupyter", "execute", notebook.name, "--output=executed.ipynb", folder=folder)
    cells = json.loads((folder / "executed.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [cell["outputs"][-1]["data"] for cell in cells if cell.get("outputs")]
    assert any("<svg" in "".join(data.get("text/html", "")) for data in shown)
    assert any("<table" in "".join(data.get("text/html", "")) for data in shown)
    # its last cell compares a run with itself
    assert "".join(shown[-1]["text/plain"]) == "True"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_output(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells] == [f"cell-{at}" for at in range(len(cells))]
    for cell in cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_there_are_scripts_and_a_notebook() -> None:
    assert len(SCRIPTS) >= 3 and NOTEBOOKS


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("cluster/*.yaml")), ids=lambda one: one.stem)
def test_a_cluster_is_what_its_launcher_reads_and_its_command_is_ours(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    cluster = yaml.safe_load(text)
    if file.name == "ray-up.yaml":
        ray = pytest.importorskip("ray", reason="Ray is not installed (the extra ray)")
        schema = Path(ray.__file__).with_name("autoscaler") / "ray-schema.json"
        jsonschema.validate(cluster, json.loads(schema.read_text(encoding="utf-8")))
        assert cluster["head_node_type"] in cluster["available_node_types"]
    else:
        groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
        images = {one["template"]["spec"]["containers"][0]["image"] for one in groups}
        assert len(images) == 1 and cluster["spec"]["rayVersion"] in text.splitlines()[1]
    (command,) = re.findall(r'augbench (compare mixup [^"\n]+)', text)
    typed = shlex.split(command)
    assert CliRunner().invoke(program, [*typed, "--help"]).exit_code == 0
    assert {word for word in typed if word.startswith("--")} == {"--data", "--executor", "--jobs"}
