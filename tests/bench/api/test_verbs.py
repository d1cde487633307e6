"""Every verb from Python, with what people have at hand: arrays, frames, objects, dicts."""

from __future__ import annotations

import io
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import augbench
from augbench.errors import InputError

MODULE = """
from augbench import Policy


class Darker(Policy):
    def __init__(self, by=2):
        self.by = by

    def change(self, batch):
        return batch.replace(images=batch.images // self.by)


def halved(image):
    return image / 2
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of the user's in the working directory."""
    (tmp_path / "darker_of_verbs.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("darker_of_verbs")
    sys.modules.pop("darker_of_verbs")


@pytest.fixture(scope="module")
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """The hand-written digits, float 0…1 as many have them, enlarged to 16 px."""
    digits = load_digits()
    return np.kron(digits.images[:400] / 16, np.ones((2, 2))), digits.target[:400]


@pytest.mark.slow
def test_arrays_an_object_and_a_function_are_compared_and_can_be_again_from_the_file(
    arrays: tuple[np.ndarray, np.ndarray], module: Any, tmp_path: Path
) -> None:
    small: Any = {"epochs": 1, "seeds": 1, "model": "small", "jobs": 1, "quiet": True}
    spec = {"rotation_range": 10, "preprocessing_function": module.halved}
    result = augbench.compare(module.Darker(by=3), data=arrays, spec=spec, out="run", **small)
    label = "darker_of_verbs:Darker(by=3)"
    assert result.trials["policy"].tolist() == ["none", label]
    assert result.trials["status"].tolist() == ["done", "done"]
    written = tomllib.loads(Path("run/experiment.toml").read_text())
    assert written["spec"]["preprocessing_function"] == "darker_of_verbs:halved"
    again = augbench.compare(config="run/experiment.toml", out="again", quiet=True)
    columns = ["policy", "test_accuracy", "test_loss"]
    assert again.trials[columns].equals(result.trials[columns])
    assert sorted(os.listdir("run/trials")) == sorted(os.listdir("again/trials"))


def test_a_preview_is_a_picture_of_what_the_object_does(
    arrays: tuple[np.ndarray, np.ndarray], module: Any, tmp_path: Path
) -> None:
    environment, path = dict(os.environ), list(sys.path)
    shown = augbench.preview(module.Darker(by=2), data=arrays, images=3, draws=1, quiet=True)
    assert dict(os.environ) == environment and sys.path == path
    original, darker = (band.rows[0].panels for band in shown.bands)
    for before, after in zip(original, darker, strict=True):
        assert before.image is not None and after.image is not None
        np.testing.assert_array_equal(after.image, before.image // 2)
    assert Image.open(io.BytesIO(shown._repr_png_())).format == "PNG"
    assert shown.save(tmp_path / "sheet.html").is_file()


@pytest.mark.slow
def test_parity_tells_how_far_engines_are_apart_and_shows_where(
    arrays: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    result = augbench.parity(data=arrays, spec={"rotation_range": 20}, images=6, quiet=True)
    pairs = {(pair.engine_a, pair.engine_b) for pair in result.compared.pairs}
    assert ("keras", "albumentations") in pairs
    assert result.to_dict()["words"] == {"rotation_range": 20.0}
    assert "keras and albumentations" in repr(result)
    saved = result.save(tmp_path)
    content = result._repr_png_()
    assert saved == tmp_path / "parity.png" and content is not None
    assert np.array_equal(Image.open(saved), Image.open(io.BytesIO(content)))


@pytest.mark.slow
def test_an_expansion_says_what_was_written(
    arrays: tuple[np.ndarray, np.ndarray], module: Any, tmp_path: Path
) -> None:
    out = tmp_path / "more"
    done = augbench.expand(
        module.Darker(), data=arrays, train_size=40, factor=1.5, out=out, quiet=True
    )
    assert (done.originals, done.added, done.out) == (40, 20, out)
    assert sum(done.classes.values()) == len(list(out.rglob("*.png"))) == 60


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: augbench.preview("kears"), "did you mean 'keras'"),
        (lambda: augbench.preview(image=3), "preview: unknown option 'image'.*'images'"),
        (lambda: augbench.preview(images=0), "images must be a whole number from 1 on, not 0"),
        (lambda: augbench.parity(spec=3), "spec is a preset's name"),
        (lambda: augbench.expand("none", out="x", format="gif"), "must be png or jpeg"),
        (lambda: augbench.compare(["keras", "mixup"]), "each as an argument of its own"),
        (lambda: augbench.compare("keras", data=np.zeros((99, 99, 99))), "a single array"),
        (lambda: augbench.compare(seeds=np.zeros(9999)), "--seeds: "),
        (lambda: augbench.compare(spec={"rotation_range": np.zeros(9999)}), "rotation_range"),
    ],
)
def test_mistakes_are_one_short_line(
    call: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        call()
    assert "\n" not in str(error.value) and len(str(error.value)) < 400
    assert not list(tmp_path.iterdir())
