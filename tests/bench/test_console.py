"""Any console: the code of a verb is its own, whatever the encoding, the width and the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from augbench.bench.console import any_console, echo, echo_json, said, warnings_as_notes
from PIL import Image

from augbench.errors import AugbenchWarning

#: encoding of standard output, environment
CONSOLES = {
    "cp1252": ("cp1252", {}),
    "ascii": ("ascii", {}),
    "narrow, dumb": ("cp437", {"COLUMNS": "3", "TERM": "dumb"}),
    "nobody reads": ("utf-8", {}),
}
# one process for all, since what is imported takes most of the time
PROGRAM = """
import json, os, sys
from augbench.bench.cli import main
def code_of(words):
    try:
        main(words)
    except SystemExit as stop:
        return stop.code
found = {}
consoles, verbs = json.loads(sys.argv[1])
for console, (encoding, environment) in consoles.items():
    os.environ.update(environment)
    read, write = os.pipe()
    os.close(read)
    target = os.fdopen(write, "w", encoding=encoding)
    if console != "nobody reads":
        target = open(f"{console}.txt", "w", encoding=encoding)
    sys.stdout = target
    found[console] = [code_of(words) for words in verbs]
    sys.stdout = sys.__stdout__
    for name in environment:
        del os.environ[name]
print(json.dumps(found))
"""
VERBS = {
    ("policies",): 0,
    ("policies", "--json"): 0,
    ("policies", "mixup"): 0,
    ("compare", "--help"): 0,
    ("export", "light", "--to", "keras"): 0,
    ("preview", "albumentations", "--data", "photos", "--out", "sheet.png"): 0,
    ("parity", "--data", "photos", "--spec", "flip", "--out", "parity"): 0,
    ("expand", "repeat", "--factor", "1", "--data", "photos", "--out", "more", "--overwrite"): 0,
    ("accept", "none", "albumentations(pipeline='old.json')", "--fingerprint", "aug.json"): 0,
    ("check", "--fingerprint", "aug.json"): 0,
    ("check", "none", "albumentations", "--health"): 0,
    ("check", "none", "--health", "--json"): 0,
    ("check", "none", "--baseline", "b.json", "--data", "photos"): 4,
    ("compare", "--data", "photos", "--image-size", "7by7×½"): 2,
}  # fmt: skip
OLD = {
    "__version__": "1.3.1",
    "transform": {
        "__class_fullname__": "Compose",
        "p": 1.0,
        "transforms": [{"__class_fullname__": "HorizontalFlip", "always_apply": True, "p": 0.5}],
    },
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("katze 猫", "hund é"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(8):
            image = Image.new("L", (12, 12), 20 * number)
            image.save(tmp_path / "photos" / name / f"{number}.png")
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    return tmp_path


def test_each_verb_ends_with_its_own_code_on_any_console(here: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([CONSOLES, list(VERBS)])],
        cwd=here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for console, codes in json.loads(done.stdout).items():
        assert dict(zip(VERBS, codes, strict=True)) == VERBS, (console, done.stderr)
    for wrong in ("Traceback", "AugbenchWarning", "Broken pipe"):
        assert wrong not in done.stderr
    assert "ok albumentations: healthy" in (here / "ascii.txt").read_text(encoding="ascii")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_one_line_and_no_traceback() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "augbench", "policies", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "augbench: standard output: No space left on device\n"


def test_a_sign_that_an_encoding_lacks_is_written_in_letters_and_json_stays_what_it_is() -> None:
    code = """
from augbench.bench.console import any_console, echo, echo_json
with any_console():
    echo("✓ 64×64, é, ½, 猫 → −1")
    echo_json({"猫": "é×😀"})
"""
    for encoding, text in (
        ("ascii", "ok 64x64, e, 1/2, \\u732b -> -1"),
        ("cp1252", "ok 64×64, é, ½, \\u732b -> -1"),
        ("utf-8", "✓ 64×64, é, ½, 猫 → −1"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            stdout=subprocess.PIPE,
            check=True,
        )
        first, second = done.stdout.decode(encoding).splitlines()
        assert first == text
        assert json.loads(second) == {"猫": "é×😀"}


def test_a_warning_is_a_note_once_and_not_again_where_it_was_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with warnings_as_notes(quiet=False):
        for text in ("said", "new", "new"):
            warnings.warn(text, AugbenchWarning, stacklevel=1)
        said(["said"])
    assert capsys.readouterr().err == "note: new\n"
    with warnings_as_notes(quiet=True):
        warnings.warn("new", AugbenchWarning, stacklevel=1)
    with pytest.raises(ValueError), warnings_as_notes(quiet=False):
        warnings.warn("new", AugbenchWarning, stacklevel=1)
        raise ValueError
    assert not capsys.readouterr().err
    with pytest.warns(DeprecationWarning), warnings_as_notes(quiet=False):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_a_library_is_not_heard_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(UserWarning) as heard, warnings_as_notes(quiet=False):
        warnings.warn("the pipeline: it is grey", AugbenchWarning, stacklevel=1)
        for text in ("it is\ngrey", "it is blue"):
            warnings.warn(text, UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["it is blue"]
    assert capsys.readouterr().err == "note: the pipeline: it is grey\n"


def test_streams_of_others_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with any_console():
        echo("é")
        echo_json([1])
    assert sys.stdout is before
    assert capsys.readouterr().out == "é\n[1]\n"
