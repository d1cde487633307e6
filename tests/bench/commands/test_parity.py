"""Does `augbench parity` tell how far apart the engines are, and show where?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from augbench.bench import cli
from PIL import Image


@pytest.fixture(autouse=True)
def only_this_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "VERBS", ("report", "parity"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of smooth colour photographs, 24×36, as class folders."""
    rng = np.random.default_rng(0)
    for name in ("left", "right"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(8):
            coarse = Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8))
            coarse.resize((36, 24), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return tmp_path / "photos"


def run(*arguments: object, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["parity", *map(str, arguments)])
    assert stop.value.code == code


def test_it_prints_differences_speeds_and_quirks_and_writes_the_picture(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "worst.png"
    run("--data", photos, "--spec", "light", "--out", out)
    said = capsys.readouterr().out
    assert re.search(r"keras and albumentations\s+[01] of 255", said)
    assert re.search(r"keras-layers\s+[\d,]+", said)
    assert "24×36×3" in said
    assert "6 px off their centre" in said
    assert "photos" in said
    with Image.open(out) as picture:
        assert picture.width > 3 * 190
        assert len(np.unique(np.asarray(picture))) > 20


def test_a_folder_gets_the_picture_under_its_usual_name(photos: Path, tmp_path: Path) -> None:
    run("--data", photos, "--spec", "light", "--images", 4, "--out", tmp_path / "there", "--quiet")
    assert (tmp_path / "there" / "parity.png").is_file()


def test_json_holds_every_figure(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.png"
    run("--data", photos, "--spec", "photos", "--images", 6, "--json", "--out", out)
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 6
    assert found["shape"] == [24, 36, 3]
    assert found["words"]["fill_mode"] == "reflect"
    assert set(found["images_per_second"]) == {"keras", "albumentations", "keras-ops"}
    assert "brightness_range" in found["refusals"]["keras-layers"]
    assert len(found["pairs"]) == 3
    for pair in found["pairs"]:
        assert pair["largest"] <= 2
        assert 0 <= pair["share"] <= 1
    assert found["worst"]["path"].endswith(".png")
    assert found["picture"] == str(out)


def test_the_same_command_finds_the_same_differences(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []
    for _ in range(2):
        run("--data", photos, "--spec", "light", "--json", "--out", tmp_path / "a.png")
        found = json.loads(capsys.readouterr().out)
        made.append((found["pairs"], found["worst"], (tmp_path / "a.png").read_bytes()))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--spec", "lihgt"], "did you mean 'light'"),
        (["--image-size", "big"], "--image-size"),
        (["--data", "nowhere"], "no data set 'nowhere'"),
        (["--images", "0"], "--images"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    photos: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [] if "--data" in arguments else ["--data", photos]
    run(*given, *arguments, code=2)
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
