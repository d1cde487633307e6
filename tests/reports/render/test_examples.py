"""Are the pictures of a page those that the trials stored, and never too many of them?"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from augbench.reports.render.examples import examples, mistakes, sheets
from augbench.reports.render.pictures import Budget, EmbeddedPicture
from augbench.reports.run.reader import load
from augbench.reports.run.run import Run
from PIL import Image

from tests.reports.making_runs import make_run


def decoded(picture: EmbeddedPicture) -> np.ndarray:
    data = picture.uri.removeprefix("data:image/png;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def images(count: int, side: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def with_pictures(folder: Path, policy: str, **arrays: np.ndarray) -> Run:
    """A run with these arrays as pictures of a policy's trials, and none of any other's."""
    make_run(folder, {policy: 0.0}, seeds=1, n_test=40, pictures=False)
    run = load(folder)
    for trial in run.done(policy):
        np.savez(trial.folder / "pictures.npz", **arrays)  # type: ignore[arg-type]
    return run


def test_the_examples_are_the_stored_images_with_what_was_drawn(tmp_path: Path) -> None:
    originals, augmented = images(3), np.stack([images(3, seed=1), images(3, seed=2)])
    run = with_pictures(
        tmp_path / "run",
        "flips",
        originals=originals,
        augmented=augmented,
        labels=np.array([2, 0, 1]),
        captions=np.array([["theta=1", "theta=2", "theta=3"], ["a", "b", "c"]]),
    )
    found = examples(run, Budget())
    assert found is not None
    shown = [picture for picture in found.originals if picture]
    assert [picture.caption for picture in shown] == [run.classes[k] for k in (2, 0, 1)]
    assert all(np.array_equal(decoded(p), o) for p, o in zip(shown, originals, strict=True))
    (policy,) = found.policies
    name, first = policy.rows[0]
    assert name == "draw 1"
    assert first[1] is not None
    assert np.array_equal(decoded(first[1]), augmented[0, 1])
    assert first[1].caption == "theta=2"


def test_the_last_row_shows_the_strongest_draw_of_each_image(tmp_path: Path) -> None:
    originals = np.full((2, 8, 8, 3), 100, dtype=np.uint8)
    augmented = np.stack([originals + np.array([9, 1]).reshape(2, 1, 1, 1).astype(np.uint8)] * 3)
    augmented[1, 1] = 250
    run = with_pictures(
        tmp_path / "run", "p", originals=originals, augmented=augmented, labels=np.array([0, 1])
    )
    found = examples(run, Budget())
    assert found is not None
    name, row = found.policies[0].rows[-1]
    assert name == "strongest of 3"
    assert row[0] is not None and row[1] is not None
    assert (decoded(row[0])[0, 0, 0], decoded(row[1])[0, 0, 0]) == (109, 250)


def test_a_policy_that_changes_nothing_is_not_shown_twice(tmp_path: Path) -> None:
    originals = images(2)
    run = with_pictures(
        tmp_path / "run", "p", originals=originals, augmented=originals[None], labels=np.zeros(2)
    )
    assert examples(run, Budget()) is None


def test_mistakes_of_the_classes_that_a_policy_confuses_come_first(tmp_path: Path) -> None:
    run = with_pictures(
        tmp_path / "run",
        "turns",
        misclassified=images(4),
        misclassified_true=np.array([0, 1, 2, 1]),
        misclassified_predicted=np.array([1, 0, 3, 2]),
    )
    confusion = pd.DataFrame(
        {"policy": ["turns"], "true_class": [run.classes[2]], "predicted_class": [run.classes[3]]}
    )
    (found,) = mistakes(run, confusion, Budget())
    assert found.policy == "turns"
    assert found.pictures[0].caption == f"{run.classes[2]} → {run.classes[3]}"
    assert np.array_equal(decoded(found.pictures[0]), images(4)[2])
    assert len(found.pictures) == 4


def test_added_images_are_laid_out_in_rows(tmp_path: Path) -> None:
    added = images(10, side=8)
    run = with_pictures(tmp_path / "run", "gan", added=added, added_labels=np.arange(10) % 4)
    ((policy, sheet),) = sheets(run, Budget())
    pixels = decoded(sheet)
    assert policy == "gan"
    assert pixels.shape == (16, 64, 3)
    assert np.array_equal(pixels[8:, 8:16], added[9])
    assert np.all(pixels[8:, 16:] == 255)


def test_a_sheet_of_its_own_takes_the_place_of_added_images(tmp_path: Path) -> None:
    run = with_pictures(tmp_path / "run", "gan", sheet_pool=images(1, 32)[0], added=images(4))
    ((_, sheet),) = sheets(run, Budget())
    assert sheet.caption == "pool of gan, seed 0"
    assert np.array_equal(decoded(sheet), images(1, 32)[0])


def test_a_file_of_pictures_that_cannot_be_read_costs_a_warning_not_the_report(
    tmp_path: Path,
) -> None:
    run = with_pictures(tmp_path / "run", "p", originals=images(2))
    for trial in run.done("p"):
        (trial.folder / "pictures.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.warns(UserWarning, match="cannot be read"):
        assert examples(run, Budget()) is None
