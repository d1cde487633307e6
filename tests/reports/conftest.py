"""Runs that several test files look at, written once a session, and a browser to look with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from augbench import reports
from tests.reports.chromium import Browser, find_chromium
from tests.reports.making_runs import make_run

CLASSES = ("dress", "hat", "shirt", "shoe")
FLIPS = (
    "augbench.expand('gan(factor=3)', data='clothes/', out='enlarged')\n"
    "ImageDataGenerator(horizontal_flip=True, vertical_flip=True, fill_mode='nearest')"
)
GOOD_POOL = {
    "kind": "pool-judged",
    "figures": {
        "used": True,
        "insisted": False,
        "faults": [],
        "gan_test": 0.9,
        "gan_test_floor": 0.97,
        "cas": 0.8,
        "cas_real": 0.9,
        "cas_gaussian": 0.7,
        "control": "better",
        "copies": 0.0,
    },
}
EVIL = "<script>alert(1)</script>"
EVIL_POLICY = '"><img src=x onerror=alert(2)>'
EVIL_MARKDOWN = "a|b `code` <b>[link](http://example.org)"


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> reports.Written:
    """A clear winner that harms a class, an underfitting policy, a tie, a GAN and a failure."""
    folder = tmp_path_factory.mktemp("made") / "run"
    make_run(
        folder,
        {"flips": 0.12, "tutorial": -0.09, "tie": 0.0, "gan(factor=3)": 0.01, "broken": 0.0},
        seeds=5,
        n_test=600,
        classes=CLASSES,
        epochs=8,
        accuracy=0.78,
        seed_sd=0.003,
        image_sd=0.01,
        train_accuracy={
            "none": 0.98,
            "flips": 0.95,
            "tutorial": 0.7,
            "tie": 0.98,
            "gan(factor=3)": 0.97,
            "broken": 0.9,
        },
        equal={"tie": "none"},
        failed=[("broken", 1), ("broken", 3)],
        class_effects={"flips": {"hat": -0.2}},
        confuses={"flips": {"hat": "shoe"}},
        synthetic={"gan(factor=3)": {"kid": 0.0123, "kid_floor": 0.0011, "precision": 0.9}},
        findings={"gan(factor=3)": [GOOD_POOL]},
        code={"flips": FLIPS},
        warnings=["shear_range 0.2 is 0.2 degrees, which does nothing"],
        dataset="clothes",
    )
    return reports.write(folder)


@pytest.fixture(scope="session")
def evil(tmp_path_factory: pytest.TempPathFactory) -> reports.Written:
    """Names of classes, policies, data and files that are code in one language or another."""
    folder = tmp_path_factory.mktemp("evil") / "run"
    make_run(
        folder,
        {EVIL_POLICY: 0.03, EVIL_MARKDOWN: -0.05, "[red]markup[/red]\x1b[31m": 0.0, "p" * 300: 0.0},
        seeds=3,
        n_test=60,
        classes=(EVIL, "a & b", "{{ 7 * 7 }}", "</style><script>alert(3)</script>"),
        epochs=2,
        dataset=f"{EVIL}.zip",
        warnings=["unreadable: train/</script><script>alert(4)</script>.png"],
        error="ValueError: <script>alert(5)</script> in x.png",
        failed=[("p" * 300, 0)],
    )
    return reports.write(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; tests that need it skip where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: install one or name it in the variable CHROMIUM")
    with Browser(program) as found:
        yield found
