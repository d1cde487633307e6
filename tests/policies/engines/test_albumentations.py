"""Does the albumentations engine make ImageDataGenerator's pixels, to one grey level?"""

from __future__ import annotations

import random
import tomllib
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines import stock as pipelines
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.keras import KerasEngine, image_data_generator
from augbench.policies.engines.pixels import apply_rows
from augbench.policies.engines.rows import rows_of, sampling_of
from augbench.policies.random import stream
from augbench.policies.spec.draws import draw
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.spec.types import FILL_MODES
from packaging.requirements import Requirement

from augbench.errors import InputError, Refusal
from tests.policies.pictures import EXACT, LARGEST, SHARE, batch_of, difference, pictures
from tests.source import REPOSITORY

GEOMETRY: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 20,
    "zoom_range": 0.3,
    "horizontal_flip": True,
    "vertical_flip": True,
}
COLOUR = (40, 56, 3)
GREY = (36, 36, 1)


def both(words: dict[str, Any], images: np.ndarray) -> tuple[int, float]:
    spec, batch = AugmentationSpec(**words), batch_of(images)
    keras = KerasEngine(spec).change(batch).images
    assert difference(keras, images)[1] > 0.1  # something happened at all
    return difference(keras, AlbumentationsEngine(spec).change(batch).images)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_every_fill_mode_gives_the_pixels_of_keras_on_photos(
    clothing: Path, fill_mode: str
) -> None:
    images = pictures(clothing, 60, COLOUR)
    level = {"cval": 77} if fill_mode.endswith("constant") else {}
    largest, share = both({**GEOMETRY, "fill_mode": fill_mode, **level}, images)
    assert largest <= LARGEST
    assert share < SHARE


@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "wrap"])
@pytest.mark.parametrize("shape", [GREY, (36, 24, 1)])
def test_grey_drawings_square_or_not_give_the_pixels_of_keras(
    letters: Path, shape: tuple[int, int, int], fill_mode: str
) -> None:
    largest, share = both({**GEOMETRY, "fill_mode": fill_mode}, pictures(letters, 60, shape))
    assert largest <= LARGEST
    assert share < SHARE


def test_channel_shift_rounds_once_at_the_end(clothing: Path) -> None:
    words = {**GEOMETRY, "channel_shift_range": 60}
    largest, share = both(words, pictures(clothing, 60, COLOUR))
    assert largest <= LARGEST
    assert share < SHARE


@pytest.mark.skipif(not EXACT, reason="magnifies the steps of OpenCV before 5, too")
@pytest.mark.parametrize("shape", [COLOUR, (40, 40, 3)])
def test_brightness_magnifies_a_last_bit_to_the_factor_at_most(
    clothing: Path, shape: tuple[int, int, int]
) -> None:
    words = {**GEOMETRY, "channel_shift_range": 20, "brightness_range": [0.4, 2.6]}
    images = pictures(clothing, 80, shape)
    spec, batch = AugmentationSpec(**words), batch_of(images)
    engine = AlbumentationsEngine(spec)
    apart = np.abs(KerasEngine(spec).change(batch).images.astype(int) - engine.change(batch).images)
    bound = np.ceil(engine._table(batch)[0].brightness[:80])
    assert (apart.max(axis=(1, 2, 3)) <= np.maximum(bound, 1)).all()
    assert (apart > 0).mean() < 1e-4


@pytest.mark.parametrize("order", [0, 2, 3])
def test_splines_of_another_order_are_scipys(clothing: Path, order: int) -> None:
    words = {**GEOMETRY, "interpolation_order": order, "fill_mode": "reflect"}
    largest, share = both(words, pictures(clothing, 30, COLOUR))
    assert largest <= LARGEST
    assert share < SHARE


def test_splines_with_levels_follow_keras_beyond_the_range(clothing: Path) -> None:
    words = {"rotation_range": 30, "interpolation_order": 3, "brightness_range": [0.8, 1.2]}
    largest, share = both(words, pictures(clothing, 30, COLOUR))
    assert largest <= 2
    assert share < 1e-2


