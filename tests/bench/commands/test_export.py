"""Does `augbench export` write a script for a preset, a file of words, or a chosen policy?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from augbench.bench.cli import main

import augbench
from augbench.errors import InputError

CHOSEN = """
policies = ["none", "chosen=albumentations + mixup(alpha=0.4)"]
image_size = [48, 64]
batch_size = 16
epochs = 25
seeds = 3

[spec]
rotation_range = 12
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chosen.toml").write_text(CHOSEN)
    (tmp_path / "words.toml").write_text("vertical_flip = true\n")
    (tmp_path / "none.toml").write_text('policies = ["none"]\n')
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["export", *arguments])
    assert stop.value.code == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flip", "--to", "keras"), "horizontal_flip=True"),
        (("words.toml", "--to", "albumentations"), "A.VerticalFlip(p=0.5)"),
        (("--to", "keras-layers"), "layers.RandomTranslation("),
        (("none.toml", "--to", "keras-layers"), "keras.Sequential([]"),
    ],
)
def test_the_script_is_printed(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*arguments)
    printed = capsys.readouterr().out
    assert said in printed
    ast.parse(printed)


def test_a_chosen_policy_comes_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    run("chosen.toml", "--to", "albumentations", "--out", "made/train.py")
    assert capsys.readouterr().out.strip() == str(Path("made/train.py"))
    code = Path("made/train.py").read_text()
    for line in (
        "IMAGE_SIZE = (48, 64)",
        "BATCH_SIZE = 16",
        "EPOCHS = 25",
        "rotate=(-12, 12)",
        "mixup = layers.MixUp(alpha=0.4)",
    ):
        assert line in code


def test_python_returns_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    run("chosen.toml", "--to", "keras")
    assert augbench.export("chosen.toml", to="keras") == capsys.readouterr().out
    code = augbench.export({"rotation_range": 7}, to="keras-layers", out="train.py")
    assert "-7 / 360" in code and Path("train.py").read_text() == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flop", "--to", "keras"), "did you mean 'flip'"),
        (("flip", "--to", "albumentation"), "did you mean 'albumentations'"),
        (("flip",), "--to"),
        (("absent.toml", "--to", "keras"), "No such file"),
        (("flip", "--to", "keras", "--out", "train.txt"), "ends with .py"),
        (("flip", "--to", "keras", "--out", "keras.py"), "in place of keras"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    run(*arguments, code=2)
    out, err = capsys.readouterr()
    assert not out and said in err and err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_mistake_in_python_is_an_input_error() -> None:
    with pytest.raises(InputError, match="did you mean 'keras'"):
        augbench.export("flip", to="kears")
