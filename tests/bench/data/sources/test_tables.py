"""A .csv or .parquet of paths and labels names the images it means, or says what is wrong."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pandas
import pytest
from augbench.bench.data import load
from augbench.bench.data.sources.tables import list_table

from augbench.errors import InputError
from tests.bench.making_images import picture, write

ROWS = [("img/0.png", "b", "train"), ("img/1.png", "a", "train"), ("img/2.png", "a", "test")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        write(tmp_path / "img" / f"{number}.png", picture(12, 12, seed=number))
    return tmp_path


def csv_of(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "set.csv"
    file.write_bytes(text.encode(encoding))
    return file


def found(file: Path) -> list[tuple[str, str, int]]:
    return [(entry.shown, entry.label, entry.split) for entry in list_table(file).files]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_csv_is_read_with_usual_delimiters_and_line_ends(
    folder: Path, delimiter: str, newline: str
) -> None:
    lines = [delimiter.join(row) for row in [("path", "label", "split"), *ROWS]]
    file = csv_of(folder, newline.join(lines) + newline)
    assert found(file) == [("img/0.png", "b", 0), ("img/1.png", "a", 0), ("img/2.png", "a", 2)]
    assert list_table(file).classes == ("a", "b")


@pytest.mark.parametrize("engine_type", ["object", "string", "category"])
def test_a_parquet_file_is_read_like_a_csv(folder: Path, engine_type: str) -> None:
    frame = pandas.DataFrame(ROWS, columns=["path", "label", "split"]).astype(engine_type)
    frame.to_parquet(folder / "set.parquet")
    assert found(folder / "set.parquet") == [
        ("img/0.png", "b", 0), ("img/1.png", "a", 0), ("img/2.png", "a", 2),
    ]  # fmt: skip


def test_whole_numbers_as_labels_lose_their_decimals(folder: Path) -> None:
    frame = pandas.DataFrame({"path": ["img/0.png", "img/1.png"], "label": [10.0, 2.0]})
    frame.to_parquet(folder / "set.parquet")
    assert list_table(folder / "set.parquet").classes == ("10", "2")


@pytest.mark.parametrize("missing", [None, float("nan"), pandas.NA])
def test_a_missing_label_in_parquet_is_an_empty_cell(folder: Path, missing: Any) -> None:
    frame = pandas.DataFrame({"path": ["img/0.png", "img/1.png"], "label": ["a", missing]})
    frame.astype("string").to_parquet(folder / "set.parquet")
    with pytest.raises(InputError, match="row 3: label is empty"):
        list_table(folder / "set.parquet")


def test_column_names_are_trimmed_in_any_case_and_a_byte_order_mark_is_no_part(
    folder: Path,
) -> None:
    text = " Path ,LABEL,extra\nimg/0.png,a,1\nimg/1.png, b ,2\n\n"
    assert found(csv_of(folder, text, "utf-8-sig")) == [
        ("img/0.png", "a", 0),
        ("img/1.png", "b", 0),
    ]


def test_quoted_cells_hold_commas_and_line_ends(folder: Path) -> None:
    file = csv_of(folder, 'path,label\nimg/0.png,"a,\nb"\n./img/../img/1.png,c\n')
    assert found(file) == [("img/0.png", "a,\nb", 0), ("img/1.png", "c", 0)]


def test_absolute_paths_work(folder: Path) -> None:
    file = csv_of(folder, f"path,label\n{folder / 'img/0.png'},a\nimg/1.png,b\n")
    assert {entry.path for entry in list_table(file).files} == {
        folder / "img/0.png", folder / "img/1.png",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; it needs columns path and label"),
        ("path,label\n", "has no rows"),
        ("file,label\nimg/0.png,a\n", r"lacks the column 'path'.*it has file, label"),
        ('"file\nname",label\nimg/0.png,a\n', r"lacks the column 'path'.*it has file name, label"),
        ("path,lable\nimg/0.png,a\n", r"lacks the column 'label' \(did you mean 'lable'\?\)"),
        ("path,label\nimg/0.png,a\nimg/1.png\n", "row 3: 1 cells under 2 columns"),
        ("path,label\nimg/0.png,a\nimg/1.png,\n", "row 3: label is empty"),
        ("path,label\n,a\nimg/1.png,b\n", "row 2: path is empty"),
        ("path,label\nimg/0.png,a\nimg/1.png,a\n", "one label only, 'a'"),
        ("path,label,split\nimg/0.png,a,eval\n", "split 'eval' is none of train"),
        ("path,label,split\nimg/0.png,a,test\nimg/1.png,b,test\n", "no readable row .*'train'"),
        ("path,label\nimg/0.png,a\nimg/0.png,b\n", "labelled 'b' here and 'a' before"),
        ("path,label\nx/0.png,a\nx/1.png,b\n", "none of its images is there; 'x/0.png'.*relative"),
        ("path,label\n" + "x" * 200_000 + ",a\n", "field larger than field limit"),
    ],
)
def test_a_table_that_cannot_be_meant_says_where_and_why(
    folder: Path, text: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list_table(csv_of(folder, text))
    assert "\n" not in str(caught.value)
    assert "set.csv" in str(caught.value)


def test_text_in_another_encoding_is_an_error(folder: Path) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        list_table(csv_of(folder, "path,label\nimg/0.png,Ä\n", "latin-1"))


def test_a_damaged_parquet_file_is_an_error(folder: Path) -> None:
    write(folder / "set.parquet", b"PAR1 not really")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        list_table(folder / "set.parquet")


def test_parquet_without_pyarrow_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise ImportError("Unable to find a usable engine")

    monkeypatch.setattr(pandas, "read_parquet", refuse)
    with pytest.raises(InputError, match=r"pip install 'augbench\[parquet\]'"):
        list_table(folder / "set.parquet")


def test_missing_files_are_listed_and_repeated_rows_left_out(folder: Path) -> None:
    long = "y" * 5000
    file = csv_of(
        folder,
        f"path,label\nimg/0.png,a\nimg/0.png,a\nimg/1.png,b\ngone.png,a\ngone.png,a\n{long},b\n",
    )
    listing = list_table(file)
    assert [entry.shown for entry in listing.files] == ["img/0.png", "img/1.png"]
    assert listing.unreadable == [("gone.png", "no such file"), (long, "no such file")]
    assert listing.warnings == ["2 repeated rows of set.csv left out"]


def test_the_same_image_may_stand_in_two_parts_and_is_found_as_a_duplicate(folder: Path) -> None:
    rows = [*ROWS, ("img/0.png", "b", "test"), ("img/3.png", "b", "train")]
    text = "\n".join(",".join(row) for row in [("path", "label", "split"), *rows])
    dataset = load(str(csv_of(folder, text)))
    assert dataset.duplicates == (("img/0.png", "img/0.png", "train/test"),)
    assert dataset.split_origins == {"validation": "stratified per seed", "test": "given"}


def test_cells_are_text_and_never_evaluated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError("nothing of a data set is evaluated")

    file = csv_of(folder, "path,label\nimg/0.png,__import__('os')\nimg/1.png,b\n")
    monkeypatch.setattr(builtins, "eval", refuse)
    assert list_table(file).classes == ("__import__('os')", "b")


def test_split_words_are_those_of_folders_and_told_where_not_plain(folder: Path) -> None:
    rows = ["0.png,a,Training", "1.png,b,PublicTest", "2.png,b,Training", "3.png,a,PrivateTest"]
    listing = list_table(csv_of(folder, "path,label,split\nimg/" + "\nimg/".join(rows) + "\n"))
    assert [entry.split for entry in listing.files] == [0, 0, 1, 2]
    (warning,) = listing.warnings
    assert "'PrivateTest' as test, 'PublicTest' as validation, 'Training' as train" in warning


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("filename,class", "it has filename, class.*rename filename to path and class to label"),
        ("id_code,diagnosis", "rename id_code to path and diagnosis to label"),
        ("image,label", "rename image to path"),
        ("path,category", "rename category to label"),
        ("label," + ",".join(f"pixel{i}" for i in range(784)), "8.*777 more.*npz with x_train"),
        ("a," + ",".join(f"{i}x{i}" for i in range(400)), "npz with x_train"),
        ("emotion,pixels,Usage", "pixels in a table are not read"),
        ("img/0.png,a", "the first row must hold these names, not an image"),
        ("path,label,label", "columns 'label' and 'label'; keep one"),
        ("path,LABEL,Label", "columns 'LABEL' and 'Label'; keep one of them as 'label'"),
    ],
)
def test_columns_under_other_names_are_refused_with_what_to_rename(
    folder: Path, header: str, message: str
) -> None:
    cells = ",".join("1" for _ in header.split(","))
    with pytest.raises(InputError, match=message.replace("8.*", "")) as caught:
        list_table(csv_of(folder, f"{header}\n{cells}\n"))
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def test_of_two_columns_the_exact_name_is_read_and_the_other_told(folder: Path) -> None:
    listing = list_table(csv_of(folder, "path,label,Label\nimg/0.png,a,1\nimg/1.png,b,2\n"))
    assert listing.classes == ("a", "b")
    (warning,) = listing.warnings
    assert "'label' is read and the column 'Label' is not" in warning


def test_one_hot_columns_are_refused_with_the_line_that_joins_them(folder: Path) -> None:
    with pytest.raises(InputError, match=r"frame\[\['MEL', 'NV'\]\]\.idxmax\(axis=1\)"):
        list_table(csv_of(folder, "path,MEL,NV\nimg/0.png,1.0,0.0\nimg/1.png,0.0,1.0\n"))


def test_another_column_that_says_which_part_is_refused(folder: Path) -> None:
    text = "path,label,usage\nimg/0.png,a,Training\nimg/1.png,b,Training\nimg/2.png,b,PublicTest\n"
    with pytest.raises(InputError, match=r"'usage' says which part.*call it 'split'"):
        list_table(csv_of(folder, text))


@pytest.mark.parametrize("several", ["sky water", "sky,water", "water;sky", "['sky', 'water']"])
def test_several_labels_in_one_cell_are_refused_with_the_row(folder: Path, several: str) -> None:
    file = csv_of(folder, f'path,label\nimg/0.png,sky\nimg/1.png,water\nimg/2.png,"{several}"\n')
    with pytest.raises(InputError, match=r"row 4: the label .* is 2 labels of other rows, '"):
        list_table(file)


def test_lists_of_labels_in_parquet_are_refused(folder: Path) -> None:
    frame = pandas.DataFrame(
        {"path": [f"img/{i}.png" for i in range(3)], "label": [["sky"], ["sea"], ["sky", "sea"]]}
    )
    frame.to_parquet(folder / "set.parquet")
    with pytest.raises(InputError, match="'sky sea' is 2 labels of other rows"):
        list_table(folder / "set.parquet")


def test_labels_that_may_be_several_are_told_and_names_of_two_words_are_not(folder: Path) -> None:
    def warned(*labels: str) -> list[str]:
        rows = [f"img/{number}.png,{label}" for number, label in enumerate(labels)]
        return list_table(csv_of(folder, "path,label\n" + "\n".join(rows) + "\n")).warnings

    (warning,) = warned("clear primary", "haze primary", "clear road", "haze road")
    assert "may be several in one cell" in warning
    assert warned("Acer rubrum", "Acer saccharum", "golden retriever", "New York") == []


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("img/{}", r"'img/0.png' is there: the paths lack \.png"),
        ("img\\{}.png", r"'img/0.png' is there: write / in paths, not \\"),
        ("{}.png", r"'img/0.png' is there: put img/ before each path$"),
        ("{}", r"'img/0.png' is there: put img/ before each path and \.png behind it"),
        ("img/{}.jpg", r"'img/0.png' is there: the paths end in \.jpg instead"),
        ("C:\\data\\img\\{}.png", r"'img/0.png' is there: take off what stands before it"),
    ],
)
def test_paths_that_almost_name_a_file_are_refused_with_what_they_lack(
    folder: Path, path: str, hint: str
) -> None:
    rows = "\n".join(f"{path.format(number)},{number % 2}" for number in range(4))
    with pytest.raises(InputError, match=hint):
        list_table(csv_of(folder, f"path,label\n{rows}\n"))


def test_one_such_path_among_good_ones_is_told(folder: Path) -> None:
    rows = "img/0.png,a\nimg/1.png,b\nimg/2,a\n"
    listing = list_table(csv_of(folder, f"path,label\n{rows}"))
    assert listing.unreadable == [("img/2", "no such file")]
    assert "1 file not there; 'img/2.png' is there: the paths lack .png" in listing.warnings[0]


def test_columns_whose_names_say_split_or_group_and_are_not_read_are_told(folder: Path) -> None:
    rows = [f"img/{i}.png,{'ab'[i % 2]},{i > 2},p{i // 2},{i}" for i in range(4)]
    text = "path,label,is_train,Patient_ID,case\n" + "\n".join(rows) + "\n"
    split, group = list_table(csv_of(folder, text)).warnings
    assert "'is_train' is not read; one called 'split'" in split
    assert "'Patient_ID' is not read; call it 'group'" in group
    named = text.replace("Patient_ID", "group").replace("is_train", "age")
    assert list_table(csv_of(folder, named)).warnings == [
        "set.csv: 2 groups stay on one side of every split each"
    ]


def test_a_group_may_stand_in_a_column_and_is_one_an_image(folder: Path) -> None:
    text = "path,label,Group\nimg/0.png,a,p1\nimg/1.png,b,p1\nimg/2.png,a,\n"
    assert [entry.group for entry in list_table(csv_of(folder, text)).files] == ["p1", "p1", ""]
    with pytest.raises(InputError, match=r"row 5: .* in group 'p2' here and in 'p1' before"):
        list_table(csv_of(folder, text + "img/1.png,b,p2\n"))
