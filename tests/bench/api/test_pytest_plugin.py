"""The plug-in for pytest, in a suite of a user's own that runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from augbench.bench.api.pytest_plugin import Augbench, AugmentationChanged

import augbench as package
from augbench.errors import InputError
from tests.reports.making_runs import make_run

SUITE = """
import albumentations as A
import numpy as np
import pytest
from augbench import Policy

PIPELINE = A.Compose([A.HorizontalFlip(p=0.5), A.Rotate(limit=(-20, 20), p=1.0)])


class Darker(Policy):
    def change(self, batch):
        return batch.replace(images=batch.images // int(batch.rng.integers(1, 4)))


def noisy(images, labels, rng):
    noise = rng.integers(0, 20, images.shape, dtype="uint8")
    return images // 2 + noise, labels


def test_pipeline(augbench):
    augbench.fingerprint(PIPELINE)
    augbench.health(PIPELINE)


@pytest.mark.parametrize("what", [Darker(), noisy], ids=["policy", "function"])
def test_own(augbench, what):
    augbench.fingerprint(what)


class TestOther:
    def test_pipeline(self, augbench):
        augbench.fingerprint("none")


@pytest.mark.augbench(file="mine.json", spec={"rotation_range": 15}, tolerance=1)
def test_spec(augbench):
    augbench.fingerprint("albumentations")
"""


def pytest_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite whose fingerprints are accepted."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_augmentation.py").write_text(SUITE)
    accepted = pytest_in(folder, "--augbench-accept")
    assert "5 passed" in accepted.stdout, accepted.stdout
    return folder


def test_what_was_accepted_passes_on_several_processes_too(accepted: Path) -> None:
    found = sorted(path.name for path in accepted.glob("fingerprints/*"))
    assert found == [
        "test_augmentation.TestOther.test_pipeline.json",
        "test_augmentation.test_own_function.json",
        "test_augmentation.test_own_policy.json",
        "test_augmentation.test_pipeline.json",
    ]
    assert (accepted / "mine.json").exists()
    checked = pytest_in(accepted, "-n", "2")
    assert "5 passed" in checked.stdout, checked.stdout


def test_a_change_fails_with_what_changed_and_the_picture(accepted: Path, tmp_path: Path) -> None:
    (tmp_path / "fingerprints").mkdir()
    for file in accepted.rglob("*.json"):
        (tmp_path / file.relative_to(accepted)).write_bytes(file.read_bytes())
    broken = SUITE.replace("p=0.5", "p=0.4").replace("20, images", "40, images")
    broken = broken.replace('"rotation_range": 15', '"rotation_range": 30')
    (tmp_path / "test_augmentation.py").write_text(broken)
    failed = pytest_in(tmp_path)
    text = " ".join(failed.stdout.split())
    assert "3 failed, 2 passed" in text, failed.stdout
    assert "HorizontalFlip.p: 0.5 → 0.4" in text and "Traceback" not in text
    assert "the turn is 2 times what it was (twice)" in text
    assert "Picture: mine.changed.png" in text and (tmp_path / "mine.changed.png").exists()
    assert "grey levels differ" in text or "the channel shift has another range" in text


def test_a_fingerprint_that_is_not_there_says_how_to_write_it(tmp_path: Path) -> None:
    (tmp_path / "test_augmentation.py").write_text(SUITE)
    failed = pytest_in(tmp_path, "-k", "spec")
    assert "there is no fingerprint mine.json: pytest --augbench-accept writes it" in failed.stdout


def test_a_file_that_a_test_accepts_twice_is_refused(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request.config.option, "augbench_accept", True)
    checks, file = Augbench(request), tmp_path / "mine.json"
    checks.fingerprint("none", file=file)
    with pytest.raises(InputError, match="is accepted twice in one test"):
        checks.fingerprint("repeat", file=file)


COLLECTION = """
import sys, time
import pytest
began = time.perf_counter()
import augbench.bench.api.pytest_plugin
taken = time.perf_counter() - began
pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"])
heavy = [name for name in ("tensorflow", "keras", "albumentations", "numpy") if name in sys.modules]
print("TAKEN", taken, heavy)
"""


def test_collection_imports_nothing_heavy_and_takes_no_time(tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text("def test_one(augbench): pass\n")
    times = []
    for _ in range(3):
        command = [sys.executable, "-c", COLLECTION]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        _, taken, heavy = found.stdout.strip().splitlines()[-1].split(" ", 2)
        assert heavy == "[]"
        times.append(float(taken))
    assert min(times) < 0.05


def test_the_effect_is_held_to_its_baseline(
    augbench: Augbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    then = make_run(tmp_path / "then", {"flips": 0.05})
    package.accept(then, baseline=tmp_path / "b.json", margin=5)
    found = augbench.baseline(then, file=tmp_path / "b.json")
    assert found is not None and found.verdict == "passed"
    worse = make_run(tmp_path / "now", {"flips": -0.15})
    with pytest.raises(AugmentationChanged, match="flips regressed") as failed:
        augbench.baseline(worse, file=tmp_path / "b.json")
    assert failed.value.found.verdict == "regressed"
