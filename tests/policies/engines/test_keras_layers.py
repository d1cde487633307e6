"""What do Keras' preprocessing layers make of a spec, and which specs do they refuse?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.keras import KerasEngine
from augbench.policies.engines.keras_layers import KerasLayersEngine
from augbench.policies.spec.presets import PRESETS, preset

from augbench.errors import Refusal
from tests.policies.pictures import batch_of, difference, pictures

SINGLE: list[dict[str, Any]] = [
    {"rotation_range": 60},
    {"width_shift_range": 0.3},
    {"height_shift_range": [2.5, 6]},
    {"zoom_range": [0.6, 1.5]},
    {"horizontal_flip": True, "vertical_flip": True},
]
CHAIN: dict[str, Any] = {
    "rotation_range": 20,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": 0.2,
    "horizontal_flip": True,
}
BOTH = (KerasEngine, KerasLayersEngine)


@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "grid-mirror", "grid-constant"])
@pytest.mark.parametrize("words", SINGLE, ids=str)
def test_a_single_geometric_word_gives_the_pixels_of_keras(
    clothing: Path, words: dict[str, Any], fill_mode: str
) -> None:
    batch = batch_of(pictures(clothing, 40, (40, 56, 3)))
    words = {**words, "fill_mode": fill_mode}
    keras = KerasEngine(words).change(batch).images
    largest, share = difference(keras, KerasLayersEngine(words).change(batch).images)
    assert largest <= 1
    assert share < 1e-3


def test_a_chain_moves_as_keras_does_and_blurs(clothing: Path) -> None:
    smooth = pictures(clothing, 40, (9, 13, 1)).repeat(4, axis=1).repeat(4, axis=2)
    grid = np.linspace(0, 1, 52)[None, None, :, None] + np.linspace(0, 1, 36)[None, :, None, None]
    ramp = np.broadcast_to(np.rint(60 + 60 * grid).astype(np.uint8), smooth.shape)
    batch = batch_of(np.ascontiguousarray(ramp))  # a blur leaves a ramp as it is
    inner = (slice(None), slice(14, 22), slice(20, 32))
    keras, layers = (
        engine(CHAIN).change(batch).images for engine in (KerasEngine, KerasLayersEngine)
    )
    assert difference(keras[inner], layers[inner])[0] <= 1
    photos = batch_of(pictures(clothing, 40, (36, 52, 3)))
    keras, layers = (
        engine(CHAIN).change(photos).images for engine in (KerasEngine, KerasLayersEngine)
    )
    edges = [np.abs(np.diff(made.astype(float), axis=2)).mean() for made in (keras, layers)]
    assert edges[1] < 0.97 * edges[0]


def test_the_quirks_move_rows_by_the_width_in_square_images(clothing: Path) -> None:
    batch = batch_of(pictures(clothing, 20, (40, 40, 3)))
    words = {"width_shift_range": 0.3, "quirks": "keras"}
    keras = KerasEngine(words).change(batch).images
    assert difference(keras, KerasLayersEngine(words).change(batch).images)[0] <= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"shear_range": 5}, "shear_range.*corner"),
        ({"brightness_range": [0.5, 1.5]}, "brightness_range.*adds"),
        ({"channel_shift_range": 5}, "channel_shift_range.*clips"),
        ({"rotation_range": 5, "fill_mode": "mirror"}, "mirror"),
        ({"rotation_range": 5, "fill_mode": "constant"}, "'constant'.*grid-constant"),
        ({"rotation_range": 5, "fill_mode": "wrap"}, "wrap"),
        ({"rotation_range": 5, "interpolation_order": 3}, "interpolation_order=3"),
        ({"rotation_range": 5, "quirks": "keras"}, "not square"),
    ],
)
def test_what_the_layers_cannot_do_is_refused_with_the_engines_that_can(
    words: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refusal, match=f"keras-layers.*{said}.*can: keras, albumentations") as told:
        KerasLayersEngine(words).check((40, 56, 3), 2)
    assert "\n" not in str(told.value)


def test_what_does_not_matter_is_not_refused() -> None:
    flips = {"horizontal_flip": True, "fill_mode": "mirror", "interpolation_order": 3}
    KerasLayersEngine(flips).check((40, 56, 3), 2)
    KerasLayersEngine({"width_shift_range": 0.1, "quirks": "keras"}).check((40, 56, 3), 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"zoom_range": [1.0, 2.5]}, "zoom_range.*up to 2"),
        ({"width_shift_range": 80.0}, "width_shift_range.*whole side"),
        ({"shear_range": 60}, "shear_range.*45"),
        ({"rotation_range": 5, "fill_mode": "mirror"}, "mirror"),
        ({"brightness_range": [0.5, 1.5]}, "brightness_range"),
    ],
)
def test_native_draws_refuse_what_no_factor_can_say(words: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=f"{said}.*albumentations\\(draws='native'\\)"):
        KerasLayersEngine(words, draws="native").check((40, 56, 3), 2)


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("draws", ["matched", "native"])
def test_every_preset_is_applied_or_refused(name: str, draws: str, clothing: Path) -> None:
    engine = KerasLayersEngine(preset(name), draws=draws)
    batch = batch_of(pictures(clothing, 3, (24, 24, 3)))
    try:
        engine.check((24, 24, 3), 2)
    except Refusal:
        assert preset(name).brightness_range or preset(name).shear_range
        return
    made = engine.change(batch).images
    assert made.dtype == np.uint8
    assert made.shape == batch.images.shape


@pytest.mark.parametrize("draws", ["matched", "native"])
def test_a_batch_is_changed_the_same_way_again_and_in_threads(clothing: Path, draws: str) -> None:
    engine = KerasLayersEngine(CHAIN, draws=draws)
    images = pictures(clothing, 16, (24, 30, 3))
    batches = [batch_of(images, epoch=epoch) for epoch in range(6)]
    alone = [engine.change(batch).images for batch in batches]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda batch: engine.change(batch).images, batches))
    np.testing.assert_array_equal(found, alone)
    assert difference(alone[0], alone[1])[1] > 0.1
    other = KerasLayersEngine(CHAIN, draws=draws).change(batches[0]).images
    np.testing.assert_array_equal(other, alone[0])


def test_native_flips_throw_a_coin_each() -> None:
    corner = np.zeros((400, 8, 8, 1), np.uint8)
    corner[:, 0, 0] = 255
    engine = KerasLayersEngine({"horizontal_flip": True, "vertical_flip": True}, draws="native")
    made = engine.change(batch_of(corner)).images
    counts = [int((made[:, y, x, 0] == 255).sum()) for y in (0, -1) for x in (0, -1)]
    assert sum(counts) == 400
    assert min(counts) > 65  # 100 expected of each


def test_native_shifts_are_two_draws_that_fill_the_range() -> None:
    grid = np.arange(41, dtype=np.uint8)
    across = np.broadcast_to(5 * grid[None, None, :, None], (400, 41, 41, 1))
    down = np.broadcast_to(5 * grid[None, :, None, None], (400, 41, 41, 1))
    engine = KerasLayersEngine({"width_shift_range": 8.0, "height_shift_range": 4.0}, "native")
    batch = batch_of(np.ascontiguousarray(across))
    x = (engine.change(batch).images[:, 20, 20, 0].astype(float) - 100) / 5
    moved = engine.change(batch.replace(images=np.ascontiguousarray(down)))
    y = (moved.images[:, 20, 20, 0].astype(float) - 100) / 5
    assert 7.5 < np.abs(x).max() <= 8.1
    assert 3.7 < np.abs(y).max() <= 4.1
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.25
    assert abs(x.mean()) < 1


def test_native_turns_and_zooms_fill_the_range_of_the_spec(clothing: Path) -> None:
    bar = np.zeros((200, 61, 61, 1), np.uint8)
    bar[:, 29:32, 5:56] = 255
    engine = KerasLayersEngine({"rotation_range": 30, "fill_mode": "grid-constant"}, "native")
    made = engine.change(batch_of(bar)).images[..., 0].astype(float)
    x = np.arange(61) - 30.0
    weight = made.sum(axis=(1, 2))
    xx = (made * x[None, None, :] ** 2).sum(axis=(1, 2)) / weight
    xy = (made * x[None, None, :] * x[None, :, None]).sum(axis=(1, 2)) / weight
    yy = (made * x[None, :, None] ** 2).sum(axis=(1, 2)) / weight
    turns = np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy))
    assert 28 < np.abs(turns).max() <= 30.5
    assert abs(turns.mean()) < 4
    zoom = KerasLayersEngine({"zoom_range": [1.0, 2.0], "fill_mode": "grid-constant"}, "native")
    shown = (zoom.change(batch_of(np.full((200, 61, 61, 1), 255, np.uint8))).images > 127)[:, 30]
    widths = 61 / shown.sum(axis=(1, 2))  # above 1 zooms out
    assert 0.95 <= widths.min() < 1.05
    assert 1.9 < widths.max() < 2.1


def test_the_engines_agree_on_what_a_row_gets(clothing: Path) -> None:
    batch = batch_of(pictures(clothing, 4, (24, 30, 3)))
    engines = (KerasEngine, AlbumentationsEngine, KerasLayersEngine)
    assert len({tuple(engine(CHAIN).describe(batch)) for engine in engines}) == 1
