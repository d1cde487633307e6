"""Are files that nobody means refused before they hang, fill the memory or exhaust a stack?"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from augbench import outside


def bomb(file: Path, shape: tuple[int, ...]) -> None:
    """Write an .npz whose array is zeros, without holding them."""
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, described)
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x_train.npy", "w", force_zip64=True) as member,
    ):
        member.write(header.getvalue())
        left, zeros = int(np.prod(shape)), bytes(2**22)
        while left > 0:
            left -= member.write(zeros[:left])


def with_header(file: Path, text: str, content: bytes = b"") -> None:
    """Write an .npz with one array whose header is this text."""
    told = text.encode() + b"\n"
    with zipfile.ZipFile(file, "w") as archive:
        start = b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little")
        archive.writestr("x_train.npy", start + told + content)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes that have names")
def test_a_pipe_a_device_and_a_folder_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name, reason in (("pipe", "a named pipe"), ("zero", "a device"), (".", "directory")):
        for read in (outside.open_regular, outside.array_headers, outside.read_text):
            with pytest.raises(OSError, match=f"(?i){reason}"):
                read(tmp_path / name)


def test_no_more_is_read_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"12345")
    assert outside.read_bytes(tmp_path / "words", 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        outside.read_bytes(tmp_path / "words", 4)


def test_line_ends_of_every_system_are_one(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes("a\r\nb\rc\nä".encode())
    assert outside.read_text(tmp_path / "words") == "a\nb\nc\nä"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[" * 70 + "]" * 70, '{"a":' * 500 + "1" + "}" * 500, f"[{'9' * 400}]", "nul"],
    ids=["open", "70 deep", "500 deep", "400 digits", "broken"],
)
def test_words_that_nothing_can_hold_are_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        outside.parse_json(text)
    with pytest.raises(ValueError, match=r"\w"):
        outside.parse_toml(f"a = {text}")


def test_a_few_lines_that_stand_for_very_many_are_refused() -> None:
    laughs: object = ["ha"] * 100
    for _ in range(9):
        laughs = [laughs] * 100
    with pytest.raises(ValueError, match="more than 10,000,000 values"):
        outside.checked(laughs)


def test_words_that_people_write_are_as_they_are() -> None:
    words = {"a": [1, -2.5, "x", None, {"b": [True]}], "seed": 2**63 - 1}
    assert outside.parse_json(json.dumps(words)) == words
    assert outside.parse_toml("a = [1, 2]\n[b]\nc = 0.5") == {"a": [1, 2], "b": {"c": 0.5}}


def test_an_archive_that_unpacks_to_much_more_than_it_is_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb(tmp_path / "x.npz", (110, 1000, 1000))
    assert outside.array_headers(tmp_path / "x.npz")["x_train"][0] == (110, 1000, 1000)
    monkeypatch.setattr(outside, "_UNSUSPECTED", 100 * 2**20)
    with pytest.raises(ValueError, match=r"0\.1 MB that unpack to 0\.1 GB"):
        outside.read_arrays(tmp_path / "x.npz")


ODD = {
    "more than is there": "{'descr': '|u1', 'fortran_order': False, 'shape': (9999999, 9999999)}",
    "less than is there": "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}",
    "negative": "{'descr': '|u1', 'fortran_order': False, 'shape': (-4, -4)}",
    "no header": "nothing",
    "half a header": "{'descr': '|u1'",
    "deep": f"{'(' * 5000}{')' * 5000}",
    "a call": "{'descr': '|u1', 'fortran_order': False, 'shape': __import__('os').getcwd()}",
    "no type": "{'descr': '|q9', 'fortran_order': False, 'shape': (16,)}",
    "nul": "{'descr': '|u1', \0'fortran_order': False, 'shape': (16,)}",
}


@pytest.mark.parametrize("header", ODD.values(), ids=list(ODD))
def test_an_array_that_is_not_what_its_header_says_is_a_value_error(
    tmp_path: Path, header: str
) -> None:
    with_header(tmp_path / "x.npz", header, bytes(16))
    with pytest.raises(ValueError, match=r"\w"):
        outside.array_headers(tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"\w"):
        outside.read_arrays(tmp_path / "x.npz")


def test_a_broken_archive_is_an_error_of_value_or_system_wherever_it_is_broken(
    tmp_path: Path,
) -> None:
    file = tmp_path / "x.npz"
    np.savez_compressed(file, x=np.arange(500), y=np.array(["a", "b"]))
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    failed = 0
    for _ in range(300):
        broken = bytearray(whole[: rng.integers(len(whole))] if rng.random() < 0.3 else whole)
        for place in rng.integers(len(broken), size=3) if broken else []:
            broken[place] = rng.integers(256)
        file.write_bytes(broken)
        try:
            outside.read_arrays(file)
        except (OSError, ValueError):
            failed += 1
    assert failed > 200


def test_a_mapped_array_is_what_was_saved_and_all_of_it(tmp_path: Path) -> None:
    file, array = tmp_path / "x.npy", np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    for order in (array, np.asfortranarray(array)):
        np.save(file, order)
        mapped = outside.map_array(file)
        np.testing.assert_array_equal(mapped, array)
        assert isinstance(mapped, np.memmap) and not mapped.flags.writeable
    whole = file.read_bytes()
    for wrong in (whole[:-1], whole + b"\0", whole.replace(b"<i2", b"|O8"), whole[:60], b"PK", b""):
        file.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"."):
            outside.map_array(file)


def test_arrays_are_read_as_they_are_and_objects_never(tmp_path: Path) -> None:
    arrays = {"x": np.arange(6).reshape(2, 3), "empty": np.zeros((0, 4)), "one": np.array("text")}
    np.savez(tmp_path / "x.npz", **arrays)
    read = outside.read_arrays(tmp_path / "x.npz")
    assert {name: array.tolist() for name, array in read.items()} == {
        name: array.tolist() for name, array in arrays.items()
    }
    assert list(outside.read_arrays(tmp_path / "x.npz", ["x"])) == ["x"]
    np.savez(tmp_path / "o.npz", o=np.array([{}], object))
    assert outside.array_headers(tmp_path / "o.npz")["o"][1].hasobject
    with pytest.raises(ValueError, match="objects of Python"):
        outside.read_arrays(tmp_path / "o.npz")
