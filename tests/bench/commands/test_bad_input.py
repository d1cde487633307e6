"""Bad usage and bad input: one line on standard error that says what would be right, and code 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from augbench.bench.cli import main

WRONG = {
    ("compare", "--data", "digit"): "did you mean 'digits'?",
    ("compare", "--data", "nowhere/photos"): "neither a folder or file",
    ("compare", "kears"): "did you mean 'keras'?",
    ("compare", "keras(drawz='native')"): "did you mean 'draws'?",
    ("compare", "keras(draws='natve')"): "did you mean 'native'?",
    ("compare", "keras("): "character 6",
    ("compare", "a=none", "a=keras"): "'a'",
    ("compare", "keras(__import__('os'))"): "character 7",
    ("compare", "no_such_pkg.mod:Policy"): "cannot be imported",
    ("compare", "--spec", "ligth"): "did you mean 'light'?",
    ("compare", "--spec", "words.toml"): "did you mean 'rotation_range'?",
    ("compare", "--spec", "broken.toml"): "not valid toml",
    ("compare", "--config", "config.toml"): "did you mean 'epochs'?",
    ("compare", "--config", "absent.toml"): "No such file",
    ("compare", "cyclegan(source='1', target='one')"): "there are 0, 1, 2",
    ("compare", "cyclegan(source=1, target=2)"): "a text in quotes",
    ("compare", "gan(architecture='cyclegan')"): "cyclegan(source=",
    ("compare", "gan(latent=None)"): "2 to 1,024",
    ("compare", "--seeds", "0"): "--seeds",
    ("compare", "--epochs", "-1"): "--epochs",
    ("compare", "--epochs", "ten"): "'--epochs': Input should be a valid integer",
    ("compare", "--epoch", "10"): "--epochs",
    ("report",): "RUN",
    ("compare", "--image-size", "8"): "10 px",
    ("compare", "--image-size", "64by64"): "48x64",
    ("compare", "--train-size", "5"): "one image for each",
    ("compare", "--model", "refrence"): "did you mean 'reference'?",
    ("compare", "--model", "MobileNetV2(weights='no.h5')"): "no.h5",
    ("compare", "--executor", "cluster"): "--executor",
    ("compare", "--out", "words.toml", "--epochs", "1"): "is a file",
    ("compare", "--out", "full", "--epochs", "1"): "holds other files",
    ("compare", "--data", "empty"): "class folders",
    ("compare", "--data", "arrays.npz"): "x_train",
    ("compare", "--spec", "zca.toml", "--image-size", "128"): "GB of memory",
    ("report", "nowhere"): "not a folder",
    ("report", "full"): "no run folder",
    ("compre",): "compare",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words.toml").write_text("rotation_rage = 20\n")
    (tmp_path / "broken.toml").write_text("rotation_range = \n")
    (tmp_path / "zca.toml").write_text("zca_whitening = true\n")
    (tmp_path / "config.toml").write_text("epohcs = 3\n")
    for name in ("full", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "novel.txt").write_text("chapter 1")
    np.savez(tmp_path / "arrays.npz", images=np.zeros((3, 9, 9), np.uint8))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_bad_input_is_one_line_that_says_what_would_be_right(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert stop.value.code == 2, err
    assert WRONG[arguments] in err
    assert not out and "Traceback" not in err
    assert err.startswith("augbench: ") and err.count("\n") == 1, err


def test_debug_shows_the_traceback() -> None:
    from augbench.errors import InputError

    with pytest.raises(InputError):
        main(["--debug", "compare", "kears"])
