"""A model of the user's is tried before any trial: what is wrong is code 2 and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from augbench.bench.executors.child_process import worker_context
from augbench.bench.executors.last_words import LastWords, speak_into
from augbench.bench.trial import models

from tests.bench.running import run_here

OWN = """
import os
import time
import keras


def softmax(shape, classes, *, on_top=None, **compiled):
    layers = [keras.layers.Flatten(), keras.layers.Dense(classes)]
    model = keras.Sequential([keras.Input(shape), *layers, on_top or keras.layers.Softmax()])
    if compiled:
        model.compile(**compiled)
    return model


def logits(shape, classes):
    return softmax(shape, classes, on_top=keras.layers.Activation("linear"))


def wider(shape, classes):
    return softmax(shape, classes + 3)


def another_loss(shape, classes):
    return softmax(shape, classes, optimizer="sgd", loss="sparse_categorical_crossentropy")


def not_finite(shape, classes):
    return softmax(shape, classes, on_top=keras.layers.Lambda(lambda x: x / 0.0))


def raises(shape, classes):
    raise ValueError("two\\nlines")


def ends(shape, classes):
    raise SystemExit(0)


def dies(shape, classes):
    print("\\x1b[31mmy last words\\x1b[0m", flush=True)
    os._exit(7)


def hangs(shape, classes):
    time.sleep(1000)


def needs(shape, classes, width):
    return softmax(shape, classes)


def takes_nothing():
    return 3
"""
WRONG = {
    "logits": "one probability for each class is wanted, from 0 to 1 and 1 in all",
    "wider": "gives (None, 13), not (None, 10)",
    "another_loss": "another_loss: ",
    "not_finite": "not finite before it is trained",
    "raises": "cannot be built for images 8×8×1: ValueError: two lines",
    "ends": "SystemExit: 0",
    "dies": "ends the process that builds it (exit code 7); it wrote last: my last words",
    "hangs": "takes longer to be built than --trial-timeout allows (4 s)",
    "needs": "the option 'width' is missing; write own_tried:needs(width=…)",
    "takes_nothing": "it takes ()",
}
WORDS = ["none", "--train-size", "50", "--seeds", "1", "--epochs", "1", "--trial-timeout"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models.source.cache_clear()
    (tmp_path / "own_tried.py").write_text(OWN)
    return tmp_path


@pytest.mark.parametrize("name", WRONG)
def test_a_model_that_does_not_work_is_one_line_and_leaves_nothing(name: str, folder: Path) -> None:
    import keras  # noqa: F401  (in this process already, or its time would count)

    words = [*WORDS, "4s" if name == "hangs" else "2m"]
    _, err = run_here("compare", *words, "--model", f"own_tried:{name}", folder=folder, code=2)
    (line,) = (one for one in err.splitlines() if one.startswith("augbench: "))
    assert WRONG[name] in line and "\x1b" not in line
    assert not (folder / "results").exists()


@pytest.mark.parametrize("name", ["subprocess:call", "os:system", "shutil:rmtree", "builtins:exec"])
def test_what_is_no_model_is_not_called(name: str, folder: Path) -> None:
    _, err = run_here("compare", *WORDS, "2m", "--model", name, folder=folder, code=2)
    assert "Python's own library" in err and name in err


def test_a_function_of_pythons_that_a_module_imports_is_not_called(folder: Path) -> None:
    (folder / "own_borrowed.py").write_text("from shutil import rmtree\n")
    _, err = run_here(
        "compare", *WORDS, "2m", "--model", "own_borrowed:rmtree", folder=folder, code=2
    )
    assert "Python's own library" in err


@pytest.mark.slow
def test_a_model_that_works_is_trained(folder: Path) -> None:
    words = WORDS[: WORDS.index("--trial-timeout")]
    run_here("compare", *words, "--model", "own_tried:softmax", folder=folder)
    assert (folder / "results" / "trials.csv").exists()


def _write(words, text: str, code: int) -> None:
    speak_into(words)
    print(text, flush=True)
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes there have no descriptor")
@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("", 3, "(exit code 3)"),
        ("first\n  the last \n\n", 3, "(exit code 3); it wrote last: the last"),
        ("x" * 10**6, 3, f"(exit code 3); it wrote last: {'x' * 300}"),
        ("no room", -signal.SIGABRT, "(by SIGABRT); it wrote last: no room"),
        ("", -signal.SIGKILL, "(by SIGKILL, which the system sends where memory runs out)"),
    ],
)
def test_how_a_process_died_is_said_with_its_last_line(text: str, code: int, how: str) -> None:
    words = LastWords()
    process = worker_context().Process(target=_write, args=(words.theirs, text, code))
    process.start()
    words.started()
    process.join()
    assert words.of_dead(process) == how


def test_a_child_that_outlives_a_process_does_not_hold_up_what_is_said() -> None:
    words = LastWords()
    process = worker_context().Process(target=_leave_a_child, args=(words.theirs,))
    process.start()
    words.started()
    process.join()
    began = time.monotonic()
    assert "before it went" in words.of_dead(process)
    assert time.monotonic() - began < 10


def _leave_a_child(words) -> None:
    speak_into(words)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
    print("before it went", flush=True)
    os._exit(1)
