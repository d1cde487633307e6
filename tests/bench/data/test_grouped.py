"""Images of a group are on one side of every split and fold: patients, videos, copies of one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from augbench.bench.cli import main
from augbench.bench.data import Dataset, Parts, block, load
from augbench.bench.data.folds import NEVER
from augbench.bench.data.grouped import grouped_carved, grouped_folds, units_of
from augbench.bench.data.in_memory import stored

from augbench.errors import InputError
from tests.bench.making_images import class_folders, picture, write

TRAIN, VALIDATION, TEST = 0, 1, 2
PARTS = ("train", "validation", "test")


def patients(rng: np.random.Generator, groups: int = 30, classes: int = 3) -> Any:
    """Groups of 1 to 9 images, most of one class and some of several."""
    group = np.repeat(np.arange(groups), rng.integers(1, 10, groups))
    own = rng.integers(0, classes, groups)
    own[: 2 * classes] = np.tile(np.arange(classes), 2)
    mixed = rng.random(len(group)) < 0.2
    labels = np.where(mixed, rng.integers(0, classes, len(group)), own[group])
    order = rng.permutation(len(group))
    group, labels = group[order], labels[order]
    first = np.array([int(np.flatnonzero(group == one)[0]) for one in group])
    return SimpleNamespace(
        labels=labels,
        split=np.zeros(len(labels), np.uint8),
        duplicate_of=np.arange(len(labels)),
        group_of=first,
        classes=tuple(map(str, range(classes))),
    )


def sides(found: Any, of: np.ndarray) -> list[set[Any]]:
    return [set(of[getattr(found, part)].tolist()) for part in PARTS]


def test_no_group_is_on_two_sides_and_every_image_is_tested_once() -> None:
    rng = np.random.default_rng(0)
    for seed in range(40):
        data, K = patients(rng), int(rng.integers(2, 6))
        tested = []
        for number in range(K):
            found = block(data, number + K * seed, Parts(K))
            one, two, three = sides(found, data.group_of)
            assert not (one & two or one & three or two & three)
            assert len(np.unique(data.labels[found.train])) == 3
            assert len(found.validation) and len(found.test)
            tested.append(found.test)
        counted = np.bincount(np.concatenate(tested), minlength=len(data.labels))
        assert counted.max() == 1 and counted.mean() > 0.9


def test_folds_and_validation_parts_are_about_as_large_as_without_groups() -> None:
    rng = np.random.default_rng(1)
    for seed in range(20):
        data = patients(rng, groups=60)
        fold = grouped_folds(data.labels, data.split, data.group_of, 5)
        for label in range(3):
            dealt = np.bincount(fold[data.labels == label], minlength=5)
            assert np.abs(dealt / dealt.sum() - 0.2).max() < 0.09
        carved = grouped_carved(data.labels, data.split, data.group_of, VALIDATION, seed)
        for label in range(3):
            share = (carved[data.labels == label] == VALIDATION).mean()
            assert 0.1 < share < 0.3


def test_a_part_is_the_seeds_own_and_comes_again() -> None:
    data = patients(np.random.default_rng(2))
    parts = [block(data, seed, Parts(fixed_test=True)) for seed in range(6)]
    assert len({found.test.tobytes() for found in parts}) == 1
    assert len({found.validation.tobytes() for found in parts}) > 3
    again = block(data, 3, Parts(fixed_test=True))
    np.testing.assert_array_equal(again.validation, parts[3].validation)


def test_a_class_that_one_group_holds_is_never_tested_and_this_is_told(tmp_path: Path) -> None:
    file = table(tmp_path, [("a", "p1")] * 4 + [("b", f"q{i // 2}") for i in range(12)])
    dataset = load(file, parts=Parts(2))
    assert "classes of one group only, which are never tested on: 'a'" in dataset.warnings
    for seed in range(4):
        found = block(dataset, seed, Parts(2))
        assert (dataset.labels[found.train] == 0).sum() == 4


def test_single_images_of_a_grouped_set_are_dealt_evenly() -> None:
    labels = np.repeat([0, 1], 50)
    unit = np.arange(100)
    unit[:5] = 0
    fold = grouped_folds(labels, np.zeros(100, np.uint8), unit, 5)
    assert (fold != NEVER).all()
    for label in (0, 1):
        assert np.bincount(fold[labels == label]).tolist() == [10] * 5


def test_equal_pixels_join_groups_but_blank_ones_do_not_join_all() -> None:
    group = np.array([0, 0, 2, 2, 4, 4, *range(6, 40)])
    equal = np.arange(40)
    equal[[2, 9]] = 1, 8
    units = units_of(equal, group)
    assert len({units[0], units[1], units[2], units[3]}) == 1
    assert units[8] == units[9] and len(set(units.tolist())) == 40 - 3 - 1 - 1
    blank = np.where(np.arange(40) % 2 == 0, 0, np.arange(40))
    kept = units_of(blank, group)
    assert len({kept[0], kept[2], kept[4]}) == 3


def table(folder: Path, rows: list[tuple[str, str]], splits: list[str] | None = None) -> str:
    """A CSV of images with these labels and groups."""
    lines = ["path,label,group" + (",split" if splits else "")]
    for number, (label, group) in enumerate(rows):
        write(folder / f"{number}.png", picture(12, 12, seed=number))
        lines.append(f"{number}.png,{label},{group}" + (f",{splits[number]}" if splits else ""))
    (folder / "set.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "set.csv")


def test_a_group_column_of_a_table_keeps_patients_on_one_side(tmp_path: Path) -> None:
    rows = [("ab"[i % 2], f"patient {i // 4}") for i in range(48)]
    dataset = load(table(tmp_path, rows))
    assert "set.csv: 12 groups stay on one side of every split each" in dataset.warnings
    who = np.array([rows[int(path.split(".")[0])][1] for path in dataset.paths])
    for seed in range(5):
        one, two, three = sides(block(dataset, seed), who)
        assert one and two and three
        assert not (one & two or one & three or two & three)


def test_a_group_column_of_a_data_frame_does_the_same(tmp_path: Path) -> None:
    rows = [("ab"[i % 2], f"patient {i // 4}") for i in range(24)]
    table(tmp_path, rows)
    frame = pd.DataFrame(rows, columns=["label", "group"])
    frame["path"] = [str(tmp_path / f"{i}.png") for i in range(24)]
    dataset = load(stored(frame))
    assert dataset.group_of is not None
    assert len(np.unique(dataset.group_of)) == 6


def test_groups_across_given_parts_are_told(tmp_path: Path) -> None:
    rows = [("ab"[i % 2], f"p{i // 3}") for i in range(24)]
    splits = ["test" if i > 18 else "train" for i in range(24)]
    text = " | ".join(load(table(tmp_path, rows, splits)).warnings)
    assert "2 images of the same group as one of another part, as 18.png and 19.png" in text


def test_the_fingerprint_follows_the_groups(tmp_path: Path) -> None:
    rows = [("ab"[i % 2], f"p{i // 4}") for i in range(24)]
    one = load(table(tmp_path, rows)).fingerprint
    two = load(table(tmp_path, [(label, group + "x") for label, group in rows])).fingerprint
    without = load(table(tmp_path, [(label, "") for label, _ in rows]))
    assert len({one, two, without.fingerprint}) == 3 and without.group_of is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([0] * 12 + [1] * 12, "groups that hold whole classes|too few images to split off"),
        ([i % 3 for i in range(24)], "--folds 5 is too many.*3 groups that stay together"),
    ],
)
def test_groups_that_cannot_be_split_are_an_error(
    tmp_path: Path, groups: list[int], message: str
) -> None:
    rows = [("ab"[i // 12], f"p{group}") for i, group in enumerate(groups)]
    with pytest.raises(InputError, match=message):
        load(table(tmp_path, rows))


def expanded(folder: Path, policy: str, *options: str) -> Path:
    """What `expand` writes of two classes of 12 images."""
    class_folders(folder / "photos", {"heads": 12, "tails": 12})
    told = ["--data", str(folder / "photos"), "--out", str(folder / "more"), "--quiet", *options]
    with pytest.raises(SystemExit) as stop:
        main(["expand", policy, *told])
    assert stop.value.code == 0
    return folder / "more"


def leaks(dataset: Dataset) -> int:
    """Images that are tested or validated on while another copy is trained on, in 5 blocks."""
    source = np.array([path.rsplit("-", 1)[0] for path in dataset.paths])
    return sum(len(one & two) + len(one & three) + len(two & three)
               for seed in range(5)
               for one, two, three in [sides(block(dataset, seed), source)])  # fmt: skip


@pytest.mark.parametrize("manifest", [True, False])
def test_copies_of_an_expansion_stay_on_the_side_of_their_source(
    tmp_path: Path, manifest: bool
) -> None:
    more = expanded(tmp_path, "albumentations(spec='flip')", "--factor", "4")
    if not manifest:
        (more / "manifest.csv").unlink()
    dataset = load(str(more))
    assert len(dataset) == 4 * len({path.rsplit("-", 1)[0] for path in dataset.paths})
    assert leaks(dataset) == 0
    assert any("copies of an image stay on its side" in text for text in dataset.warnings)


def test_an_expansion_as_training_part_keeps_its_copies_together(tmp_path: Path) -> None:
    more = expanded(tmp_path, "repeat", "--factor", "3")
    root = class_folders(tmp_path / "data", {"test/heads": 3, "test/tails": 3})
    more.rename(root / "train")
    dataset = load(str(root))
    assert dataset.classes == ("heads", "tails")
    assert leaks(dataset) == 0


def test_a_manifest_of_other_names_is_what_counts(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 12, "b": 12})
    lines = ["path,label,source_image"]
    lines += [f"{c}/{i}.png,{c},{c}{i // 3}" for c in "ab" for i in range(12)]
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    dataset = load(str(tmp_path), parts=Parts(2))
    assert dataset.group_of is not None
    assert len(np.unique(dataset.group_of)) == 8
    (tmp_path / "manifest.csv").write_bytes(b"path,source_image\n\xff\xfe")
    with pytest.raises(InputError, match=r"manifest\.csv cannot be read.*mend it or remove it"):
        load(str(tmp_path))


def test_generated_images_are_told(tmp_path: Path) -> None:
    more = expanded(tmp_path, "gaussian", "--factor", "2")
    text = " | ".join(load(str(more)).warnings)
    assert "were generated by a policy that learnt from real ones" in text
    assert json.loads((more / "expansion.json").read_text())["factor"] == 2
