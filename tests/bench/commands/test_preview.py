"""Does `augbench preview` show what the policies really do, in every form, all names as text?"""

from __future__ import annotations

import csv
import io
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.cli import main
from augbench.bench.data import block
from augbench.bench.run.experiment import Experiment, prepare
from augbench.bench.run.settings import settings
from augbench.bench.sheets import rendering as sheets
from augbench.bench.sheets.preview import preview
from augbench.bench.sheets.rendering import Band, Cell, Row, Sheet
from augbench.policies.base import Batch
from augbench.policies.expression import parse
from augbench.policies.registry import build
from PIL import Image

SCRIPT = "<script>alert(1)</script>"


def experiment(*policies: str, **options: Any) -> Experiment:
    asked = {"policies": policies, "seeds": 1, "train_size": 60, "spec": "tutorial"} | options
    return prepare(settings(asked))


def run(*arguments: Any) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["preview", *map(str, arguments)])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def band(sheet: Sheet, title: str) -> Band:
    return next(band for band in sheet.bands if band.title == title)


def stacked(row: Row) -> np.ndarray:
    return np.stack([cell.image for cell in row.cells if cell.image is not None])


def test_the_sheet_shows_what_training_sees_in_its_first_epochs() -> None:
    asked = experiment("albumentations", first_seed=3)
    sheet = preview(asked, images=5, draws=2)
    rows = block(asked.dataset, 3, 60).train
    numbers = [asked.dataset.paths[row] for row in rows]
    here = np.array([numbers.index(name) for name in sheet.names])
    originals = asked.dataset.images[rows[here]]
    np.testing.assert_array_equal(stacked(band(sheet, "original").rows[0]), originals)
    policy = build(parse("albumentations"), "tutorial")
    shown = band(sheet, "albumentations").rows
    assert len(shown) == 2
    for epoch, row in enumerate(shown):
        batch = Batch(originals, np.ones((5, 10), np.float32), here, 3, epoch, 0)
        np.testing.assert_array_equal(stacked(row), policy.change(batch).images)
        assert [cell.caption for cell in row.cells] == policy.describe(batch)
        assert all(re.search(r"turn [+-]\d", cell.caption) for cell in row.cells)


def test_only_the_policies_that_were_named_are_shown() -> None:
    titles = [band.title for band in preview(experiment("mixup"), 2, 1).bands]
    assert titles == ["original", "mixup"]
    shown = preview(experiment("mixup", "none"), 2, 1)
    assert [band.title for band in shown.bands] == ["original", "mixup", "none"]
    assert shown.bands[2].note and not shown.bands[2].rows


def test_stored_copies_stand_below_their_source_and_generated_ones_below_their_class() -> None:
    asked = experiment("repeat(factor=3)", "gaussian(factor=3)", "gaussian + repeat(factor=2)")
    sheet = preview(asked, images=10, draws=2)
    originals = stacked(sheet.bands[0].rows[0])
    for row in band(sheet, "repeat(factor=3)").rows:
        np.testing.assert_array_equal(stacked(row), originals)
    generated = band(sheet, "gaussian(factor=3)").rows
    assert len(generated) == 2
    images = asked.dataset.images.astype(float)
    means = np.stack([images[asked.dataset.labels == k].mean(0) for k in range(10)])
    hits = 0
    for row in generated:
        apart = ((stacked(row)[:, None] - means) ** 2).mean((2, 3, 4))
        hits += int((apart.argmin(1) == np.array(sheet.columns, int)).sum())
    assert hits >= 14  # of 20, where chance gives 2
    assert len(np.unique(np.concatenate([stacked(row) for row in generated]), axis=0)) == 20


def test_the_strongest_are_the_ends_of_each_word() -> None:
    sheet = preview(experiment("keras", spec="flip"), 3, 1, strongest=True)
    (row,) = band(sheet, "keras").rows
    np.testing.assert_array_equal(stacked(row), stacked(sheet.bands[0].rows[0])[:, :, ::-1])
    sheet = preview(experiment("albumentations"), 3, 1, strongest=True)
    labels = [row.label for row in band(sheet, "albumentations").rows]
    assert "rotation_range: turn -20.0°" in labels and "rotation_range: turn +20.0°" in labels


