"""Every command and piece of code in the README works, here with small budgets."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.bench.running import REPOSITORY, run_here

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    line
    for language, block in BLOCKS
    if language == "sh"
    for line in block.splitlines()
    if line.startswith("augbench ")
]
SMALL = ["--seeds", "1", "--epochs", "1", "--train-size", "12", "--image-size", "16"]
SMALL += ["--jobs", "1"]
SMALLER = {
    "compare": [*SMALL, "--model", "small"],
    "choose": ["--budget", "15s", *SMALL[2:], "--model", "small"],
}


def block_with(language: str, text: str) -> str:
    """Return the one block of a language that has a text."""
    (block,) = (block for of, block in BLOCKS if of == language and text in block)
    return block


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the photos, the pipeline and the package that the README names."""
    import albumentations as A

    here = tmp_path_factory.mktemp("readme")
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (here / "photos" / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(0, 256, (20, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(here / "photos" / name / f"{number}.png")
    A.save(A.Compose([A.HorizontalFlip(p=0.5)]), here / "mine.json")
    (here / "my_pkg").mkdir()
    code = block_with("python", "my_pkg")
    (here / "my_pkg" / "mod.py").write_text(code, encoding="utf-8")
    return here


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_work(command: str, folder: Path) -> None:
    verb, *words = shlex.split(command)[1:]
    few = SMALLER.get(verb, [])
    if "digits" in words:
        few = [word.replace("12", "240") for word in few]
    if verb == "report" and not (folder / "another").exists():
        run_here("compare", *SMALL, "--data", "photos", "--out", "another", folder=folder)
    run_here(verb, *words, *few, folder=folder)


@pytest.mark.slow
def test_the_python_of_the_readme_runs(folder: Path) -> None:
    code = block_with("python", "augbench.compare")
    small = 'seeds=1, epochs=1, train_size=12, image_size=16, model="small", jobs=1'
    assert "seeds=1" in code
    done = subprocess.run(
        [sys.executable, "-c", code.replace("seeds=1", small)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "verdict" in done.stdout


def test_the_spec_of_the_readme_is_one() -> None:
    import tomllib

    from augbench.policies.spec.spec import AugmentationSpec

    (text,) = (block for language, block in BLOCKS if language == "toml")
    assert AugmentationSpec(**tomllib.loads(text)).horizontal_flip


def test_pictures_and_presets_that_the_readme_names_are_there() -> None:
    from augbench.policies.spec.presets import PRESETS

    shown = re.findall(r"(?:!\[.*?\]\(|src=\")(.*?)[)\"]", README)
    assert len(shown) == 5
    for path in shown:
        assert (REPOSITORY / path).is_file(), path
    for preset in PRESETS:
        assert f"`{preset}`" in README


def test_the_suite_of_the_readme_accepts_and_passes(tmp_path: Path) -> None:
    (tmp_path / "test_augmentation.py").write_text(block_with("python", "tests/test_augmentation"))
    for words in (["--augbench-accept"], []):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "1 passed" in done.stdout, done.stdout
    assert len(list(tmp_path.glob("fingerprints/*.json"))) == 1


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the fingerprint that its tox and its CI check."""
    folder = tmp_path_factory.mktemp("project")
    words = ["accept", "albumentations", "--spec", "photos", "--fingerprint", "augmentation.json"]
    run_here(*words, folder=folder)
    return folder


def test_the_tox_of_the_readme_checks(project: Path) -> None:
    (project / "tox.ini").write_text(block_with("ini", "testenv"))
    # what is installed here stands for what pip would fetch
    here = "testenv:augmentation"
    without = [f"{here}.deps=", f"{here}.allowlist_externals=augbench"]
    command = [sys.executable, "-m", "tox", "run", "-e", "augmentation"]
    command += [word for override in without for word in ("--override", override)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    outside = {name: value for name, value in os.environ.items() if not name.startswith("TOX")}
    done = subprocess.run(
        command,
        cwd=project,
        env={**outside, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No change against augmentation.json (1 checked)" in done.stdout


def test_the_job_of_the_readme_checks_and_fills_its_summary(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    job = yaml.safe_load(block_with("yaml", "jobs:"))["jobs"]["augmentation"]
    steps = [shlex.split(step["run"]) for step in job["steps"] if "run" in step]
    assert steps[0] == ["pip", "install", "augbench"]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    for program, *words in steps[1:]:
        assert program == "augbench"
        run_here(*words, folder=project)
    assert "## ✓ No change against augmentation.json" in (project / "summary.md").read_text()
    assert (project / "augmentation.xml").exists()


def test_the_hook_for_pre_commit_checks(project: Path) -> None:
    import yaml

    (ours,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    text = (REPOSITORY / "docs" / "gate.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(repos:.*?)```", text, flags=re.DOTALL)
    (theirs,) = yaml.safe_load(block)["repos"][0]["hooks"]
    assert ours["language"] == "python" and theirs["language"] == "system"
    for hook in (ours, theirs):
        assert hook["pass_filenames"] is False
        _, *words = shlex.split(hook["entry"])
        run_here(*words, *hook.get("args", []), folder=project)
