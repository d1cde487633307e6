"""Is a file or folder there whole or not at all, and does a lock let one process in at a time?"""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from augbench.files import WriteError, locked, placed_whole, sweep_parts, write_whole, written_whole


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_takes_the_place_of_the_old_one_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    assert write_whole(path, "first\r\n") == path
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["file.txt"]


def test_text_is_utf_8_with_its_own_line_breaks_and_never_fails(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "file", "é\r\n\udc80")
    assert path.read_bytes() == "é\r\n\\udc80".encode()


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "file", "old")
    with written_whole(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_what_fails_half_way_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    path = write_whole(tmp_path / "file", "old")
    with pytest.raises(kind), written_whole(path) as file:
        file.write(b"new")
        raise kind
    folder = tmp_path / "folder"
    with pytest.raises(kind), placed_whole(folder) as part:
        part.mkdir()
        (part / "half").touch()
        raise kind
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_file_takes_the_place_of_no_folder(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "precious.jpg").touch()
    with pytest.raises(WriteError, match=r"photos: a folder is there.*name a file"):
        write_whole(tmp_path / "photos", "new")
    assert names(tmp_path) == ["photos"] and names(tmp_path / "photos") == ["precious.jpg"]


def test_a_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with placed_whole(tmp_path / "folder") as part:
            part.mkdir()
            (part / content).touch()
    assert names(tmp_path / "folder") == ["second"]
    assert names(tmp_path) == ["folder"]


def test_what_killed_processes_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    for name in ("file", "other", ".hidden"):
        write_whole(tmp_path / name, "whole")
    (tmp_path / ".file.0123.part").touch()
    (tmp_path / ".other.0123.part").mkdir()
    (tmp_path / ".other.0123.part" / "half").touch()
    sweep_parts(tmp_path, "file")
    assert names(tmp_path) == [".hidden", ".other.0123.part", "file", "other"]
    sweep_parts(tmp_path)
    assert names(tmp_path) == [".hidden", "file", "other"]


def test_what_is_swept_is_what_a_killed_process_leaves(tmp_path: Path) -> None:
    writing = written_whole(tmp_path / "file")
    writing.__enter__().write(b"half")  # and never comes to an end
    assert len(names(tmp_path)) == 1
    sweep_parts(tmp_path, "file")
    assert names(tmp_path) == []


def _hold(path: str, inside: Any, leave: Any) -> None:
    with locked(Path(path)):
        inside.set()
        leave.wait(60)


def test_another_process_waits_for_the_lock_and_says_so_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    inside, leave = spawn.Event(), spawn.Event()
    path = tmp_path / "locks" / "lock"
    process = spawn.Process(target=_hold, args=(str(path), inside, leave))
    process.start()
    assert inside.wait(60)
    waited = []

    def wait() -> None:
        waited.append(process.is_alive())
        leave.set()

    with locked(path, wait):
        assert waited == [True]
    process.join(60)
    with locked(path, wait):
        assert waited == [True]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_a_disk_refuses_is_said_with_file_and_remedy_and_leaves_nothing(
    tmp_path: Path, number: int
) -> None:
    path = write_whole(tmp_path / "file", "old")
    words = rf"^cannot write {path}: .*; .*(folder|space)"
    with pytest.raises(OSError, match=words) as told, placed_whole(path) as part:
        part.write_text("half")
        raise OSError(number, os.strerror(number), str(part))
    assert told.value.errno == number
    with pytest.raises(OSError, match=words), placed_whole(path) as part:
        part.mkdir()
        with placed_whole(part / "inside"):  # a file of a folder that nobody will see
            raise OSError(number, os.strerror(number))
    assert path.read_text() == "old" and names(tmp_path) == ["file"]


def test_what_else_goes_wrong_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((NotADirectoryError, FileExistsError)):
        write_whole(tmp_path / "file" / "inside", "x")
