"""Pixels are decoded once, kept whole or not at all, and made again when anything changed."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import cache_folder, decoding, load, reopen
from augbench.bench.data.cache import entry as cached
from augbench.bench.data.sources import files
from PIL import Image

from augbench.errors import InputError
from augbench.files import read_sealed, write_sealed
from tests.bench.making_images import class_folders, picture, write


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten images whose time stamps count as old."""
    monkeypatch.setattr(files, "_SETTLED_NS", 0)
    return class_folders(tmp_path / "set", {"a": 5, "b": 5})


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def decoder_is_gone(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on nothing opens an image."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("no image has to be opened")

    return lambda: monkeypatch.setattr(Image, "open", refuse)


def counted(folder: Path, cache: Path, **options: Any) -> dict[str, int]:
    """Load, and return how many images each kind of work was done on."""
    work: dict[str, int] = {}
    load(
        str(folder),
        cache=cache,
        progress=lambda done, _, what: work.update({what: done}),
        **options,
    )
    return work


def entries(cache: Path) -> list[Path]:
    return sorted(path for path in (cache / "data").iterdir() if path.is_dir())


def test_a_second_load_opens_no_image(
    images: Path, cache: Path, decoder_is_gone: Callable[[], None]
) -> None:
    first = load(str(images), cache=cache)
    decoder_is_gone()
    second = load(str(images), cache=cache)
    np.testing.assert_array_equal(first.images, second.images)
    assert first.fingerprint == second.fingerprint
    assert isinstance(second.images, np.memmap)
    assert not second.images.flags.writeable
    assert counted(images, cache) == {}


def test_a_file_written_a_moment_ago_is_read_again(tmp_path: Path, cache: Path) -> None:
    folder = class_folders(tmp_path / "set", {"a": 5, "b": 5})
    counted(folder, cache)
    assert counted(folder, cache) == {"reading image files": 10}


def test_changed_content_is_decoded_again_even_at_the_same_size_and_time(
    images: Path, cache: Path
) -> None:
    file = images / "a" / "0.bmp"
    write(file, picture(12, 12, seed=100))
    before, stat = load(str(images), cache=cache), file.stat()
    write(file, picture(12, 12, seed=101))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    after = load(str(images), cache=cache)
    row = after.paths.index("a/0.bmp")
    np.testing.assert_array_equal(after.images[row], picture(12, 12, seed=101))
    np.testing.assert_array_equal(before.images[row], picture(12, 12, seed=100))
    assert after.fingerprint != before.fingerprint


def test_a_touched_or_moved_folder_is_hashed_but_not_decoded_again(
    images: Path, cache: Path
) -> None:
    before = load(str(images), cache=cache)
    os.utime(images / "a" / "0.png", (1, 1))
    assert counted(images, cache) == {"reading image files": 1}
    moved = images.rename(images.with_name("moved"))
    assert counted(moved, cache) == {"reading image files": 10}
    assert load(str(moved), cache=cache).fingerprint == before.fingerprint


def test_each_size_has_an_entry_of_its_own(images: Path, cache: Path) -> None:
    assert load(str(images), image_size=20, cache=cache).shape == (20, 20, 3)
    assert load(str(images), image_size=(16, 24), cache=cache).shape == (16, 24, 3)
    assert len(entries(cache)) == 2


def _cut(entry: Path) -> None:
    os.truncate(entry / "images.npy", 500)


def _lose_rows(entry: Path) -> None:
    (entry / "rows.npz").unlink()


def _scribble(entry: Path) -> None:
    (entry / "rows.npz").write_bytes(b"PK\x03\x04 nonsense")


def _empty(entry: Path) -> None:
    (entry / "meta").write_bytes(b"")


def _other_json(entry: Path) -> None:
    (entry / "meta").write_text("[1, 2]")


def _no_json(entry: Path) -> None:
    content = b"\xff[1]"
    seal = hashlib.sha256(content).hexdigest().encode()
    (entry / "meta").write_bytes(seal + b"\n" + content)


def _a_list(entry: Path) -> None:
    write_sealed(entry / "meta", [1, 2])


def _flip_a_bit(entry: Path) -> None:
    content = bytearray((entry / "meta").read_bytes())
    content[content.index(b"grouped")] ^= 1
    (entry / "meta").write_bytes(content)


def _other_format(entry: Path) -> None:
    write_sealed(entry / "meta", {**read_sealed(entry / "meta"), "format": 999})


def _other_pixels(entry: Path) -> None:
    images = np.load(entry / "images.npy")
    np.save(entry / "images.npy", images.astype(np.float32))


def _fewer_rows(entry: Path) -> None:
    two = np.arange(2)
    np.savez(entry / "rows.npz", labels=two, split=two, duplicate_of=two, group_of=two)


def _floats(entry: Path) -> None:
    rows = np.arange(10.0)
    np.savez(entry / "rows.npz", labels=rows, split=rows, duplicate_of=rows, group_of=rows)


def _pickled(entry: Path) -> None:
    rows = np.array([{}] * 10, object)
    np.savez(entry / "rows.npz", labels=rows, split=rows, duplicate_of=rows, group_of=rows)


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _lose_rows,
        _scribble,
        _empty,
        _other_json,
        _no_json,
        _a_list,
        _flip_a_bit,
        _other_format,
        _other_pixels,
        _fewer_rows,
        _floats,
        _pickled,
    ],
)
def test_a_damaged_entry_is_built_again(
    images: Path, cache: Path, damage: Callable[[Path], None]
) -> None:
    before = np.array(load(str(images), cache=cache).images)
    damage(entries(cache)[0])
    assert counted(images, cache) == {"decoding images": 10}
    np.testing.assert_array_equal(load(str(images), cache=cache).images, before)


