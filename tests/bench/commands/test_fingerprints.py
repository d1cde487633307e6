"""`augbench accept` and `check` of a fingerprint and of health, as a user and a job run them."""

from __future__ import annotations

import base64
import json
import os
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

import albumentations as A
import pytest
from augbench.bench.cli import main
from augbench.bench.data.sources import keras_sets
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


@pytest.fixture(scope="module")
def file_of_none(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("fingerprint") / "aug.json"
    augbench.accept("none", fingerprint=file)
    return file.read_text(encoding="utf-8")


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


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["images"].pop(),
        lambda entry: [entry[name].pop() for name in ("images", "labels")],
        lambda entry: entry["images"].__setitem__(0, "AAAA"),
        lambda entry: entry["images"].__setitem__(0, "no base64"),
        lambda entry: entry["labels"].pop(),
        lambda entry: entry["levels"][0].append(1.0),
        lambda entry: entry["shape"].__setitem__(0, 25),
        lambda entry: entry["sha256"].pop("first"),
        lambda entry: entry["maps"].append(None),
    ],
)
def test_a_damaged_file_is_one_line(change, capsys: pytest.CaptureFixture[str]) -> None:
    run("accept", "none", "--fingerprint", "aug.json")
    content = json.loads(Path("aug.json").read_text())
    change(content["policies"]["none"])
    Path("aug.json").write_text(json.dumps(content))
    capsys.readouterr()
    run("check", "--fingerprint", "aug.json", code=2)
    err = capsys.readouterr().err
    assert "--fingerprint aug.json" in err and err.count("\n") == 1


def png(width: int, height: int) -> str:
    """Return the head of a PNG of any size in base64, without its pixels."""

    def part(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    content = part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(100))) + part(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + content).decode()


HUGE = png(30_000, 30_000)
#: what somebody may do to the words of a file: of the policy `none`, of the whole
HOSTILE = {
    "a picture that fills the memory": lambda none, file: none["images"].__setitem__(0, HUGE),
    "pictures that fill the memory": lambda none, file: none.update(
        shape=[30_000, 30_000, 3], images=[HUGE] * len(none["images"])
    ),
    "a shape of nobody's": lambda none, file: none.update(shape=[65_536] * 3),
    "a negative speed": lambda none, file: none.update(images_per_second=-1.0),
    "a label beyond float32": lambda none, file: none["labels"][0].__setitem__(0, 1e300),
    "labels of no class": lambda none, file: none.update(labels=[[] for _ in none["labels"]]),
    "a map to infinity": lambda none, file: none["maps"].__setitem__(0, [1e308] * 6),
    "levels to infinity": lambda none, file: none["levels"].__setitem__(0, [1e308] * 3),
    "a long name": lambda none, file: file["policies"].update({"x" * 10**5: none}),
    "a long version": lambda none, file: file["made_with"].update({"numpy": "x" * 10**5}),
    "a deep definition": lambda none, file: none.update(definition=deep(70)),
    "a number of 400 digits": lambda none, file: file.update(schema_version=10**400),
    "a lone surrogate": lambda none, file: file.update(pictures="\ud800"),
    "a module": lambda none, file: none.update(expression="evil_one:Policy"),
    "a chain with a module": lambda none, file: none.update(expression="none+evil_one:Policy"),
    "a pipeline of a module": lambda none, file: none.update(
        expression="albumentations(pipeline='evil_one:PIPELINE')"
    ),
    "a function in an expression": lambda none, file: none.update(
        expression="keras(spec={'preprocessing_function': 'evil_one:function'})"
    ),
    "a function in a spec": lambda none, file: none.update(
        expression="keras", spec={"preprocessing_function": "evil_one:function"}
    ),
    "code": lambda none, file: none.update(expression="__import__('evil_one').run()"),
    "a device as a pipeline": lambda none, file: none.update(
        expression="albumentations(pipeline='/dev/zero')"
    ),
    "a device as a spec": lambda none, file: none.update(expression="keras", spec="/dev/zero"),
    "a long chain": lambda none, file: none.update(expression="none" + "+none" * 10**4),
    "a name that steers the terminal": lambda none, file: file["policies"].update(
        {"\x1b[31mred": {**none, "expression": ""}}
    ),
    "a data set to be fetched": lambda none, file: file.update(pictures="mnist"),
    "a device as data": lambda none, file: file.update(pictures="/dev/zero"),
}


def deep(depth: int) -> dict:
    return {"a": deep(depth - 1)} if depth else {}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_one_line_and_nothing_of_it_runs(
    change, file_of_none: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("evil_one.py").write_text("raise SystemExit('it ran')")
    content = json.loads(file_of_none)
    change(content["policies"]["none"], content)
    Path("aug.json").write_text(json.dumps(content))
    fetched: list[str] = []
    monkeypatch.setattr(keras_sets, "_fetch", lambda name, target: fetched.append(name))
    not_here = content["pictures"] in ("mnist", "/dev/zero")
    run("check", "--fingerprint", "aug.json", code=4 if not_here else 2)
    err = capsys.readouterr().err
    assert not fetched
    assert err.startswith("augbench: ") and err.count("\n") == 1 and len(err) < 700
    assert "augbench: unexpected" not in err and "\x1b" not in err
    assert "evil_one" not in sys.modules


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"[" * 10**5, b'{"a":' * 10**5, b"[]", b"NaN", b"\xff", b'"\\ud800"'],
    ids=lambda content: repr(content[:8]),
)
def test_what_is_no_fingerprint_is_one_line(
    content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("aug.json").write_bytes(content)
    run("check", "--fingerprint", "aug.json", code=2)
    err = capsys.readouterr().err
    assert "aug.json" in err and err.count("\n") == 1 and "augbench: unexpected" not in err


@pytest.mark.parametrize("verb", ["check", "accept"])
def test_a_pipe_a_device_and_a_folder_are_no_fingerprints(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe")
    Path("device").symlink_to("/dev/zero")
    Path("folder").mkdir()
    for name in ("pipe", "device", "folder"):
        run(verb, "--fingerprint", name, code=2)
        assert f"--fingerprint {name}" in capsys.readouterr().err


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
