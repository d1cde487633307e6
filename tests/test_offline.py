"""Does a verb reach out of this machine, or unpickle what came from outside? Told by Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.cli import main

from tests.reports.making_runs import make_run

#: what Python tells its audit hooks of, and no verb may do
FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "pickle.find_class")
_told: list[str] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _told is not None and event in FORBIDDEN:
        _told.append(f"{event} {arguments}")


@pytest.fixture(scope="module")
def listening() -> None:
    sys.addaudithook(_listen)  # for good: there is no way to take one back


@pytest.fixture
def told(listening: None) -> Iterator[list[str]]:
    global _told
    _told = []
    yield _told
    _told = None


def test_the_hook_hears_what_is_forbidden(told: list[str]) -> None:
    import pickle
    import socket

    pickle.loads(pickle.dumps(Path))  # its own bytes: a test that hears nothing proves nothing
    with socket.socket() as one, pytest.raises(OSError, match=r"\w"):
        one.connect(("127.0.0.1", 9))  # discard: nobody listens there
    assert [line.split()[0] for line in told] == ["pickle.find_class", "socket.connect"]


@pytest.mark.parametrize(
    "words",
    [
        "policies --json",
        "policies albumentations",
        "preview keras albumentations --data arrays.npz --images 4 --quiet --out a.html",
        "parity --data arrays.npz --images 8 --quiet",
        "expand albumentations --data arrays.npz --factor 2 --out more --quiet",
        "preview none --data more/manifest.csv --quiet",
        "export light --to keras",
        "report run --quiet",
        "report run --json",
    ],
)
def test_a_verb_stays_on_this_machine_and_unpickles_nothing(
    words: str, told: list[str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    assert stop.value.code == 0
    assert told == []


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with arrays and a run; verbs add to it."""
    folder = tmp_path_factory.mktemp("offline")
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), np.uint8)
    np.savez(folder / "arrays.npz", x_train=images, y_train=np.arange(40) % 2)
    make_run(folder / "run", {"flips": 0.05}, seeds=3, n_test=40)
    return folder
