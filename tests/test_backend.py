"""Which backend would Keras take, and what is refused with another than TensorFlow?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from augbench.bench.search.candidates.generating import TrainedOn, unsuited
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec

from augbench import backend as module
from augbench.backend import TENSORFLOW_ONLY, backend, require_installed
from augbench.errors import InputError


@pytest.mark.parametrize(
    ("variable", "file", "expected"),
    [
        (None, None, "tensorflow"),
        ("jax", None, "jax"),
        (None, '{"backend": "jax"}', "jax"),
        ("tensorflow", '{"backend": "jax"}', "tensorflow"),
        ("", '{"backend": "torch"}', "torch"),
        (None, "no JSON", "tensorflow"),
        (None, "[1]", "tensorflow"),
    ],
)
def test_the_backend_is_the_one_that_keras_would_take(
    variable: str | None,
    file: str | None,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if variable is not None:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    if file is not None:
        (tmp_path / "keras.json").write_text(file)
    assert backend() == expected


def test_it_is_the_one_that_keras_has_once_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setenv("KERAS_BACKEND", "another")
    assert backend() == keras.backend.backend()


def test_asking_imports_neither_keras_nor_tensorflow() -> None:
    code = "import sys, augbench.backend as b; b.backend(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"keras", "tensorflow", "numpy"} & set(done.stdout.split())


@pytest.mark.parametrize("name", TENSORFLOW_ONLY)
def test_what_tensorflow_alone_can_do_is_refused_with_another(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "backend", lambda: "jax")
    typed = "cyclegan(source='0', target='1')" if name == "cyclegan" else name
    policy = build(parse(typed), load_spec("light"))
    with pytest.raises(InputError, match=f"^{name} learns with TensorFlow alone.* is jax"):
        policy.check((28, 28, 1), 10)
    assert "TensorFlow alone" in unsuited(name, TrainedOn((28, 28, 1), 10, 1000), 1e6)


@pytest.mark.parametrize(
    ("used", "said"), [("jax", r"augbench\[jax\]"), ("theano", "tensorflow, jax, torch")]
)
def test_a_backend_that_is_not_there_is_named(
    used: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "backend", lambda: used)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=said):
        require_installed()
