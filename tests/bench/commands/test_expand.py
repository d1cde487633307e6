"""Does `augbench expand` write what Keras reads, under stable names, and never over anything?"""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from augbench.bench.cli import main
from augbench.bench.expand import expansion
from PIL import Image

SIZE = 12
CLASSES = {"a": 9, "b": 4, "c": 2}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three classes of 9, 4 and 2 coloured training images, with validation and test folders."""
    rng = np.random.default_rng(0)
    for split, most in (("train", 9), ("validation", 1), ("test", 1)):
        for name, count in CLASSES.items():
            folder = tmp_path / "photos" / split / name
            folder.mkdir(parents=True)
            for number in range(min(count, most)):
                pixels = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "photos"


def expand(*arguments: Any) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["expand", *map(str, arguments), "--quiet"])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def lines(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def contents(out: Path) -> dict[str, bytes]:
    return {str(f.relative_to(out)): f.read_bytes() for f in out.rglob("*.png")}


def test_keras_reads_the_class_folders(photos: Path, tmp_path: Path) -> None:
    import keras

    out = tmp_path / "out"
    assert expand("albumentations", "--data", photos, "--factor", 3, "--out", out) == 0
    read = keras.utils.image_dataset_from_directory(
        out, image_size=(SIZE, SIZE), batch_size=None, shuffle=False, verbose=False
    )
    files = [Path(path).relative_to(out).as_posix() for path in read.file_paths]
    assert read.class_names == list(CLASSES)
    assert sorted(files) == sorted(line["path"] for line in lines(out))
    assert len(files) == 3 * sum(CLASSES.values())
    image, label = next(iter(read))
    np.testing.assert_array_equal(image.numpy(), pixels(out / files[0]))
    assert int(label) == 0


def test_flow_from_directory_reads_the_class_folders(photos: Path, tmp_path: Path) -> None:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    out = tmp_path / "out"
    assert expand("repeat", "--data", photos, "--out", out) == 0
    read = ImageDataGenerator().flow_from_directory(str(out), target_size=(SIZE, SIZE))
    assert read.class_indices == {"a": 0, "b": 1, "c": 2}
    assert read.samples == 2 * sum(CLASSES.values())


def test_originals_are_the_training_pixels_and_only_those(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert expand("albumentations", "--data", photos, "--factor", 1, "--out", out) == 0
    assert len(lines(out)) == sum(CLASSES.values())
    for line in lines(out):
        assert line["origin"] == "real" and line["source_image"].startswith("train/")
        np.testing.assert_array_equal(
            pixels(out / line["path"]), pixels(photos / line["source_image"])
        )


def test_the_manifest_says_where_each_file_came_from(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert expand("x=albumentations", "--data", photos, "--first-seed", 4, "--out", out) == 0
    written = lines(out)
    assert list(written[0]) == [
        "path", "label", "origin", "policy", "seed", "source_image", "nearest_training_distance",
    ]  # fmt: skip
    assert {line["path"] for line in written} == set(contents(out))
    assert Counter(line["origin"] for line in written) == {"real": 15, "augmented": 15}
    known = np.stack([pixels(path) for path in sorted((photos / "train").rglob("*.png"))])
    for line in written:
        assert line["label"] == line["path"].split("/")[0] == line["source_image"].split("/")[1]
        assert line["seed"] == "4"
        if line["origin"] == "real":
            assert (line["policy"], line["nearest_training_distance"]) == ("none", "")
        else:
            squares = (known - pixels(out / line["path"]).astype(float)) ** 2
            closest = np.sqrt(squares.mean((1, 2, 3)).min())
            assert line["policy"] == "x"
            assert float(line["nearest_training_distance"]) == pytest.approx(closest)


def test_a_file_depends_on_source_and_copy_number_alone(photos: Path, tmp_path: Path) -> None:
    for factor in (2, 3):
        out = tmp_path / str(factor)
        assert expand("albumentations", "--data", photos, "--factor", factor, "--out", out) == 0
    few, many = contents(tmp_path / "2"), contents(tmp_path / "3")
    assert few.items() <= many.items() and len(many) == 45


@pytest.mark.parametrize("factor", [2, 2.4])
def test_an_engine_and_the_policy_expand_write_the_same(
    photos: Path, tmp_path: Path, factor: float
) -> None:
    told = ("--data", photos, "--factor", factor, "--spec", "tutorial")
    assert expand("albumentations", *told, "--out", tmp_path / "a") == 0
    assert expand("expand", *told, "--out", tmp_path / "b") == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(contents(tmp_path / "a")) == round(factor * 15)


def test_generated_images_have_no_source(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = ("--data", photos, "--factor", 2, "--without-originals", "--out", out)
    assert expand("gaussian", *told) == 0
    written = lines(out)
    assert {(line["origin"], line["source_image"]) for line in written} == {("generated", "")}
    assert Counter(line["label"] for line in written) == CLASSES
    assert sorted(file.name for file in (out / "c").iterdir()) == [
        "generated-000001.png",
        "generated-000002.png",
    ]


def test_a_chain_generates_then_augments(photos: Path, tmp_path: Path) -> None:
    for name, policy in (("a", "gaussian"), ("b", "gaussian + albumentations(spec='flip')")):
        assert expand(policy, "--data", photos, "--out", tmp_path / name) == 0
    plain, flipped = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert plain.keys() == flipped.keys()
    turned = 0
    for path in plain:
        one, other = pixels(tmp_path / "a" / path), pixels(tmp_path / "b" / path)
        assert np.array_equal(one, other) or np.array_equal(one[:, ::-1], other)
        turned += not np.array_equal(one, other)
        assert "generated" in path or np.array_equal(one, other)
    assert 0 < turned < 15


@pytest.mark.parametrize(
    "asked", [["gan(steps=4)"], ["gan(steps=4)", "--balance"], ["gan(steps=4) + expand"]]
)
def test_a_refused_pool_writes_nothing_whatever_else_would_be_new(
    photos: Path, tmp_path: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert expand(*asked, "--data", photos, "--out", tmp_path / "out") == 5
    assert "no class has enough images" in capsys.readouterr().err
    assert not contents(tmp_path / "out") and not (tmp_path / "out/manifest.csv").exists()


def test_balance_without_a_factor_brings_every_class_up(photos: Path, tmp_path: Path) -> None:
    for policy in ("albumentations", "gaussian", "expand"):
        out = tmp_path / policy
        assert expand(policy, "--balance", "--data", photos, "--out", out) == 0
        assert Counter(line["label"] for line in lines(out)) == {"a": 9, "b": 9, "c": 9}
    assert contents(tmp_path / "albumentations") == contents(tmp_path / "expand")


def test_nothing_is_written_over_without_being_asked(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    told = ("--data", photos, "--out", out)
    assert expand("albumentations", *told) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert [file.name for file in out.iterdir()] == ["mine.txt"]
    assert expand("albumentations", "--factor", 3, *told, "--overwrite") == 0
    assert expand("albumentations", "--factor", 3, *told) == 2
    assert "already" in capsys.readouterr().err
    assert expand("gaussian", *told, "--overwrite") == 0
    assert {line["path"] for line in lines(out)} == set(contents(out))  # none of the earlier ones
    assert (out / "mine.txt").read_text() == "mine"


def test_it_goes_on_after_a_kill_and_keeps_whole_files(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ("albumentations", "--data", photos, "--factor", 3)
    assert expand(*told, "--out", tmp_path / "whole") == 0
    out, original, count = tmp_path / "killed", expansion.write_whole, Counter[str]()

    def write(path: Path, content: bytes) -> None:
        count[path.suffix] += 1
        if count[".png"] == 20:
            (path.parent / ".cut.part").write_bytes(content[:40])
            raise KeyboardInterrupt
        original(path, content)

    monkeypatch.setattr(expansion, "write_whole", write)
    assert expand(*told, "--out", out, "--jobs", 1) == 130
    monkeypatch.undo()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert 15 <= len(before) < 45 and not (out / "manifest.csv").exists()
    assert expand(*told, "--out", out) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert contents(out) == contents(tmp_path / "whole")
    assert lines(out) == lines(tmp_path / "whole")
    assert not list(out.rglob("*.part"))


def test_a_factor_that_would_fill_the_disk_is_refused_with_its_size(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    assert expand("repeat", "--data", photos, "--factor", 1, "--out", tmp_path / "first") == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000_000))
    assert expand("gaussian", "--data", photos, "--factor", 1000, "--out", out) == 2
    assert "needs 0.1 GB" in capsys.readouterr().err
    assert not out.exists()


def test_a_pool_that_is_refused_writes_nothing_and_says_why(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "refusing.py").write_text(
        "from augbench.policies.base import Policy\n\n\n"
        "class Refusing(Policy):\n"
        "    def __init__(self, factor: float = 2, insist: bool = False):\n"
        "        self.insist = insist\n\n"
        "    def enlarge(self, train, context):\n"
        "        if not self.insist:\n"
        "            context.note('labels right in 48 % only')\n"
        "            return train\n"
        "        return train.followed_by(train.images[:3], train.labels[:3], 'generated')\n"
    )
    monkeypatch.chdir(tmp_path)
    told = ("refusing:Refusing", "--data", photos, "--out", "out")
    assert expand(*told) == 5
    assert "labels right in 48 % only" in capsys.readouterr().err
    assert not Path("out").exists()
    assert expand(*told, "--insist") == 0
    assert Counter(line["origin"] for line in lines(Path("out"))) == {"real": 15, "generated": 3}


def test_a_policy_that_enlarges_by_itself_takes_no_factor(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "doubling.py").write_text(
        "import numpy as np\n"
        "from augbench.policies.base import Policy\n\n\n"
        "class Doubling(Policy):\n"
        "    def enlarge(self, train, context):\n"
        "        rows = np.arange(len(train))\n"
        "        images = 255 - train.images[rows]\n"
        "        return train.followed_by(images, train.labels, 'augmented', rows)\n"
    )
    monkeypatch.chdir(tmp_path)
    told = ("doubling:Doubling", "--data", photos, "--out", "out")
    assert expand(*told, "--factor", 3) == 2
    assert "no option factor" in capsys.readouterr().err
    assert expand(*told) == 0
    for line in lines(Path("out")):
        inverted = 255 * (line["origin"] == "augmented")
        shown = pixels(Path("out") / line["path"]).astype(int)
        np.testing.assert_array_equal(
            np.abs(inverted - shown), pixels(photos / line["source_image"])
        )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mixup"], "mixes labels"),
        (["none"], "no new images"),
        (["albumentations", "--factor", 0.5], "a number from 1 to 1,000, not 0.5"),
        (["albumentations", "--format", "gif"], "png or jpeg"),
        (["albumentations", "--factor", 1, "--without-originals"], "nothing to write"),
        (["gaussian + repeat", "--factor", 3], "give each its own"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_file(
    photos: Path,
    tmp_path: Path,
    arguments: list[Any],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert expand(*arguments, "--data", photos, "--out", out) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.strip().splitlines()) == 1
    assert not out.exists()


def test_the_output_never_becomes_part_of_the_data(photos: Path) -> None:
    assert expand("albumentations", "--data", photos, "--out", photos / "train" / "d") == 2
    assert sorted(path.name for path in (photos / "train").iterdir()) == list(CLASSES)


def test_jpeg_files_are_close_to_the_pixels(clothing: Path, tmp_path: Path) -> None:
    told = ("repeat", "--data", clothing, "--image-size", "40x32", "--train-size", 20)
    assert expand(*told, "--out", tmp_path / "p") == 0
    assert expand(*told, "--format", "jpeg", "--out", tmp_path / "j") == 0
    for line in lines(tmp_path / "j"):
        lossless = pixels((tmp_path / "p" / line["path"]).with_suffix(".png")).astype(float)
        assert lossless.shape == (40, 32, 3)
        assert np.abs(pixels(tmp_path / "j" / line["path"]) - lossless).mean() < 4


def test_json_says_what_was_written(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert expand("repeat", "--data", photos, "--out", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["real_images"] == said["new_images"] == 15
    assert said["classes"] == {name: 2 * count for name, count in CLASSES.items()}


def held_out(out: Path) -> list[dict[str, str]]:
    with (out / "held_out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_json_has_the_notes_and_what_was_held_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "train").rename(photos / "Training")
    assert expand("repeat", "--data", photos, "--out", tmp_path / "out", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert any("'Training' as train" in note for note in said["notes"])
    assert said["held_out"] == {"validation": 3, "test": 3}


def test_what_is_not_trained_on_is_listed_and_never_written(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert expand("repeat", "--data", photos / "train", "--out", out) == 0
    trained = {line["source_image"] for line in lines(out)}
    kept = held_out(out)
    assert {line["split"] for line in kept} == {"validation", "test"}
    assert not trained & {line["path"] for line in kept}
    assert len(trained) + len(kept) == 15
    assert all(line["path"].startswith(f"{line['label']}/") for line in kept)


def test_splits_writes_all_parts_and_compare_reads_them_back(photos: Path, tmp_path: Path) -> None:
    from augbench.bench.data import load

    out = tmp_path / "out"
    told = ("--data", photos, "--factor", 3, "--splits")
    assert expand("albumentations", *told, "--out", out) == 0
    whole = lines(out)
    assert {line["path"] for line in whole} == set(contents(out))
    assert Counter(line["path"].split("/")[0] for line in whole) == {
        "train": 45, "validation": 3, "test": 3,
    }  # fmt: skip
    for line in whole:
        if not line["path"].startswith("train/"):
            assert (line["origin"], line["policy"]) == ("real", "none")
            np.testing.assert_array_equal(
                pixels(out / line["path"]), pixels(photos / line["source_image"])
            )
    dataset = load(str(out))
    assert np.bincount(dataset.split).tolist() == [45, 3, 3]
    assert {line["path"] for line in held_out(out)} == {
        line["source_image"] for line in whole if not line["path"].startswith("train/")
    }
    assert expand("albumentations", *told, "--out", out) == 2
    assert expand("repeat", "--data", photos, "--out", out, "--overwrite") == 0
    assert {line["path"] for line in lines(out)} == set(contents(out))


def test_nothing_is_written_or_deleted_through_a_link(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, told = tmp_path / "out", ("--data", photos, "--out", tmp_path / "out")
    assert expand("repeat", *told) == 0
    theirs = tmp_path / "theirs"
    shutil.copytree(out / "a", theirs)
    before = {path.name: path.read_bytes() for path in theirs.iterdir()}
    first = next(path.name for path in (out / "b").iterdir())
    (out / "other").symlink_to(theirs)  # a folder of no class, with files that are named as ours
    (out / "b" / first).unlink()
    (out / "b" / first).symlink_to(theirs / min(before))
    (out / "manifest.csv").unlink()
    (out / "manifest.csv").symlink_to(theirs / max(before))
    assert expand("albumentations", *told, "--overwrite") == 0
    assert not (out / "b" / first).is_symlink() and not (out / "manifest.csv").is_symlink()
    shutil.rmtree(out / "a")
    (out / "a").symlink_to(theirs)
    for policy in ("albumentations", "repeat"):
        assert expand(policy, *told, "--overwrite") == 2
        assert "'a' is a link" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in theirs.iterdir()} == before
