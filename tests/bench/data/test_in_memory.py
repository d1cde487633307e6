"""Arrays and DataFrames become files that hold the same images, once, and are never printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from augbench.bench.data import load
from augbench.bench.data.in_memory import stored

from augbench.errors import InputError
from tests.bench.making_images import class_folders


def arrays(count: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 12, 10, 3), np.uint8), np.arange(count) % 2


def test_arrays_give_the_data_set_of_the_same_npz(tmp_path: Path) -> None:
    x, y = arrays()
    np.savez(tmp_path / "same.npz", x_train=x, y_train=y)
    ours, same = load(stored((x, y))), load(str(tmp_path / "same.npz"))
    assert ours.fingerprint == same.fingerprint
    np.testing.assert_array_equal(ours.images, x)


def test_equal_arrays_share_a_file_and_others_get_their_own(tmp_path: Path) -> None:
    x, y = arrays()
    first = stored((x, y), tmp_path)
    before = Path(first).stat().st_mtime_ns
    assert stored([x.copy(), y.tolist()], tmp_path) == first
    assert Path(first).stat().st_mtime_ns == before
    other = x.copy()
    other[0, 0, 0, 0] ^= 1
    assert len({first, stored((other, y), tmp_path), stored((x, 1 - y), tmp_path)}) == 3


@pytest.mark.parametrize("form", ["keras", "three", "dict"])
def test_splits_are_taken_as_they_are_named(form: str) -> None:
    train, validation, test = arrays(40), arrays(10, 1), arrays(12, 2)
    given: Any = {
        "keras": (train, test),
        "three": (train, validation, test),
        "dict": {"train": train, "val": validation, "test": test},
    }[form]
    dataset = load(stored(given))
    counts = np.bincount(dataset.split, minlength=3).tolist()
    assert counts == [40, 0 if form == "keras" else 10, 12]


def test_labels_of_pandas_are_names() -> None:
    x, y = arrays()
    labels = pd.Series(["cat", "dog"], dtype=object).take(y)
    assert load(stored((x, labels))).classes == ("cat", "dog")


def test_a_frame_gives_the_data_set_of_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(tmp_path / "photos", {"a": 6, "b": 6})
    monkeypatch.chdir(tmp_path)
    files = sorted(Path("photos").rglob("*.png"))
    frame = pd.DataFrame({"Path": map(str, files), "label": [file.parent.name for file in files]})
    frame["split"] = ["train", "test"] * 6
    dataset = load(stored(frame))
    assert dataset.classes == ("a", "b") and np.bincount(dataset.split).tolist() == [6, 0, 6]
    frame.to_csv("list.csv", index=False)
    np.testing.assert_array_equal(dataset.images, load("list.csv").images)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (arrays()[0], "a single array of shape (40, 12, 10, 3)"),
        ((arrays()[0],), "a tuple of 1"),
        (3, "cannot be a int"),
        ((arrays()[0], arrays(39)[1]), "x_train has 40 images but y_train 39 labels"),
        ((arrays()[0][:, :, :, :2], arrays()[1]), "has shape (40, 12, 10, 2)"),
        ({"trian": arrays()}, "did you mean 'train'?"),
        ({"test": arrays()}, "no split 'train'"),
        ({"train": arrays()[0]}, "train is a single array"),
        (
            pd.DataFrame({"file": ["a.png"] * 9999, "label": ["a"] * 9999}),
            "lacks the column 'path'",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_without_printing_it(
    data: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as error:
        stored(data, tmp_path)
    assert len(str(error.value)) < 300 and "\n" not in str(error.value)
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["filename", "class"], "rename filename to path and class to label"),
        (["path", "label", "Label"], "'label' is read and the column 'Label' is not; drop one"),
        (["path", "label", "Usage"], "'Usage' says which part a row belongs to"),
    ],
)
def test_a_frame_whose_columns_are_almost_meant_is_refused_like_a_table(
    tmp_path: Path, columns: list[str], message: str
) -> None:
    cells = [["a.png", "b.png"], ["x", "y"], ["Training", "Testing"]]
    frame = pd.DataFrame(dict(zip(columns, cells, strict=False)))
    with pytest.raises(InputError, match=message):
        stored(frame, tmp_path)
