"""`augbench accept` and `check` of a fingerprint and of health, as a user and a job run them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import albumentations as A
import pytest
from augbench.bench.cli import main
from PIL import Image

import augbench
from augbench.errors import InputError, NotComparable
from tests.bench.running import run_augbench

FLIPS = A.Compose([A.HorizontalFlip(p=0.5), A.RandomBrightnessContrast(p=1.0)])
FEWER = A.Compose([A.HorizontalFlip(p=0.3), A.RandomBrightnessContrast(p=1.0)])
PLUGIN = """
def darker(images, labels, rng):
    return images // int(rng.integers(1, 4)), labels


def shared(images, labels, rng):
    images //= 2
    return images, labels
"""


def run(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    assert stop.value.code == code


def says(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    return " ".join((out + err).split())


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("plugged_functions.py").write_text(PLUGIN)
    A.save(FLIPS, "flips.json")
    return tmp_path


def test_an_edited_pipeline_is_a_regression_that_says_what_was_edited_and_what_it_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("accept", "flips.json", "--fingerprint", "aug.json")
    run("check", "flips.json", "--fingerprint", "aug.json")
    assert "No change against aug.json (1 checked) ✓ flips: the same, bit for bit" in says(capsys)
    A.save(FEWER, "flips.json")
    run("check", "flips.json", "--fingerprint", "aug.json", "--junit", "gate.xml", code=1)
    text = says(capsys)
    assert "✗ flips it is defined otherwise: HorizontalFlip.p: 0.5 → 0.3" in text
    assert "the horizontal flip happens in" in text and "Picture: aug.changed.png" in text
    with Image.open("aug.changed.png") as picture:
        assert picture.width > 400
    suite = ElementTree.parse("gate.xml").getroot()[0]
    assert suite.get("failures") == "1"
    run("accept", "--fingerprint", "aug.json")
    run("check", "--fingerprint", "aug.json")


def test_the_file_is_small_and_readable(here: Path) -> None:
    run("accept", "albumentations", "--spec", "tutorial", "--fingerprint", "aug.json")
    text = Path("aug.json").read_text()
    assert len(text) < 80_000 and str(here) not in text
    content = json.loads(text)
    assert content["made_with"]["albumentations"] == A.__version__
    spec = content["policies"]["albumentations"]["definition"]["albumentations"]["spec"]
    assert spec["rotation_range"] == 20.0


def test_a_policy_is_checked_under_the_spec_that_it_was_accepted_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("mine.toml").write_text("rotation_range = 20\n")
    run("accept", "albumentations", "--spec", "mine.toml", "--fingerprint", "aug.json")
    run("check", "albumentations", "--fingerprint", "aug.json")
    run("check", "albumentations", "--spec", "light", "--fingerprint", "aug.json", code=1)
    Path("mine.toml").write_text("rotation_range = 10\n")
    run("check", "albumentations", "--fingerprint", "aug.json", code=1)
    assert "rotation_range: 20.0 → 10.0 the turn is 0.5 times" in says(capsys)


def test_without_policies_every_engine_that_can_apply_the_spec_is_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("bright.toml").write_text("brightness_range = [0.8, 1.2]\n")
    specs = ("--spec", "bright.toml", "--spec", "flip")
    run("accept", "--fingerprint", "aug.json", *specs)
    entries = list(json.loads(Path("aug.json").read_text())["policies"])
    assert "keras(draws='native') bright.toml" in entries and "albumentations flip" in entries
    assert "keras-layers flip" in entries and "keras-layers bright.toml" not in entries
    Path("bright.toml").write_text("brightness_range = [0.8, 1.0]\n")
    run("check", "--fingerprint", "aug.json", "--json", code=1)
    found = json.loads(capsys.readouterr().out.partition("\n")[2])
    verdicts = {one["policy"]: one["verdict"] for one in found["policies"]}
    assert {name for name in verdicts if verdicts[name] == "changed"} == {
        name for name in entries if "bright" in name
    }


def test_pictures_are_those_of_the_data_where_data_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    size = ("--image-size", "18x22")
    run("accept", "albumentations", "--data", "digits", *size, "--fingerprint", "aug.json")
    run("check", "albumentations", "--fingerprint", "aug.json")
    run("check", "albumentations", "--fingerprint", "aug.json", "--data", "digits")
    before = json.loads(Path("aug.json").read_text())
    run("accept", "--fingerprint", "aug.json")  # anew, and shown the same pictures
    after = json.loads(Path("aug.json").read_text())
    assert all(before[name] == after[name] for name in ("pictures", "pictures_sha256"))
    assert json.loads(Path("aug.json").read_text())["policies"]["albumentations"]["shape"] == [
        18,
        22,
        1,
    ]
    run(
        *("check", "albumentations", "--fingerprint", "aug.json"),
        *("--data", "digits", "--image-size", "20"),
        code=4,
    )
    assert "other pictures" in says(capsys)


def test_nothing_is_said_of_draws_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("albumentations", "--fingerprint", "aug.json")
    run("accept", *words, "--data", "digits", "--image-size", "10", "--spec", "photos")
    run("check", *words, "--spec", "tutorial", code=1)
    text = says(capsys)
    assert "affine" not in text and "draws equal" not in text and "draws read in" in text


def test_data_elsewhere_are_named_without_their_path(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "photos"
    for name in ("cat", "dog"):
        (elsewhere / name).mkdir(parents=True)
        for shade in range(8):
            Image.new("RGB", (20, 24), (shade * 9, 40, 200)).save(elsewhere / name / f"{shade}.png")
    words = ("albumentations", "--fingerprint", "aug.json")
    run("accept", *words, "--data", str(elsewhere))
    assert json.loads(Path("aug.json").read_text())["pictures"] == "photos"
    run("check", *words, "--data", str(elsewhere))
    run("check", *words, code=4)
    assert "pictures of 'photos', which are not here" in capsys.readouterr().err


def test_what_asks_for_a_size_is_shown_pictures_of_that_size() -> None:
    A.save(A.Compose([A.RandomCrop(20, 16), A.PadIfNeeded(40, 36, p=1.0)]), "crop.json")
    words = ("crop.json", "--fingerprint", "aug.json")
    run("accept", *words, code=2)  # 24×32 are made 40×36
    run("accept", *words, "--image-size", "40x36")
    for anew in ("check", "accept", "check"):
        run(anew, "--fingerprint", "aug.json")  # shown what it was shown then
    assert json.loads(Path("aug.json").read_text())["policies"]["crop"]["shape"] == [40, 36, 3]
    run("check", *words, "--image-size", "44x36", code=4)


def test_a_function_a_plug_in_and_what_fails_now(capsys: pytest.CaptureFixture[str]) -> None:
    function = "plugged_functions:darker"
    run("accept", function, "--fingerprint", "aug.json")
    run("check", function, "--fingerprint", "aug.json")
    run("check", "--fingerprint", "aug.json", code=2)
    assert "nothing that a file names is imported" in says(capsys)
    run("accept", "flips.json", "--fingerprint", "aug.json")
    A.save(A.Compose([A.CenterCrop(8, 8)]), "flips.json")
    run("check", "--fingerprint", "aug.json", code=1)
    assert "it fails now: flips: the pipeline flips.json makes 8×8×3" in says(capsys)
    run("check", "plugged_functions:shared", "--health", code=1)
    text = says(capsys)
    assert "Faults found: 1 of 1" in text and "it writes into the images" in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["check"], 2, "say what to check against"),
        (
            ["check", "keras", "--fingerprint", "no.json"],
            4,
            "augbench accept --fingerprint no.json",
        ),
        (["check", "--fingerprint", "a", "--health"], 2, "one at a time"),
        (["check", "--health", "--image-size", "4"], 2, "image size 4×4 is too small"),
        (["check", "--health", "--image-size", "4x"], 2, "--image-size: give 64 or 48x64"),
        (["check", "--health", "--epochs", "5"], 2, "--epochs is about training"),
        (["check", "--fingerprint", "a", "--margin", "2"], 2, "--margin and --config are about"),
        (["check", "--fingerprint", "a", "--calibrate"], 2, "one at a time"),
        (["check", "karas", "--health"], 2, "did you mean 'keras'"),
        (["check", "--fingerprint", "flips.json"], 2, "flips.json is no fingerprint"),
        (["check", "--fingerprint", "broken.json"], 2, "is not JSON"),
        (["check", "--fingerprint", "newer.json"], 4, "schema_version 99"),
        (["accept", "repeat", "--fingerprint", "a"], 2, "repeat changes no batch"),
        (["accept", "keras"], 2, "say what to write"),
        (["accept", "keras", "--baseline", "b", "--fingerprint", "a"], 2, "say what to write"),
        (["accept", "--fingerprint", "no/such\0", "none"], 2, "null"),
        (["accept", "none", "--fingerprint", "a.json", "--margin", "2"], 2, "--margin is of"),
        (["accept", "none", "none", "--baseline", "b.json"], 2, "one RUN"),
        (["check", "run", "--baseline", "b.json", "--tolerance", "3"], 2, "--tolerance and"),
        (["check", "none", "--health", "--picture", "a.png"], 2, "that --fingerprint compares"),
        (["check", "run", "--calibrate", "--junit", "a.xml"], 2, "--junit has verdicts"),
        (["check", "none", "--fingerprint", "a.json", "--tolerance", "-1"], 2, "--tolerance"),
        (["accept", "a=none", "a=mixup", "--fingerprint", "a"], 2, "two policies are called 'a'"),
        (["check", "flips.json", "old/flips.json", "--health"], 2, "are called 'flips'"),
    ],
)
def test_what_cannot_work_is_a_line_that_says_what_would(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.json").write_text("{")
    Path("newer.json").write_text('{"schema_version": 99}')
    Path("old").mkdir()
    A.save(FEWER, "old/flips.json")
    run(*words, code=code)
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


@pytest.mark.parametrize(("option", "value"), [("margin", 2), ("config", "a"), ("epochs", 2)])
def test_python_refuses_what_is_about_training_too(option: str, value: object) -> None:
    with pytest.raises(InputError, match=f"--{option}.* about training"):
        augbench.check("none", health=True, **{option: value})


def test_no_file_is_written_in_the_place_of_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("photos", "photos.png"):
        Path(name).mkdir()
        (Path(name) / "precious.jpg").touch()
    for words in (
        ["accept", "none", "--fingerprint", "photos"],
        ["check", "none", "--health", "--junit", "photos"],
        ["preview", "none", "--data", "digits", "--out", "photos.png"],
    ):
        run(*words, code=2)
        assert "a folder is there" in capsys.readouterr().err
    assert Path("photos/precious.jpg").exists() and Path("photos.png/precious.jpg").exists()


def test_python_has_the_same_for_objects(tmp_path: Path) -> None:
    file = augbench.accept(FLIPS, fingerprint=tmp_path / "f.json")
    found = augbench.check(FLIPS, fingerprint=file)
    assert found.passed and list(found.table["verdict"]) == ["same"]
    assert "✓ pipeline: the same, bit for bit" in repr(found)
    with pytest.raises(NotComparable, match="has no fingerprint of"):
        augbench.check("mixup", fingerprint=file)
    with pytest.raises(InputError, match="not of a int"):
        augbench.check(3, health=True)
    assert augbench.check("albumentations", health=True, spec={"rotation_range": 9}).passed


@pytest.mark.slow
def test_another_number_of_threads_is_no_change(here: Path) -> None:
    words = ("--fingerprint", "aug.json")
    run_augbench("accept", "keras", "albumentations", *words, "--spec", "photos", folder=here)
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "OPENCV_FOR_THREADS_NUM": "2"}
    out, _ = run_augbench("check", *words, folder=here, environment=threads)
    assert out.count("bit for bit") == 2