def test_without_known_ranges_the_strongest_draws_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fading.py").write_text(
        "from augbench.policies.base import Policy\n\n\n"
        "class Fading(Policy):\n"
        "    def change(self, batch):\n"
        "        return batch.replace(images=batch.images // (1 + batch.epoch % 4))\n"
    )
    monkeypatch.chdir(tmp_path)
    sheet = preview(experiment("fading:Fading"), 3, 2, strongest=True)
    originals = stacked(sheet.bands[0].rows[0])
    for row in band(sheet, "fading:Fading").rows:
        np.testing.assert_array_equal(stacked(row), originals // 4)


def sheet_of(images: list[np.ndarray], name: str = "a") -> Sheet:
    row = Row("epoch 1", tuple(Cell(image, name) for image in images))
    columns = tuple(name for _ in images)
    return Sheet(name, name, columns, columns, (Band(name, name, (row,)),))


@pytest.mark.parametrize("shape", [(16, 16, 1), (40, 64, 3), (128, 97, 3)])
def test_the_png_holds_every_image_by_whole_factors(shape: tuple[int, ...]) -> None:
    import cv2

    rng = np.random.default_rng(0)
    images = list(rng.integers(0, 256, (3, *shape), np.uint8))
    picture = np.asarray(Image.open(io.BytesIO(sheets.to_png(sheet_of(images)))))
    factor = max(1, round(128 / max(shape[:2])))
    left = []
    for image in images:
        colour = np.broadcast_to(image, (*shape[:2], 3)).repeat(factor, 0).repeat(factor, 1)
        differences = cv2.matchTemplate(picture, np.ascontiguousarray(colour), cv2.TM_SQDIFF)
        lowest, _, (x, y), _ = cv2.minMaxLoc(differences)
        there = picture[y : y + colour.shape[0], x : x + colour.shape[1]]
        assert np.array_equal(there, colour), lowest
        left.append(x)
    assert left[0] < left[1] < left[2] and len(set(np.diff(left))) == 1


def test_large_images_are_shrunk_and_long_names_stay_on_the_sheet() -> None:
    image = np.zeros((600, 900, 3), np.uint8)
    content = sheets.to_png(sheet_of([image, image], "字 " + "long" * 200))
    picture = Image.open(io.BytesIO(content))
    assert picture.width < 800 and picture.height < 900
    border = np.asarray(picture)[:, -20:]
    assert (border == 255).all()


class Page(HTMLParser):
    """Collects the elements, the images and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.alternatives: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        if tag == "img":
            self.sources.append(given["src"] or "")
            self.alternatives.append(given["alt"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_names_stay_text_in_html_and_nothing_is_requested(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with (tmp_path / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        for number in range(20):
            name = f"{number}<img src=x onerror=alert(1)>.png"
            Image.fromarray(rng.integers(0, 256, (12, 12), np.uint8)).save(tmp_path / name)
            rows.writerow([name, SCRIPT if number % 2 else "b"])
    out = tmp_path / "sheet.html"
    policy = f"{SCRIPT}=albumentations"
    assert run(policy, "--data", tmp_path / "list.csv", "--images", 4, "--out", out) == 0
    page = Page(out.read_text(encoding="utf-8"))
    assert "script" not in page.tags and page.tags.count("img") == 4 + 3 * 4
    assert page.text.count(SCRIPT) >= 3  # a class twice, and the policy
    assert any(SCRIPT in said for said in page.alternatives)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not re.search(r"(src|href)=\"?(https?:|//)", out.read_text(encoding="utf-8"))


def test_html_shows_pixels_and_values_as_the_sheet_has_them() -> None:
    import base64

    sheet = preview(experiment("albumentations"), 3, 1)
    page = Page(sheets.to_html(sheet))
    content = base64.b64decode(page.sources[-1].partition(",")[2])
    last = sheet.bands[-1].rows[-1].cells[-1]
    assert last.image is not None
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), last.image[:, :, 0])
    assert last.caption in page.text


def test_half_blocks_hold_two_pixels_each() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 20, 3), np.uint8)
    text = sheets.to_terminal(sheet_of([image], "plain"), 20)
    found = re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀", text)
    assert len(found) == 200
    colours = np.array(found, int).reshape(10, 20, 2, 3).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(colours.reshape(20, 20, 3), image)


def test_lines_fit_into_the_terminal_and_names_cannot_steer_it() -> None:
    images = [np.zeros((10, 10, 1), np.uint8)] * 12
    text = sheets.to_terminal(sheet_of(images, "\x1b[2Jname" * 9), 50)
    assert "\x1b[2J" not in text and "5 of 12" in text
    bare = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(len(line) for line in bare.splitlines()[3:] if "▀" in line) <= 50


def test_the_command_writes_a_png_and_tells_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("albumentations", "trivialaugment", "--train-size", 40, "--images", 2, "--draws", 1)
    assert run(*told) == 0
    assert capsys.readouterr().out.strip() == "preview.png"
    assert Image.open("preview.png").format == "PNG"


def test_the_terminal_is_used_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("albumentations", "--train-size", 40, "--images", 2, "--terminal", "--quiet")
    assert run(*told) == 2
    assert "not a terminal" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(*told) == 0
    assert "▀" in capsys.readouterr().out
    assert not Path("preview.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "sheet.gif"], ".png or .html"),
        (["albumentatoins"], "did you mean 'albumentations'"),
        (["albumentations(pp=1)"], "has no option 'pp'"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--quiet") == 2
    said = capsys.readouterr().err
    assert words in said and len(said.strip().splitlines()) == 1
