"""A fingerprint that is damaged, hostile or none is one line, and nothing of it runs."""

from __future__ import annotations

import base64
import json
import os
import sys
import zlib
from pathlib import Path

import pytest
from augbench.bench.cli import main
from augbench.bench.data.sources import keras_sets

import augbench


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def file_of_none(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("fingerprint") / "aug.json"
    augbench.accept("none", fingerprint=file)
    return file.read_text(encoding="utf-8")


def line_of(
    capsys: pytest.CaptureFixture[str], verb: str = "check", file: str = "aug.json", code: int = 2
) -> str:
    """Return the one line with which a verb refuses a fingerprint."""
    with pytest.raises(SystemExit) as stop:
        main([verb, "--fingerprint", file])
    err = capsys.readouterr().err
    assert stop.value.code == code
    assert err.count("\n") == 1 and "augbench: unexpected" not in err
    return err


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
def test_a_damaged_file_is_one_line(
    change, file_of_none: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(file_of_none)
    change(content["policies"]["none"])
    Path("aug.json").write_text(json.dumps(content))
    assert "--fingerprint aug.json" in line_of(capsys)


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
    err = line_of(capsys, code=4 if not_here else 2)
    assert not fetched
    assert err.startswith("augbench: ") and len(err) < 700 and "\x1b" not in err
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
    assert "aug.json" in line_of(capsys)


@pytest.mark.parametrize("verb", ["check", "accept"])
def test_a_pipe_a_device_and_a_folder_are_no_fingerprints(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo("pipe")
    Path("device").symlink_to("/dev/zero")
    Path("folder").mkdir()
    for name in ("pipe", "device", "folder"):
        assert f"--fingerprint {name}" in line_of(capsys, verb, name)