@pytest.mark.parametrize("channels", [2, 4, 5])
def test_any_number_of_channels_gives_the_pixels_of_keras(clothing: Path, channels: int) -> None:
    photos = pictures(clothing, 30, COLOUR)
    images = np.ascontiguousarray(np.concatenate([photos, photos[::-1]], axis=3)[..., :channels])
    largest, share = both(GEOMETRY, images)
    assert largest <= LARGEST
    assert share < SHARE


@pytest.mark.parametrize("shape", [COLOUR, (40, 40, 3)])
def test_the_quirks_repeat_a_real_run_of_keras(clothing: Path, shape: tuple[int, int, int]) -> None:
    spec = AugmentationSpec(**GEOMETRY, channel_shift_range=20, quirks="keras")
    images = pictures(clothing, 40, shape)
    generator = image_data_generator(spec)
    np.random.seed(4)
    rows, real = [], []
    for image in images:
        state = np.random.get_state()
        rows.append(generator.get_random_transform(shape))
        np.random.set_state(state)
        real.append(generator.random_transform(image.astype(np.float32)))
    names = ["theta", "tx", "ty", "shear", "zx", "zy", "flip_horizontal", "flip_vertical"]
    names += ["channel_shift_intensity"]
    columns = [np.array([float(row[name]) for row in rows]) for name in names]
    columns[6:8] = [column.astype(bool) for column in columns[6:8]]
    of_draws = [*("theta", "shift_x", "shift_y", "shear", "zx", "zy"), *names[6:8], "channel_shift"]
    nothing = draw(AugmentationSpec(), 0, 0, len(rows), shape[:2])
    drawn = replace(nothing, **dict(zip(of_draws, columns, strict=True)))
    made = apply_rows(images, rows_of(drawn, spec, shape[:2]), sampling_of(spec))
    keras = np.clip(np.rint(np.stack(real)), 0, 255).astype(np.uint8)
    largest, share = difference(keras, made)
    assert largest <= LARGEST
    assert share < SHARE


def test_the_quirks_show_only_where_images_are_not_square(clothing: Path) -> None:
    words = {"rotation_range": 40, "zoom_range": 0.2}
    for shape, same in (((40, 40, 3), True), (COLOUR, False)):
        batch = batch_of(pictures(clothing, 10, shape))
        documented = AlbumentationsEngine(words).change(batch).images
        quirky = AlbumentationsEngine(words, quirks="keras").change(batch).images
        assert np.array_equal(documented, quirky) == same


def test_a_batch_does_not_change_the_images_it_was_given(clothing: Path) -> None:
    images = pictures(clothing, 8, COLOUR)
    before = images.copy()
    for words in (GEOMETRY, {}, {"horizontal_flip": True}, {"brightness_range": [0.9, 1.1]}):
        changed = AlbumentationsEngine(words).change(batch_of(images)).images
        assert not np.shares_memory(changed, images)
        np.testing.assert_array_equal(images, before)


def test_a_row_is_changed_the_same_way_in_any_batch_and_order(clothing: Path) -> None:
    images = pictures(clothing, 50, COLOUR)
    whole = AlbumentationsEngine(GEOMETRY).change(batch_of(images))
    order = np.random.default_rng(0).permutation(50)[:17]
    part = batch_of(images).replace(images=images[order], rows=order, step=9)
    for engine in (AlbumentationsEngine(GEOMETRY), KerasEngine(GEOMETRY)):
        assert difference(engine.change(part).images, whole.images[order])[0] <= LARGEST


@pytest.mark.parametrize("draws", ["matched", "native"])
def test_threads_get_what_one_thread_gets(clothing: Path, draws: str) -> None:
    images = pictures(clothing, 32, COLOUR)
    engine = AlbumentationsEngine(GEOMETRY, draws=draws)
    batches = [batch_of(images, epoch=epoch) for epoch in range(8)]
    alone = [engine.change(batch).images for batch in batches]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda batch: engine.change(batch).images, batches))
    np.testing.assert_array_equal(found, alone)


def test_native_draws_depend_on_seed_epoch_and_row_alone(clothing: Path) -> None:
    images = pictures(clothing, 20, COLOUR)
    engine = AlbumentationsEngine(GEOMETRY, draws="native")
    first = engine.change(batch_of(images)).images
    np.random.seed(1)
    random.seed(1)
    np.testing.assert_array_equal(first, engine.change(batch_of(images)).images)
    part = batch_of(images[5:9], first=5)
    np.testing.assert_array_equal(first[5:9], engine.change(part).images)
    assert difference(first, engine.change(batch_of(images, epoch=1)).images)[1] > 0.1