@pytest.mark.parametrize("damage", ["cut", "a digit of a file's digest", "brackets", "a pipe"])
def test_a_damaged_index_is_made_again(images: Path, cache: Path, damage: str) -> None:
    counted(images, cache)
    (index,) = (cache / "index").iterdir()
    content = bytearray(index.read_bytes())
    if damage == "cut":
        index.write_bytes(content[:-1])
    elif damage == "brackets":
        index.write_text("[" * 100_000)
    elif damage == "a pipe":
        index.unlink()
        os.mkfifo(index)
    else:
        (row, *_) = files._load_index(index).values()
        place = content.index(row[3].encode())
        content[place] = ord("0" if content[place] != ord("0") else "1")
        index.write_bytes(content)
    assert counted(images, cache) == {"reading image files": 10}
    assert counted(images, cache) == {}


def test_what_a_killed_process_left_is_removed(images: Path, cache: Path) -> None:
    load(str(images), cache=cache)
    (entry,) = entries(cache)
    left = entry.with_name(f".{entry.name}.0123.part")
    entry.rename(left)
    load(str(images), cache=cache)
    assert entries(cache) == [entry]


def test_a_disk_without_room_is_one_line_before_anything_is_decoded(
    images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(images)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(InputError, match=r"needs 4\.32 kB .*AUGBENCH_CACHE") as caught:
        load(str(images), cache=cache)
    assert "\n" not in str(caught.value)
    assert entries(cache) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fills_up_or_fails_meanwhile_is_one_line_and_leaves_nothing(
    images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fill(file: Any, pixels: Any, most: int, shape: tuple[int, int, int]) -> int:
        file.write(next(pixels))
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(decoding, "write_images", fill)
        expected = "free some" if code == errno.ENOSPC else "cannot write the cache"
        with pytest.raises(InputError, match=expected) as caught:
            load(str(images), cache=cache)
    assert "\n" not in str(caught.value)
    assert entries(cache) == []
    assert not list(cache.rglob("*.part"))
    threads = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("ThreadPoolExecutor") for name in threads), threads
    assert len(load(str(images), cache=cache)) == 10


def test_a_disk_too_full_for_the_index_leaves_nothing(
    images: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(part: Path, place: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", fill)
    with pytest.raises(InputError, match=r"the pixel cache needs more space in .*index"):
        load(str(images), cache=cache)
    assert not list(cache.rglob("*.part"))


def test_an_interruption_leaves_nothing(images: Path, cache: Path) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if what == "decoding images":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(str(images), cache=cache, jobs=2, progress=stop)
    assert entries(cache) == []


def test_fewer_images_than_announced_make_a_valid_file(tmp_path: Path) -> None:
    pixels = np.arange(5 * 4 * 3 * 1, dtype=np.uint8).reshape(5, 4, 3, 1)
    with (tmp_path / "x.npy").open("wb") as file:
        assert cached.write_images(file, iter(pixels), 10**9, (4, 3, 1)) == 5
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy", mmap_mode="r"), pixels)


def test_the_folder_is_the_one_named_else_the_environments_else_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGBENCH_CACHE", str(tmp_path / "environment"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert cache_folder(tmp_path / "named") == tmp_path / "named"
    assert cache_folder() == tmp_path / "environment"
    monkeypatch.delenv("AUGBENCH_CACHE")
    assert cache_folder().is_relative_to(tmp_path / "user")
    assert cache_folder().is_dir()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="set AUGBENCH_CACHE to a folder that can"):
        cache_folder(tmp_path / "file" / "cache")


def test_a_reference_to_an_emptied_cache_says_so(images: Path, cache: Path) -> None:
    reference = load(str(images), cache=cache).reference
    assert len(reopen(reference, cache)) == 10
    shutil.rmtree(cache)
    with pytest.raises(InputError, match=r"cached pixels in .* are gone; run it again"):
        reopen(reference, cache)


def _load_with_others(folder: str, cache: str, barrier: Any, results: Any) -> None:
    decoded = [0]

    def progress(done: int, total: int, what: str) -> None:
        if what == "decoding images":
            decoded[0] = done

    barrier.wait(60)
    dataset = load(folder, cache=Path(cache), jobs=1, progress=progress)
    results.put((decoded[0], (dataset.fingerprint, int(dataset.images.sum()))))


def test_two_processes_at_once_both_succeed_and_one_decodes(tmp_path: Path, cache: Path) -> None:
    folder = class_folders(tmp_path / "set", {"a": 60, "b": 60}, size=(300, 300))
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(2), spawn.Queue()
    arguments = (str(folder), str(cache), barrier, results)
    processes = [spawn.Process(target=_load_with_others, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sorted(decoded for decoded, _ in found) == [0, 120]
    assert len({made for _, made in found}) == 1
    assert len(entries(cache)) == 1
