"""Bad usage and bad input: one line on standard error that says what would be right, and code 2."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.cli import main
from PIL import Image

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
    ("compare", "--epochs", "ten"): "--epochs must be a whole number from 1 to 100,000, not 'ten'",
    ("preview", "--images", "2.5"): "--images",
    ("preview", "--images", "0"): "--images",
    ("check", "--margin", "x"): "--margin",
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
    ("compare", "--data", ""): "--data is empty",
    ("compare", "--data", "pipe.csv"): "named pipe",
    ("compare", "--data", "pipe.npz"): "named pipe",
    ("compare", "--data", "pipe"): "is no data set",
    ("compare", "--data", "zero.npz"): "a device",
    ("compare", "--data", "deep.npz"): "shape",
    ("compare", "--data", "no_pixels.npz"): "no pixels",
    ("compare", "--data", "long.csv"): "at most 1,000",
    ("compare", "--data", "linked"): "--follow-links",
    ("compare", "--spec", "pipe.toml"): "named pipe",
    ("compare", "--spec", "deep.json"): "deep",
    ("compare", "--spec", "digits400.json"): "400 digits",
    ("compare", "--config", "pipe.toml"): "named pipe",
    ("compare", "--config", "deep.toml"): "deep",
    ("compare", "albumentations(pipeline='pipe.json')"): "named pipe",
    ("compare", "albumentations(pipeline='blur.json')"): "at most 1,000",
    ("compare", "--epochs", f"{10**30}"): "--epochs",
    ("compare", "--epochs", "9" * 5000): "--epochs",
    ("compare", "--first-seed", f"{2**64}"): "--first-seed",
    ("compare", "--seeds", f"{10**30}"): "--seeds",
    ("compare", "--seeds", "1001"): "1 to 1000",
    ("compare", "--jobs", f"{10**9}"): "--jobs",
    ("compare", "--threads", f"{10**9}"): "--threads",
    ("compare", "--batch-size", f"{10**12}"): "--batch-size",
    ("compare", "--image-size", f"{10**9}"): "8192",
    ("compare", "--budget", f"{10**400}h"): "a year",
    ("compare", "--trial-timeout", "0s"): "90s",
    ("compare", "repeat(factor=1e12)"): "1 to 1,000",
    ("compare", f"{'x' * 100_000}=keras"): "at most 1,000 characters",
    ("compare", "x" * 100_000): "character",
    ("expand", "keras", "--factor", "1e12", "--out", "new"): "1 to 1,000",
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
    for name in ("pipe", "pipe.csv", "pipe.npz", "pipe.toml", "pipe.json"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    np.savez(tmp_path / "no_pixels.npz", x_train=np.zeros((4, 0, 9), np.uint8), y_train=[0, 1] * 2)
    with zipfile.ZipFile(tmp_path / "deep.npz", "w") as archive:
        header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999, 99999, 99999)}\n"
        for name in ("x_train", "y_train"):
            size = len(header).to_bytes(2, "little")
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + size + header)
    (tmp_path / "deep.json").write_text("[" * 10_000)
    (tmp_path / "deep.toml").write_text(f"epochs = {'[' * 10_000}")
    (tmp_path / "digits400.json").write_text(f'{{"rotation_range": {"9" * 400}}}')
    names = {"__class_fullname__": "Compose", "transforms": [
        {"__class_fullname__": "Blur", "blur_limit": [3, 1e9], "p": 1.0}
    ]}  # fmt: skip
    pipeline = {"__version__": "2.0.8", "transform": names}
    (tmp_path / "blur.json").write_text(json.dumps(pipeline))
    for folder in ("pictures/a", "pictures/b", "linked"):
        (tmp_path / folder).mkdir(parents=True)
        Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / folder / "0.png")
    for name in "ab":
        (tmp_path / "linked" / name).symlink_to(tmp_path / "pictures" / name)
    rows = [f"pictures/{name}/0.png,{name * 100_000}" for name in "ab"]
    (tmp_path / "long.csv").write_text("\n".join(["path,label", *rows]))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("arguments", WRONG, ids=lambda words: " ".join(words)[:60])
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
    assert len(err) < 700


def test_debug_shows_the_traceback() -> None:
    from augbench.errors import InputError

    with pytest.raises(InputError):
        main(["--debug", "compare", "kears"])