@pytest.mark.parametrize("shape", [(28, 28, 1), (20, 30, 3)])
def test_native_draws_are_those_of_the_pipeline_as_people_call_it(
    shape: tuple[int, int, int],
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, *shape), dtype=np.uint8)
    spec = AugmentationSpec(**GEOMETRY, brightness_range=(0.5, 1.5))
    engine = AlbumentationsEngine(spec, draws="native")
    for row, changed in enumerate(engine.change(batch_of(images, epoch=2)).images):
        rng = stream(batch_of(images).seed, "pipeline", 0, 2, row)
        compose = pipelines.stock_pipeline(spec, shape[:2])
        compose.set_random_state(rng, random.Random(int(rng.integers(2**63))))
        np.testing.assert_array_equal(changed, compose(image=images[row])["image"])


def test_native_draws_flip_in_all_four_ways_equally_often() -> None:
    corner = np.zeros((400, 8, 8, 1), np.uint8)
    corner[:, 0, 0] = 255
    engine = AlbumentationsEngine({"horizontal_flip": True, "vertical_flip": True}, draws="native")
    made = engine.change(batch_of(corner)).images
    counts = [int((made[:, y, x, 0] == 255).sum()) for y in (0, -1) for x in (0, -1)]
    assert sum(counts) == 400
    assert min(counts) > 65  # 100 expected of each


def test_native_draws_shift_and_brighten_as_far_as_the_spec_says() -> None:
    block = np.zeros((300, 41, 41, 1), np.uint8)
    block[:, 20, 20] = 200
    engine = AlbumentationsEngine({"width_shift_range": 5.0}, draws="native")
    places = engine.change(batch_of(block)).images[:, 20, :, 0].argmax(axis=1) - 20
    assert (places.min(), places.max()) == (-5, 5)
    flat = np.full((300, 8, 8, 1), 100, np.uint8)
    made = AlbumentationsEngine({"brightness_range": [0.5, 1.5]}, draws="native")
    levels = made.change(batch_of(flat)).images[:, 0, 0, 0]
    assert 50 <= levels.min() < 56
    assert 144 < levels.max() <= 150
    assert abs(levels.mean() - 100) < 6


def test_albumentationsx_is_refused_unless_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "distribution", lambda: ("albumentationsx", "2.0.14"))
    engine = AlbumentationsEngine(GEOMETRY)
    with pytest.raises(Refusal, match="AGPL"):
        engine.check(COLOUR, 2)
    monkeypatch.setenv(pipelines.ALLOW_X, "1")
    engine.check(COLOUR, 2)
    monkeypatch.setattr(pipelines, "distribution", lambda: ("", ""))
    with pytest.raises(Refusal, match="albumentations==2"):
        engine.check(COLOUR, 2)


@pytest.mark.parametrize("version", ["1.4.23", "1.4.3", "0.5.2"])
def test_a_release_whose_words_mean_something_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(pipelines, "distribution", lambda: ("albumentations", version))
    with pytest.raises(Refusal, match=rf"{version} is installed.*1\.4\.24 or a later one"):
        AlbumentationsEngine(GEOMETRY).check(COLOUR, 2)


def test_pip_installs_the_releases_that_the_engine_takes() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    every = map(Requirement, project["project"]["dependencies"])
    (wanted,) = [one for one in every if one.name == "albumentations"]
    taken = {pipelines.OLDEST, pipelines.LAST, "2.0.0"}
    assert set(wanted.specifier.filter([*taken, "1.4.23", "2.0.9", "2.1"])) == taken


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": "machted"}, "matched"),
        ({"quirks": "Keras"}, "'keras'"),
        ({"spec": "lihgt"}, "light"),
        ({"spec": {"rotation": 3}}, "rotation_range"),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_be_right(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        AlbumentationsEngine(**options)


def test_nothing_is_warned_of_on_the_way(clothing: Path) -> None:
    images = pictures(clothing, 4, COLOUR)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draws in ("matched", "native"):
            for engine in (AlbumentationsEngine, KerasEngine):
                engine(GEOMETRY, draws=draws).change(batch_of(images))
