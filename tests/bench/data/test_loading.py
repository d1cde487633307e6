"""A DATA text becomes a data set that says what it left out and that any process can reopen."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from augbench.bench.data import Parts, block, load, reopen
from augbench.bench.data.loading import final_size
from augbench.bench.data.sources import files
from augbench.bench.data.sources.files import open_files
from augbench.bench.data.sources.folders import list_folder
from augbench.bench.data.sources.source import Source
from PIL import Image

from augbench.errors import InputError
from tests.bench.making_images import class_folders, encoded, picture, write


def warned(folder: Path, **options: Any) -> str:
    return " | ".join(load(str(folder), **options).warnings)


@pytest.mark.parametrize(
    ("native", "asked", "minimum", "size"),
    [
        ((28, 28), None, 10, (28, 28)),
        ((128, 100), None, 10, (128, 100)),
        ((129, 100), None, 10, (64, 64)),
        (None, None, 10, (64, 64)),
        (None, None, 75, (75, 75)),
        ((8, 8), None, 10, (16, 16)),
        ((9, 30), None, 10, (18, 60)),
        ((28, 28), None, 32, (56, 56)),
        ((28, 28), 32, 10, (32, 32)),
        (None, (48, 96), 10, (48, 96)),
    ],
)
def test_the_size_is_the_images_own_up_to_128_else_64_or_as_asked(
    native: tuple[int, int] | None, asked: Any, minimum: int, size: tuple[int, int]
) -> None:
    assert final_size(native, asked, minimum)[0] == size


@pytest.mark.parametrize("asked", [9, (9, 64), 0, -4])
def test_a_size_below_the_models_least_is_an_error(asked: Any) -> None:
    with pytest.raises(InputError, match="the model needs 10 px a side"):
        final_size((28, 28), asked, 10)


def test_an_unknown_name_is_an_error_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no data set 'fashionmnist'.*did you mean 'fashion_mnist'"
    ):
        load("fashionmnist")
    write(tmp_path / "set.zip", b"x")
    with pytest.raises(InputError, match=r"give a folder, an \.npz, a \.csv or a \.parquet"):
        load(str(tmp_path / "set.zip"))


def test_pixels_labels_and_parts_agree_with_the_files(tmp_path: Path) -> None:
    names = {f"{part}/{name}": 3 for part in ("train", "val", "test") for name in ("cat", "dog")}
    dataset = load(str(class_folders(tmp_path / "pets", names)), jobs=2)
    assert (dataset.name, dataset.classes, len(dataset)) == ("pets", ("cat", "dog"), 18)
    assert dataset.split_origins == {"validation": "folder", "test": "folder"}
    for row, path in enumerate(dataset.paths):
        part, label, _ = path.split("/")
        assert dataset.classes[dataset.labels[row]] == label
        assert ("train", "val", "test")[dataset.split[row]] == part
        pixels = np.asarray(Image.open(tmp_path / "pets" / path))
        np.testing.assert_array_equal(dataset.images[row], pixels)


def test_images_of_different_sizes_become_64_px(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 3}, size=(30, 40))
    class_folders(tmp_path, {"b": 3}, size=(90, 20))
    assert load(str(tmp_path)).shape == (64, 64, 3)


def test_grey_stays_one_channel_and_one_colour_image_makes_all_colour(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 3, "b": 3}, channels=1)
    grey = load(str(tmp_path))
    assert grey.shape == (12, 12, 1)
    write(tmp_path / "a" / "colour.png", picture(12, 12))
    mixed = load(str(tmp_path))
    assert mixed.shape == (12, 12, 3)
    row = mixed.paths.index("a/0.png")
    np.testing.assert_array_equal(mixed.images[row], np.repeat(grey.images[0], 3, axis=2))


def test_unreadable_files_are_listed_and_the_rest_is_used(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 4, "b": 4})
    write(tmp_path / "a" / "empty.jpg", b"")
    write(tmp_path / "a" / "text.png", b"no image")
    write(tmp_path / "b" / "cut.png", encoded(picture(12, 12), "PNG")[:-60])
    write(tmp_path / "b" / "photo.heic", b"x")
    (tmp_path / "b" / "gone.png").symlink_to(tmp_path / "nowhere")
    for _ in range(2):
        dataset = load(str(tmp_path))
        assert len(dataset) == 8
        reasons = dict(dataset.unreadable)
        assert set(reasons) == {
            "a/empty.jpg", "a/text.png", "b/cut.png", "b/photo.heic", "b/gone.png",
        }  # fmt: skip
        assert reasons["a/empty.jpg"] == "the file is empty"
        assert "truncated" in reasons["b/cut.png"]
        assert reasons["b/gone.png"] == "No such file or directory"
        assert any("5 files could not be read and left out" in text for text in dataset.warnings)


@pytest.mark.parametrize("data", [None, b"no image", encoded(picture(12, 12), "PNG")[:-60]])
def test_a_class_that_ends_up_empty_is_an_error_that_names_it(
    tmp_path: Path, data: bytes | None
) -> None:
    class_folders(tmp_path, {"cat": 3, "dog": 3, "eel": 0})
    if data is not None:
        write(tmp_path / "eel" / "0.png", data)
    with pytest.raises(InputError, match="class 'eel' has no readable training image") as caught:
        load(str(tmp_path))
    assert ("eel/0.png" in str(caught.value)) == (data is not None)


def test_a_class_of_one_image_is_told_and_only_such_classes_are_an_error(tmp_path: Path) -> None:
    class_folders(tmp_path / "some", {"a": 5, "b": 1})
    assert "split off for validation and test lacks them: 'b'" in warned(tmp_path / "some")
    class_folders(tmp_path / "all", {"a": 1, "b": 1})
    with pytest.raises(InputError, match="too few images to split off a test part"):
        load(str(tmp_path / "all"))
    class_folders(tmp_path / "two", {"a": 2, "b": 2})
    with pytest.raises(InputError, match="too few images to split off a validation part"):
        load(str(tmp_path / "two"))
    names = {f"{part}/{name}": 1 for part in ("train", "val", "test") for name in "ab"}
    assert len(load(str(class_folders(tmp_path / "given", names)))) == 6


def test_a_class_without_a_test_image_is_told(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 4, "train/b": 4, "test/a": 2, "test/b": 0})
    assert "classes without a test image: 'b'" in warned(tmp_path)


def test_an_empty_validation_folder_is_told_and_replaced(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 6, "train/b": 6, "val/a": 0, "val/b": 0})
    dataset = load(str(tmp_path))
    assert "val/ holds no images; validation images are split off instead" in dataset.warnings
    assert dataset.split_origins["validation"] == "stratified per seed"
    assert len(block(dataset, 0).validation) == 2


def test_equal_pictures_in_two_parts_are_found_whatever_their_files(tmp_path: Path) -> None:
    class_folders(tmp_path, {"train/a": 4, "train/b": 4, "val/a": 2, "val/b": 2, "test/a": 2})
    same = picture(12, 12, seed=999)
    write(tmp_path / "train" / "a" / "x.png", same)
    write(tmp_path / "test" / "a" / "y.bmp", same)
    write(tmp_path / "val" / "b" / "z.tiff", same)
    write(tmp_path / "train" / "a" / "x2.png", same)
    dataset = load(str(tmp_path))
    assert dataset.duplicates == (
        ("train/a/x.png", "val/b/z.tiff", "train/validation"),
        ("train/a/x.png", "test/a/y.bmp", "train/test"),
    )
    text = " | ".join(dataset.warnings)
    assert "2 images equal to one of another part" in text
    assert "1 image equal to one of another class, as train/a/x.png and val/b/z.tiff" in text


def test_equal_pictures_within_a_part_are_no_leak_and_stay_together(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 8, "b": 8})
    for number in range(8):
        write(tmp_path / "a" / f"copy{number}.png", picture(12, 12, seed=number))
    dataset = load(str(tmp_path))
    assert dataset.duplicates == ()
    for seed in range(5):
        found = block(dataset, seed)
        sides = [
            set(dataset.duplicate_of[part]) for part in (found.train, found.validation, found.test)
        ]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_progress_counts_every_file_up_to_the_last(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 70, "b": 61})
    seen: list[tuple[int, int, str]] = []
    load(str(tmp_path), jobs=2, progress=lambda *told: seen.append(told))
    for what in ("reading image files", "decoding images"):
        done = [now for now, total, kind in seen if kind == what and total == 131]
        assert done == sorted(done)
        assert len(done) >= 3
        assert done[-1] == 131


def test_threads_change_nothing(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "set", {"a": 40, "b": 41})
    one = load(str(folder), jobs=1, cache=tmp_path / "one")
    four = load(str(folder), jobs=4, cache=tmp_path / "four")
    np.testing.assert_array_equal(one.images, four.images)
    assert (one.fingerprint, one.paths) == (four.fingerprint, four.paths)


def test_the_fingerprint_follows_contents_names_parts_and_size(tmp_path: Path) -> None:
    def of(name: str, counts: dict[str, int], **options: Any) -> str:
        return load(str(class_folders(tmp_path / name, counts)), **options).fingerprint

    base = of("1", {"a": 4, "b": 4})
    assert of("2", {"a": 4, "b": 4}) == base
    others = [
        of("3", {"a": 4, "c": 4}),
        of("4", {"a": 4, "b": 5}),
        of("5", {"b": 4, "a": 4}),
        of("6", {"train/a": 4, "train/b": 4}),
        of("7", {"a": 4, "b": 4}, image_size=16),
    ]
    assert len({base, *others}) == 6


def test_a_training_size_is_checked_against_what_there_is(tmp_path: Path) -> None:
    folder = class_folders(tmp_path, {"a": 10, "b": 10, "c": 10})
    with pytest.raises(InputError, match="--train-size 2 is below one image for each of 3"):
        load(str(folder), parts=Parts(train_size=2))
    assert "--train-size 100 is above the 24 images" in warned(folder, parts=Parts(train_size=100))
    assert "--train-size" not in warned(folder, parts=Parts(train_size=12))


@pytest.mark.parametrize("settled", [False, True])
def test_a_file_that_changes_between_hashing_and_decoding_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    if settled:
        monkeypatch.setattr(files, "_SETTLED_NS", -(10**9))
    source = of_two_images(tmp_path)
    write(tmp_path / "set" / "a" / "0.png", picture(12, 12, seed=5))
    with pytest.raises(InputError, match=r"0\.png changed while it was read"):
        source.open().read(0, (12, 12), 3)


def test_a_file_that_no_change_can_have_left_as_it_is_is_not_hashed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SETTLED_NS", -(10**9))
    read = of_two_images(tmp_path).open().read
    pixels = read(0, (12, 12), 3)
    monkeypatch.setattr(files.hashlib, "sha256", lambda data: pytest.fail("it is hashed"))
    np.testing.assert_array_equal(read(0, (12, 12), 3), pixels)


def of_two_images(folder: Path) -> Source:
    class_folders(folder / "set", {"a": 1, "b": 1})
    listing = list_folder(folder / "set")
    return open_files(
        "set", folder / "set", listing, jobs=1, progress=lambda *told: None, cache=folder
    )


def _reopened(reference: dict[str, Any], results: Any) -> None:
    dataset = reopen(reference)
    found = block(dataset, 3)
    results.put(
        (dataset.fingerprint, int(dataset.images.sum()), found.validation, dataset.warnings)
    )


def test_another_process_reopens_the_same_data_from_its_reference() -> None:
    dataset = load("digits", parts=Parts(train_size=5000))
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    process = spawn.Process(target=_reopened, args=(dataset.reference, results))
    process.start()
    fingerprint, total, validation, warnings = results.get(timeout=60)
    process.join(60)
    assert process.exitcode == 0
    assert (fingerprint, warnings) == (dataset.fingerprint, dataset.warnings)
    assert total == int(dataset.images.sum())
    np.testing.assert_array_equal(validation, block(dataset, 3).validation)


def test_a_machine_with_the_pixels_in_another_place_reopens_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load(str(class_folders(tmp_path / "set", {"a": 5, "b": 5})), cache=tmp_path / "here")
    assert str(tmp_path) not in json.dumps(dataset.reference)
    (tmp_path / "here").rename(tmp_path / "there")
    monkeypatch.setenv("AUGBENCH_CACHE", str(tmp_path / "there"))
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    process = spawn.Process(target=_reopened, args=(dataset.reference, results))
    process.start()
    fingerprint, total, *_ = results.get(timeout=60)
    process.join(60)
    assert (fingerprint, total) == (dataset.fingerprint, int(dataset.images.sum()))


def test_a_data_set_is_named_by_a_short_plain_reference_and_shows_itself_briefly() -> None:
    dataset = load("digits")
    content = json.dumps(dataset.reference)
    assert len(content) < 2000
    again = reopen(json.loads(content))
    np.testing.assert_array_equal(again.images, dataset.images)
    assert again.unreadable == dataset.unreadable
    assert repr(dataset) == "Dataset('digits', 1,797 images of 16×16×1, 10 classes)"


def test_photos_load_whole(clothing: Path) -> None:
    dataset = load(str(clothing), image_size=32, jobs=2)
    parts = [len(list(clothing.glob(f"{part}/*/*"))) for part in ("train", "validation", "test")]
    assert dataset.images.shape == (sum(parts), 32, 32, 3)
    assert np.bincount(dataset.split).tolist() == parts
    assert dataset.unreadable == ()
    assert dataset.split_origins == {"validation": "folder", "test": "folder"}
    for row in (0, len(dataset) // 2, -1):
        with Image.open(clothing / dataset.paths[row]) as image:
            pixels = np.asarray(image.convert("RGB"))
        means = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA).astype(int)
        assert np.abs(dataset.images[row] - means).mean() < 2


def test_letters_are_black_and_white_at_their_own_size(letters: Path) -> None:
    dataset = load(str(letters), jobs=2)
    assert dataset.shape == (105, 105, 1)
    assert np.unique(dataset.images).tolist() == [0, 255]
    assert (len(dataset), len(dataset.classes)) == (520, 26)
    assert len(block(dataset, 0).validation) > 0
