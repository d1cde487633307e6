"""Real images and an isolated cache for every test."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUGBENCH_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def _folder(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"real images are absent: {name}/ is expected in AUGBENCH_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def clothing() -> Path:
    """840 colour photos of different sizes in 10 classes, with train, validation and test."""
    return _folder("clothing")


@pytest.fixture(scope="session")
def letters() -> Path:
    """520 one-bit drawings of letters, 105×105, with train and test."""
    return _folder("omniglot-latin")


@pytest.fixture(scope="session")
def fashion_mnist() -> Path:
    """The four official files of Fashion-MNIST, gzip-compressed IDX."""
    return _folder("fashion-mnist")


@pytest.fixture(autouse=True)
def isolated_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A cache folder of the test session, so that no test writes into the user's."""
    folder = tmp_path_factory.getbasetemp() / "augbench-cache"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("AUGBENCH_CACHE", str(folder))
    return folder
