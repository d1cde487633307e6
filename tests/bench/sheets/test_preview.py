"""Does a preview show what the policies really do, also in a notebook and as a file?"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import Parts, block
from augbench.bench.options.settings import settings
from augbench.bench.run.experiment import Experiment, prepare
from augbench.bench.sheets.preview import preview
from augbench.bench.sheets.sheet import Band, Row, Sheet
from augbench.policies.base import Batch
from augbench.policies.expression import parse
from augbench.policies.registry import build
from PIL import Image

from augbench.errors import InputError


def experiment(*policies: str, **options: Any) -> Experiment:
    asked = {"policies": policies, "seeds": 1, "train_size": 60, "spec": "tutorial"} | options
    return prepare(settings(asked))


def band(sheet: Sheet, title: str) -> Band:
    return next(band for band in sheet.bands if band.title == title)


def stacked(row: Row) -> np.ndarray:
    return np.stack([panel.image for panel in row.panels if panel.image is not None])


def test_the_sheet_shows_what_training_sees_in_its_first_epochs() -> None:
    asked = experiment("albumentations", first_seed=3)
    sheet = preview(asked, images=5, draws=2)
    rows = block(asked.dataset, 3, Parts(train_size=60)).train
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
        assert [panel.caption for panel in row.panels] == policy.describe(batch)
        assert all(re.search(r"turn [+-]\d", panel.caption) for panel in row.panels)


def test_only_the_policies_that_were_named_are_shown() -> None:
    titles = [band.title for band in preview(experiment("mixup"), 2, 1).bands]
    assert titles == ["original", "mixup"]
    shown = preview(experiment("mixup", "none"), 2, 1)
    assert [band.title for band in shown.bands] == ["original", "mixup", "none"]
    assert shown.bands[2].note and not shown.bands[2].rows


def test_a_policy_that_became_another_before_the_first_trial_is_shown_as_it_was_typed() -> None:
    shown = preview(experiment("auto"), 2, 1)
    assert [band.title for band in shown.bands] == ["original", "auto"]
    plain = preview(experiment("albumentations"), 2, 1)
    np.testing.assert_array_equal(stacked(shown.bands[1].rows[0]), stacked(plain.bands[1].rows[0]))


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


def test_a_preview_shows_itself_in_a_notebook_and_is_saved_as_it_is_shown(tmp_path: Path) -> None:
    shown = preview(experiment("albumentations"), 3, 2)
    content = shown._repr_png_()
    assert Image.open(io.BytesIO(content)).width > 3 * 96
    assert shown.save(tmp_path / "new" / "sheet.png").read_bytes() == content
    assert "albumentations" in repr(shown) and len(repr(shown)) < 300
    assert shown.save(tmp_path / "sheet.html").read_text(encoding="utf-8").startswith("<!doctype")
    with pytest.raises(InputError, match=r"\.png or \.html"):
        shown.save(tmp_path / "sheet.gif")
