"""Parts of a data set are never taken for its classes, and classes never for parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from augbench.bench.data import load
from augbench.bench.data.sources.folders import Listing, list_folder

from augbench.errors import InputError
from tests.bench.making_images import class_folders, picture, write

TUMOURS = ("glioma", "meningioma", "pituitary")


def parts(root: Path, names: Sequence[str], classes: Sequence[str] = TUMOURS) -> Path:
    return class_folders(root, {f"{part}/{name}": 2 for part in names for name in classes})


def read(root: Path) -> tuple[tuple[str, ...], list[int]]:
    """The classes, and how many images each part has."""
    listing: Listing = list_folder(root)
    splits = [file.split for file in listing.files]
    return listing.classes, [splits.count(split) for split in range(3)]


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["Training", "Testing"], [6, 0, 6]),
        (["training_set", "test_set"], [6, 0, 6]),
        (["train", "valid", "test"], [6, 6, 6]),
        (["TRAIN", "TEST"], [6, 0, 6]),
        (["TrainImages", "ValImages", "TestImages"], [6, 6, 6]),
        (["train2017", "val2017"], [6, 6, 0]),
        (["seg_train", "seg_test"], [6, 0, 6]),
        (["training", "validation", "evaluation"], [6, 6, 6]),
        (["Training/Training", "Testing/Testing"], [6, 0, 6]),
        (["seg_train/seg_train", "seg_test/seg_test"], [6, 0, 6]),
        (["train/images", "test/images"], [6, 0, 6]),
    ],
)
def test_parts_under_public_names_are_parts(
    tmp_path: Path, names: list[str], counts: list[int]
) -> None:
    assert read(parts(tmp_path, names)) == (TUMOURS, counts)


def test_names_that_are_not_the_plain_ones_are_told_with_what_they_are_read_as(
    tmp_path: Path,
) -> None:
    (warning,) = list_folder(parts(tmp_path / "a", ["Training", "Testing"])).warnings
    assert warning == "folders are read as parts: 'Training' as train, 'Testing' as test"
    assert list_folder(parts(tmp_path / "b", ["TRAIN", "val", "test"])).warnings == []


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["Training", "train_set", "test"], "both 'Training' and 'train_set' for train"),
        (["train", "evaluation"], "'evaluation' beside 'train'.*rename it"),
        (["train", "val", "test", "holdout"], "'holdout' beside 'train'.*move it away"),
        (["testing", "valid"], "'valid' but no 'train'|'testing' but no 'train'"),
        (["a_train", "b_test"], "'a_train', 'b_test'.*not like classes; rename them"),
        (["color", "grayscale"], "'color', 'grayscale'.*3 folders of the same names.*--data"),
        (["fold_1", "fold_2", "fold_3", "fold_4"], "'fold_1'.*3 folders of the same names"),
        (["brain/Training", "brain/Testing"], "brain would be read as a class.*--data .*brain"),
        (
            ["brain/Training", "brain/Testing", "other"],
            "brain would be read as a class, but holds 'Training' and 'Testing'.*--data .*brain",
        ),
    ],
)
def test_what_looks_like_parts_and_is_not_understood_is_refused_by_name(
    tmp_path: Path, names: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list_folder(parts(tmp_path, names))
    assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)


def test_parts_within_each_class_are_refused_with_where_they_belong(tmp_path: Path) -> None:
    class_folders(tmp_path, {f"{c}/{part}": 1 for c in ("cat", "dog") for part in ("train", "val")})
    with pytest.raises(InputError, match=r"put the parts above the classes, as in train/cat/"):
        list_folder(tmp_path)


@pytest.mark.parametrize("table", ["train.csv", None])
def test_a_competition_layout_is_refused_and_points_to_its_table(
    tmp_path: Path, table: str | None
) -> None:
    class_folders(tmp_path, {"train_images": 3, "test_images": 2})
    if table:
        write(tmp_path / table, b"id_code,diagnosis\n0,1\n")
    with pytest.raises(InputError, match="train_images/ and test_images/ but no class") as caught:
        list_folder(tmp_path)
    assert (table or "list them in a .csv") in str(caught.value)
    assert "path" in str(caught.value) and "label" in str(caught.value)


@pytest.mark.parametrize(
    "classes",
    [["control", "test"], ["bus", "train"], ["placebo", "treatment", "validation"],
     ["test strip", "test tube"], ["steam_train", "tram"], ["evaluation", "sale"]],
)  # fmt: skip
def test_classes_with_images_in_them_stay_classes(tmp_path: Path, classes: list[str]) -> None:
    listing = list_folder(class_folders(tmp_path, dict.fromkeys(classes, 3)))
    assert listing.classes == tuple(sorted(classes))
    assert {file.split for file in listing.files} == {0}
    assert listing.warnings == []


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["val", "test"], "val/ and test/ but no class folders in val/"),
        (["HAM10000_images_part_1", "HAM10000_images_part_2"], "pieces of a data set"),
        (["images_001", "images_002", "images_003"], "pieces of a data set and not like classes"),
        (["images"], "one class folder only, 'images'"),
        (["."], "4 images in .* but no class folders"),
    ],
)
def test_images_without_class_folders_beside_a_table_point_to_it(
    tmp_path: Path, names: list[str], message: str
) -> None:
    class_folders(tmp_path, dict.fromkeys(names, 4))
    write(tmp_path / "metadata.csv", b"image_id,dx\n0,nv\n")
    with pytest.raises(InputError, match=message) as caught:
        list_folder(tmp_path)
    assert "if the classes stand in metadata.csv, make of it a .csv" in str(caught.value)


@pytest.mark.parametrize("names", ["1 2 3", "class1 class2", "person_1 person_2", "set1 set2"])
def test_numbered_classes_are_classes(tmp_path: Path, names: str) -> None:
    class_folders(tmp_path, dict.fromkeys(names.split(), 2))
    assert list_folder(tmp_path).classes == tuple(names.split())


def test_folders_of_equal_names_within_as_many_classes_are_told(tmp_path: Path) -> None:
    listing = list_folder(parts(tmp_path, ["cat", "dog"], ["day", "night"]))
    assert listing.classes == ("cat", "dog")
    (warning,) = listing.warnings
    assert (
        "'cat', 'dog'" in warning
        and "'day', 'night', which count for nothing; if those are" in warning
    )


@pytest.mark.parametrize("junk", ["@eaDir", "__MACOSX", "#recycle", "$RECYCLE.BIN", ".thumbs"])
@pytest.mark.parametrize("place", ["", "cat/", "cat/@eaDir/0.png/"])
def test_what_systems_leave_beside_images_is_no_class_and_no_image(
    tmp_path: Path, place: str, junk: str
) -> None:
    class_folders(tmp_path, {"cat": 2, "dog": 2})
    write(tmp_path / place / junk / "0.png" / "SYNOPHOTO_THUMB_M.jpg", picture(8, 8))
    listing = list_folder(tmp_path)
    assert (listing.classes, len(listing.files), listing.warnings) == (("cat", "dog"), 4, [])


def test_images_whose_names_do_not_end_like_one_are_counted(tmp_path: Path) -> None:
    class_folders(tmp_path, {"cat": 3, "dog": 4})
    dog = tmp_path / "dog"
    (dog / "0.png").rename(dog / "0.png!d")
    (dog / "1.png").rename(dog / "1")
    write(dog / "notes", b"text")
    write(dog / "video.bin", b"RIFF1234AVI LIST")
    listing = list_folder(tmp_path)
    assert len(listing.files) == 5
    (warning,) = listing.warnings
    assert warning.startswith("2 files left out whose content is an image")
    assert "dog/0.png!d" in warning


@pytest.mark.parametrize(
    "files",
    [
        ["grid.json", "trials/abc/result.json"],
        ["experiment.toml", "trials/abc/result.json"],
        ["choose.json", "trials/abc/result.json"],
        ["expansion.json", "manifest.csv", "cat/0.png"],
        ["report.html", "report.md", "several.csv"],
        ["trials/"],
    ],
)
@pytest.mark.parametrize("place", ["results", "cat/results"])
def test_what_augbench_wrote_is_no_class_wherever_it_stands(
    tmp_path: Path, files: list[str], place: str
) -> None:
    class_folders(tmp_path, {"cat": 2, "dog": 2})
    for name in files:
        if name.endswith("/"):
            (tmp_path / place / name).mkdir(parents=True)
        else:
            write(tmp_path / place / name, picture(8, 8) if name.endswith("png") else b"{}")
    listing = list_folder(tmp_path)
    assert (listing.classes, len(listing.files)) == (("cat", "dog"), 4)
    if place == "results":
        (warning,) = listing.warnings
        assert "augbench wrote" in warning and "'results'" in warning


def test_a_run_beside_the_classes_changes_no_trial(tmp_path: Path) -> None:
    class_folders(tmp_path, {"cat": 4, "dog": 4})
    before = load(str(tmp_path))
    write(tmp_path / "results" / "grid.json", b"{}")
    write(tmp_path / "results" / "trials" / "abc" / "sheet.png", picture(8, 8))
    after = load(str(tmp_path))
    assert (after.fingerprint, after.name) == (before.fingerprint, before.name)


def test_an_expansion_may_be_a_part(tmp_path: Path) -> None:
    parts(tmp_path, ["train", "test"])
    write(tmp_path / "train" / "expansion.json", b"{}")
    assert read(tmp_path) == (TUMOURS, [6, 0, 6])


def test_a_folder_of_trials_that_is_not_ours_is_a_class(tmp_path: Path) -> None:
    class_folders(tmp_path, {"cat": 2, "dog/trials": 2})
    assert read(tmp_path) == (("cat", "dog"), [4, 0, 0])
