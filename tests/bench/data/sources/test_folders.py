"""Which images a folder of class folders holds, and what is said where it cannot be meant."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from augbench.bench.data.sources.folders import list_folder

from augbench.errors import InputError
from tests.bench.making_images import class_folders, picture, write

IMAGE = picture(8, 8)


def listed(root: Path) -> list[tuple[str, str, int]]:
    return [(file.shown, file.label, file.split) for file in list_folder(root).files]


def test_class_folders_alone_are_training_images_in_sorted_order(tmp_path: Path) -> None:
    class_folders(tmp_path, {"dog": 1, "Zebra": 1, "cat": 2})
    assert list_folder(tmp_path).classes == ("Zebra", "cat", "dog")
    assert listed(tmp_path) == [
        ("Zebra/0.png", "Zebra", 0),
        ("cat/0.png", "cat", 0),
        ("cat/1.png", "cat", 0),
        ("dog/0.png", "dog", 0),
    ]


@pytest.mark.parametrize("word", ["validation", "val", "Val"])
def test_parts_are_named_train_validation_or_val_and_test(tmp_path: Path, word: str) -> None:
    class_folders(
        tmp_path, {f"{part}/{name}": 1 for part in ("train", word, "test") for name in "ab"}
    )
    splits = {shown.split("/")[0]: split for shown, _, split in listed(tmp_path)}
    assert splits == {"train": 0, word: 1, "test": 2}
    assert list_folder(tmp_path).classes == ("a", "b")


def test_two_folders_for_one_part_are_an_error(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 1, "train/b": 1, "val/a": 1, "validation/a": 1})
    with pytest.raises(InputError, match="both 'val' and 'validation'"):
        list_folder(tmp_path)


def test_other_files_are_ignored_without_a_word(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1})
    for name in ("Thumbs.db", ".DS_Store", "notes.txt", "._0.png", ".hidden.png", "labels.csv"):
        write(tmp_path / "a" / name, b"other")
    write(tmp_path / "LICENSE.txt", b"other")
    write(tmp_path / "__MACOSX" / "a" / "._0.png", b"other")
    write(tmp_path / ".ipynb_checkpoints" / "0.png", IMAGE)
    listing = list_folder(tmp_path)
    assert [file.shown for file in listing.files] == ["a/0.png", "b/0.png"]
    assert listing.classes == ("a", "b")
    assert (listing.unreadable, listing.warnings) == ([], [])


def test_image_formats_that_are_not_read_are_listed(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1})
    write(tmp_path / "a" / "photo.HEIC", b"x")
    ((path, reason),) = list_folder(tmp_path).unreadable
    assert path == "a/photo.HEIC"
    assert reason == "HEIC is not read; save it as JPEG or PNG"


def test_suffixes_count_in_any_case_and_at_any_depth(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1})
    for name in ("x.JPG", "deep/er/y.jpeg", "z.Tif"):
        write(tmp_path / "a" / name, IMAGE)
    assert [shown for shown, label, _ in listed(tmp_path) if label == "a"] == [
        "a/0.png", "a/deep/er/y.jpeg", "a/x.JPG", "a/z.Tif",
    ]  # fmt: skip


def test_images_without_class_folders_are_an_error_that_shows_the_layout(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        write(tmp_path / name, IMAGE)
    with pytest.raises(InputError, match=r"2 images in .* but no class folders; .*cat.*dog"):
        list_folder(tmp_path)


def test_an_empty_folder_and_an_empty_training_part_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no class folders"):
        list_folder(tmp_path)
    class_folders(tmp_path, {"test/a": 1, "test/b": 1})
    with pytest.raises(InputError, match="has 'test' but no 'train'"):
        list_folder(tmp_path)


def test_loose_images_and_folders_beside_train_are_told(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 1, "train/b": 1, "extra/a": 1})
    write(tmp_path / "train" / "loose.png", IMAGE)
    text = " ".join(list_folder(tmp_path).warnings)
    assert "folders beside train/ are not used: 'extra'" in text
    assert "1 image in train/ outside class folders left out" in text


def test_one_class_folder_is_an_error_and_a_folder_too_high_gets_a_hint(tmp_path: Path) -> None:
    class_folders(tmp_path / "one", {"a": 2})
    with pytest.raises(InputError, match="one class folder only, 'a'; two or more"):
        list_folder(tmp_path / "one")
    class_folders(tmp_path / "high", {"set/a": 1, "set/b": 1})
    with pytest.raises(InputError, match=r"did you mean '.*set'"):
        list_folder(tmp_path / "high")


def test_a_class_that_only_the_test_part_has_is_an_error(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 1, "train/b": 1, "test/a": 1, "test/c": 1})
    with pytest.raises(InputError, match=r"has classes that .*train lacks: 'c'"):
        list_folder(tmp_path)


def test_a_class_of_trains_is_a_class(tmp_path: Path) -> None:
    class_folders(tmp_path, {"car": 1, "train": 1, "bus": 1})
    assert list_folder(tmp_path).classes == ("bus", "car", "train")


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    class_folders(tmp_path / "real", {"a": 1, "b": 1})
    root = tmp_path / "linked"
    root.mkdir()
    (root / "a").symlink_to(tmp_path / "real" / "a")
    (root / "b").mkdir()
    (root / "b" / "file.png").symlink_to(tmp_path / "real" / "b" / "0.png")
    (root / "b" / "up").symlink_to(root)
    (root / "b" / "self.png").symlink_to(root / "b" / "self.png")
    (root / "b" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    followed = list_folder(root, follow_links=True)
    shown = [file.shown for file in followed.files if file.label == "b"]
    assert not followed.warnings and shown[:3] == ["b/file.png", "b/gone.png", "b/self.png"]
    assert len(shown) < 10
    assert [file.shown for file in followed.files if file.label == "a"] == ["a/0.png"]


def test_links_out_of_the_folder_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    class_folders(tmp_path / "private", {"x": 3})
    root = tmp_path / "data"
    class_folders(root, {"a": 1, "b": 1})
    (root / "a" / "within.png").symlink_to(root / "b" / "0.png")
    (root / "a" / "one.png").symlink_to(tmp_path / "private" / "x" / "0.png")
    (root / "a" / "up.png").symlink_to(Path("../../private/x/1.png"))
    (root / "b" / "more").symlink_to(tmp_path / "private")
    (root / "c").symlink_to(tmp_path / "private" / "x")
    listing = list_folder(root)
    assert [file.shown for file in listing.files] == ["a/0.png", "a/within.png", "b/0.png"]
    assert listing.classes == ("a", "b")
    assert len(listing.warnings) == 1
    assert listing.warnings[0].startswith("4 links out of ")
    assert "as a/one.png; --follow-links" in listing.warnings[0]
    assert list_folder(root, follow_links=True).classes == ("a", "b", "c")
    link = tmp_path / "link"
    link.symlink_to(root)  # the folder that is named may be a link itself
    assert len(list_folder(link).files) == 3
    (root / "b" / "0.png").unlink()
    (root / "b").rename(root / "a" / "b")
    with pytest.raises(InputError, match=r"one class folder only.*; 4 links out of"):
        list_folder(root)


def test_names_in_any_script_and_with_any_sign_are_kept(tmp_path: Path) -> None:
    names = ["Ärger", "猫", "a b", "x,y;'\"", "<script>", "%s{0}", "-rf"]
    class_folders(tmp_path, dict.fromkeys(names, 1))
    assert list_folder(tmp_path).classes == tuple(sorted(names))


def test_both_ways_of_writing_an_accent_are_one_class(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", "café")
    class_folders(tmp_path, {f"train/{composed}": 1, "train/tea": 1})
    class_folders(tmp_path, {f"test/{unicodedata.normalize('NFD', composed)}": 1, "test/tea": 1})
    assert list_folder(tmp_path).classes == (composed, "tea")
    assert {label for _, label, _ in listed(tmp_path)} == {composed, "tea"}


def test_bytes_that_are_no_utf_8_are_shown_in_hexadecimal(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1})
    strange = os.path.join(os.fsencode(tmp_path), b"a", b"\xff.png")
    try:
        os.rename(tmp_path / "a" / "0.png", strange)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert listed(tmp_path)[0][0] == "a/\\xff.png"
    assert list_folder(tmp_path).files[0].path.read_bytes()


def test_a_folder_that_may_not_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(tmp_path, {"a": 1, "b": 1})
    scan = os.scandir

    def refused(path: Path) -> object:
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(InputError, match=r"cannot list .*a: Permission denied"):
        list_folder(tmp_path)


def test_photos_are_found_in_their_parts(clothing: Path) -> None:
    listing = list_folder(clothing)
    assert {file.path for file in listing.files} == set(clothing.glob("*/*/*.jpg"))
    assert len(listing.classes) == 10
    assert {file.split for file in listing.files} == {0, 1, 2}
    assert listing.warnings == []


def test_letters_have_no_validation_part(letters: Path) -> None:
    listing = list_folder(letters)
    assert (len(listing.files), len(listing.classes)) == (520, 26)
    assert {file.split for file in listing.files} == {0, 2}
