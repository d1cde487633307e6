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
    (code,) = (block for language, block in BLOCKS if language == "python" and "my_pkg" in block)
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
    (code,) = (block for language, block in BLOCKS if "augbench.compare" in block)
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
