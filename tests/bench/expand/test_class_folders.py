"""Are names of folders and files safe on every system, and different from each other?"""

from __future__ import annotations

from pathlib import Path

import pytest
from augbench.bench.expand import class_folders


@pytest.mark.parametrize(
    "classes",
    [
        ["a/b", "a_b", "a\\b", "A/b"],
        ["Cat", "cat", "CAT", "K", "\u212a"],
        ["", ".", "..", " ", "CON", "con.txt", "nul"],
        ["x" * 300, "x" * 301, "字" * 200],
        [
            "manifest.csv",
            "Manifest.CSV",
            "held_out.csv",
            "<script>",
            "a\nb",
            "tab\t",
            "é",
            "e\u0301",
        ],
    ],
)
def test_folder_names_are_safe_and_never_collide(classes: list[str], tmp_path: Path) -> None:
    names = class_folders.folder_names(classes)
    assert len({name.casefold() for name in names}) == len(classes)
    for name in names:
        (tmp_path / name).mkdir()
        assert (tmp_path / name).parent == tmp_path and not name.startswith(".")
        assert len(name.encode()) <= 255 and not set(name) & set('<>:"/\\|?*\n\t')
    assert "manifest.csv" not in {name.casefold() for name in names}


def test_ordinary_class_names_stay_as_they_are() -> None:
    names = ["t-shirt", "Über uns", "3", "犬", "a.b"]
    assert class_folders.folder_names(names) == names


def test_a_file_name_tells_sources_of_one_stem_apart() -> None:
    stems = class_folders.file_stems(["train/a/x.png", "train/a/x.jpg", "train/a/x.png", "train/7"])
    assert len(set(stems)) == 4 and stems[3].startswith("7-")
    again = class_folders.file_stems(["train/7", "other.png"])
    assert again[0] == stems[3]
