"""Is a class of a dozen lines in a user's own folder a policy like the built-in ones?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]

MODULE = """
import numpy as np
from augbench.policies.base import Policy


class Darken(Policy):
    def __init__(self, p: float = 0.5, strength: float = 0.3):
        self.p, self.strength = p, strength

    def change(self, batch):
        chosen = batch.rng.random(len(batch.images)) < self.p
        images = batch.images.copy()
        images[chosen] = images[chosen] * (1 - self.strength)
        return batch.replace(images=images)
"""
PIPELINE = """
import albumentations as A

flips = A.Compose([A.HorizontalFlip(p=1.0), A.VerticalFlip(p=1.0)])
turned = A.RandomRotate90(p=1.0)
shrinking = A.Resize(4, 4)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's folder with a package, and a distribution that installs an entry point."""
    package = tmp_path / "my_pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "mod.py").write_text(MODULE)
    (package / "pipes.py").write_text(PIPELINE)
    info = tmp_path / "installed" / "darken-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: darken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[augbench.policies]\ndarken = my_pkg.mod:Darken\n")
    return tmp_path


def augbench(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "augbench", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{project / 'installed'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def expanded(project: Path, policy: str, out: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return real image and copy of each of 30 digits that ``augbench expand`` wrote."""
    done = augbench(project, "expand", policy, "--train-size", "30", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new_images"] == 30
    pairs = {}
    for real in (project / out).rglob("*-real.png"):
        copy = real.with_name(real.name.replace("-real", "-copy0001"))
        pairs[real.name] = np.asarray(Image.open(real)), np.asarray(Image.open(copy))
    return pairs


def test_a_class_in_the_working_directory_works_as_typed_and_as_an_entry_point(
    project: Path,
) -> None:
    typed = expanded(project, "my_pkg.mod:Darken(p=0.5)", "typed")
    darker = 0
    for real, copy in typed.values():
        assert np.array_equal(copy, real) or np.array_equal(copy, (real * 0.7).astype(np.uint8))
        darker += not np.array_equal(copy, real)
    assert 5 <= darker <= 25  # binomial(30, 0.5) leaves this once in 10,000 seeds
    installed = expanded(project, "darken(p=0.5)", "installed-policy")
    for name, (_, copy) in typed.items():
        np.testing.assert_array_equal(installed[name][1], copy)


def test_a_finished_albumentations_object_is_a_policy(project: Path) -> None:
    for real, copy in expanded(project, "my_pkg.pipes:flips", "flips").values():
        np.testing.assert_array_equal(copy, real[::-1, ::-1])


def test_mistakes_are_one_line_that_names_the_nearest_word(project: Path) -> None:
    for policy, words in (
        ("my_pkg.mod:Darken(strenght=0.2)", "did you mean 'strength'"),
        ("my_pkg.mod:Darkan", "did you mean 'Darken'"),
        ("darkn", "did you mean 'darken'"),
        ("my_pkg.nothing:Darken", "No module named"),
        ("my_pkg.pipes:shrinking", "4×4"),
    ):
        done = augbench(project, "preview", policy, "--train-size", "30", "--quiet")
        assert done.returncode == 2
        assert words in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not (project / "preview.png").exists()
