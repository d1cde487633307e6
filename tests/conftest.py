"""Pictures and an isolated cache for every test, and one thread for each process that computes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests import stand_ins

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
# Tests run on every core at once (`tox -e py`), so that more threads in one of them gain nothing.
for _variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):  # nohup has them ignore this one
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUGBENCH_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
#: fixture -> the folder of DATA with the real pictures, and what draws others in their place
PICTURES = {
    "clothing": ("clothing", stand_ins.draw_clothing),
    "letters": ("omniglot-latin", stand_ins.draw_letters),
    "fashion_mnist": ("fashion-mnist", stand_ins.write_fashion_mnist),
}
STAND_IN = "stand-in"


def _absent(names: list[str]) -> list[str]:
    """Return those of the named fixtures that have no real pictures here."""
    return [name for name in names if name in PICTURES and not (DATA / PICTURES[name][0]).is_dir()]


def _folder(name: str, factory: pytest.TempPathFactory) -> Path:
    folder, draw = PICTURES[name]
    return DATA / folder if not _absent([name]) else draw(factory.mktemp("stand-ins") / folder)


@pytest.fixture(scope="session")
def clothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour photos of different sizes in 10 classes, with train, validation and test.

    The real ones are 840, the stand-ins fewer.
    """
    return _folder("clothing", tmp_path_factory)


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """520 one-bit drawings of letters, 105×105, with train and test."""
    return _folder("letters", tmp_path_factory)


@pytest.fixture(scope="session")
def fashion_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four files of Fashion-MNIST, gzip-compressed IDX; stand-ins hold fewer images."""
    return _folder("fashion_mnist", tmp_path_factory)


@pytest.fixture(autouse=True)
def isolated_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A cache folder of the test session, so that no test writes into the user's."""
    folder = tmp_path_factory.getbasetemp() / "augbench-cache"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("AUGBENCH_CACHE", str(folder))
    return folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are cores, since many tests wait for those they start."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have files with slow tests come first, so that no core is idle at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which stand-ins a test runs on; skip it where it is about the real pictures."""
    absent = _absent(getattr(item, "fixturenames", []))
    if absent and item.get_closest_marker("real_images"):
        missing = ", ".join(f"{PICTURES[name][0]}/" for name in absent)
        pytest.skip(f"it is about the real pictures; {missing} is expected in AUGBENCH_TEST_DATA")
    # Properties travel from the workers of pytest-xdist to the process that writes the summary.
    item.user_properties += [(STAND_IN, name) for name in absent]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran on drawn pictures instead of real ones."""
    used = Counter(
        name
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
        for key, name in report.user_properties
        if key == STAND_IN
    )
    for name, count in sorted(used.items()):
        terminalreporter.write_line(
            f"{count} tests ran on drawn stand-ins for {name}: "
            f"AUGBENCH_TEST_DATA has no {PICTURES[name][0]}/"
        )
