"""What is installed: one import name, everything that the program reads, nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.source import FOLDERS, REPOSITORY, modules

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the repository."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    for folder in FOLDERS.values():
        no_caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / folder, source / folder, ignore=no_caches)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    built = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [sys.executable, "-c", code, str(built)], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (found,) = built.glob("*.whl")
    return found


def test_every_folder_is_a_package_of_the_wheel() -> None:
    named = {file.parent: name for name, file in modules().items() if file.stem == "__init__"}
    assert {file.parent for file in modules().values()} == named.keys()
    # without Python in it, but setuptools wants the folder named whose files are installed
    templates = "augbench.reports.templates"
    assert sorted(SETUPTOOLS["packages"]) == sorted([*named.values(), templates])
    assert SETUPTOOLS["package-dir"] == FOLDERS


def test_the_wheel_holds_the_program_under_one_name_and_what_it_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        licence = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    assert {name.partition("/")[0] for name in names} == {"augbench"}
    expected = {
        f"{package.replace('.', '/')}/{file.relative_to(REPOSITORY / folder).as_posix()}"
        for package, folder in FOLDERS.items()
        for file in (REPOSITORY / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names == expected
    assert {"augbench/py.typed", "augbench/reports/schema/summary.schema.json"} <= names
    assert len(licence) == 1


@pytest.mark.slow
def test_the_wheel_works_where_the_working_directory_has_packages_of_these_names(
    wheel: Path, tmp_path: Path
) -> None:
    installed, folder = tmp_path / "installed", tmp_path / "project"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    for name in ("bench", "policies", "reports", "tests", "scipy", "yaml", "tensorflow"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise RuntimeError('{name} is not yours')\n")
    (folder / "mine.py").write_text(
        "from augbench import Policy\n\n\nclass Same(Policy):\n    pass\n", encoding="utf-8"
    )
    small = ["--data", "digits", "--train-size", "50", "--epochs", "1", "--model", "small"]
    command = ["compare", "keras", "mine:Same", *small, "--seeds", "1", "--jobs", "1"]
    program = tmp_path / "program.py"  # as the command `augbench` is: a script in another folder
    program.write_text(
        "import augbench\nfrom augbench.bench.cli import main\nprint(augbench.__file__)\nmain()\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, program, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    trials = pd.read_csv(folder / "results" / "trials.csv")
    assert trials["status"].tolist() == ["done"] * 3


def test_what_the_metadata_points_to_is_there() -> None:
    assert (REPOSITORY / PROJECT["project"]["readme"]).is_file()
    licence = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{PROJECT['project']['license']} License")
    for name in SETUPTOOLS["package-data"]["augbench"]:
        assert (REPOSITORY / FOLDERS["augbench"] / name).is_file(), name


def test_ruff_has_the_same_version_in_tox_and_in_pre_commit() -> None:
    tox = (REPOSITORY / "tox.ini").read_text(encoding="utf-8")
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (version,) = re.findall(r"ruff==([\d.]+)", tox)
    assert re.search(rf"ruff-pre-commit\n +rev: v{re.escape(version)}\b", hooks)


def test_the_workflow_runs_the_gate_on_every_python_that_is_promised() -> None:
    workflow = yaml.safe_load((REPOSITORY / ".github/workflows/tests.yml").read_text())
    job = workflow["jobs"]["tests"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert os.access(REPOSITORY / ".ci/run", os.X_OK)
    promised = [
        words.rpartition(" ")[2]
        for words in PROJECT["project"]["classifiers"]
        if words.startswith("Programming Language :: Python :: 3.")
    ]
    assert job["strategy"]["matrix"]["python"] == promised
    tox = (REPOSITORY / "tox.ini").read_text(encoding="utf-8")
    assert ", ".join(f"py{version.replace('.', '')}" for version in promised) in tox


def test_the_citation_and_the_changelog_name_this_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{PROJECT['project']['version']}]" in changelog
