"""What travels to another machine: what is the user's, under the names by which it is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.data import load
from augbench.bench.data.cache.entry import read_entry
from augbench.bench.executors import travel
from augbench.bench.executors.travel import own_files, packed, pieces, unpacked
from augbench.bench.options.model import Settings
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.expression import parse
from augbench.policies.registry import build


def plan(policy: str, model: str = "small") -> TrialPlan:
    return TrialPlan("k" * 24, policy, policy, 0, {}, "d", Settings(model=model))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with modules, weights and a data set."""
    before = set(sys.modules)
    package = tmp_path / "travelling"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__pycache__" / "mod.pyc").write_text("no")
    (package / "table.json").write_text("{}")
    (package / "mod.py").write_text(
        "import beside_it\nfrom augbench.policies.base import Policy\n\n\n"
        "class Mine(Policy):\n    def __init__(self, weights='', steps=1):\n        pass\n"
    )
    (tmp_path / "beside_it.py").write_text("")
    (tmp_path / "not_imported.py").write_text("")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/w.h5").write_bytes(b"w")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/photo.png").write_bytes(b"p")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("travelling", "beside_it"):
            del sys.modules[name]


def test_modules_of_policies_travel_whole_with_those_beside_them_that_they_use(
    folder: Path,
) -> None:
    asked = "travelling.mod:Mine(weights='weights/w.h5', steps=2) + mixup"
    build(parse(asked))
    files = own_files([plan(asked), plan("none")])
    assert set(files) == {
        "travelling/__init__.py",
        "travelling/mod.py",
        "travelling/table.json",
        "beside_it.py",
        "weights/w.h5",
    }
    assert all(path.is_file() for path in files.values())


def test_nothing_travels_for_what_is_built_in_or_installed(folder: Path) -> None:
    assert own_files([plan("keras + mixup"), plan("none", "pytest:main")]) == {}


def test_files_that_a_model_names_travel_but_none_from_elsewhere(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere.h5"
    elsewhere.write_bytes(b"e")
    named = "MobileNetV2(weights={!r})"
    assert set(own_files([plan("none", named.format("weights/w.h5"))])) == {"weights/w.h5"}
    for path in (str(elsewhere), "../elsewhere.h5", "absent.h5"):
        assert own_files([plan("none", named.format(path))]) == {}


def test_what_was_packed_is_unpacked_as_it_was_and_once(folder: Path, tmp_path: Path) -> None:
    files = {"a.txt": folder / "beside_it.py", "deep/er/w.h5": folder / "weights/w.h5"}
    key, contents = packed(files)
    place = unpacked(tmp_path / "cache", key, contents)
    found = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
    assert found == set(files) and (place / "deep/er/w.h5").read_bytes() == b"w"
    (place / "a.txt").write_text("as it is")
    assert unpacked(tmp_path / "cache", key, contents) == place
    assert (place / "a.txt").read_text() == "as it is"
    (folder / "weights/w.h5").write_bytes(b"W")
    assert packed(files)[0] != key


def test_pixels_come_in_pieces_that_make_the_same_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel, "PIECE", 10_000)
    here, there = tmp_path / "here", tmp_path / "there"
    dataset = load("digits", cache=here)
    there.mkdir()
    sizes = []
    for name, piece in pieces(here, dataset.reference["key"]):
        sizes.append(len(piece))
        with (there / name).open("ab") as file:
            file.write(piece.data)
    assert len(sizes) > 10 and max(sizes) == 10_000
    entry = read_entry(there)
    assert entry is not None and np.array_equal(entry.images, dataset.images)
    assert np.array_equal(entry.labels, dataset.labels)
