"""Does the engine of `keras.ops` make ImageDataGenerator's pixels, whatever is asked of it?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines.keras import KerasEngine
from augbench.policies.engines.keras_ops import KerasOpsEngine
from augbench.policies.spec.types import FILL_MODES

from augbench.errors import Refusal
from tests.policies.pictures import batch_of, difference, pictures

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


def both(words: dict[str, Any], images: np.ndarray) -> tuple[int, float]:
    batch = batch_of(images)
    keras = KerasEngine(words).change(batch).images
    assert difference(keras, images)[1] > 0.1  # something happened at all
    return difference(keras, KerasOpsEngine(words).change(batch).images)


def noise(count: int, shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_every_fill_mode_gives_the_pixels_of_keras_on_photos(
    clothing: Path, fill_mode: str
) -> None:
    level = {"cval": 77} if fill_mode.endswith("constant") else {}
    words = {**GEOMETRY, "fill_mode": fill_mode, **level}
    largest, share = both(words, pictures(clothing, 30, COLOUR))
    assert largest <= 1
    assert share < 1e-3


@pytest.mark.parametrize(
    ("order", "fill_mode"),
    [(0, "reflect"), (2, "mirror"), (3, "nearest"), (3, "constant"), (4, "wrap"), (5, "grid-wrap")],
)
def test_splines_of_another_order_are_scipys(clothing: Path, order: int, fill_mode: str) -> None:
    words = {**GEOMETRY, "interpolation_order": order, "fill_mode": fill_mode}
    largest, share = both(words, pictures(clothing, 20, COLOUR))
    assert largest <= 1
    assert share < 1e-3


@pytest.mark.parametrize(
    ("count", "shape"),
    [
        (24, (36, 24, 1)),  # as many images as columns, which Keras may take for one another
        (20, (20, 32, 2)),
        (1, (36, 36, 1)),
        (9, (9, 1, 3)),
        (9, (1, 9, 5)),
    ],
)
def test_images_of_any_shape_have_the_quirks_of_keras(
    count: int, shape: tuple[int, int, int]
) -> None:
    words = {**GEOMETRY, "fill_mode": "mirror", "channel_shift_range": 40, "quirks": "keras"}
    largest, share = both(words, noise(count, shape))
    assert largest <= 1
    assert share < 1e-3 or share <= 1 / (count * np.prod(shape))


def test_brightness_magnifies_a_last_bit_to_the_factor_at_most(clothing: Path) -> None:
    words = {**GEOMETRY, "channel_shift_range": 20, "brightness_range": [0.4, 2.6]}
    images = pictures(clothing, 40, COLOUR)
    batch, engine = batch_of(images), KerasOpsEngine(words)
    keras = KerasEngine(words).change(batch).images
    apart = np.abs(keras.astype(int) - engine.change(batch).images)
    bound = np.ceil(engine._table(batch)[0].brightness[:40])
    assert (apart.max(axis=(1, 2, 3)) <= np.maximum(bound, 1)).all()
    assert (apart > 0).mean() < 1e-3


@pytest.mark.parametrize(
    "words",
    [
        {"fill_mode": "constant", "cval": 77},
        {"fill_mode": "wrap"},
        {"fill_mode": "mirror", "interpolation_order": 0},
        {"fill_mode": "grid-mirror", "interpolation_order": 0},
        {"fill_mode": "wrap", "interpolation_order": 0, "vertical_flip": True},
    ],
    ids=str,
)
def test_whole_and_half_shifts_cut_and_round_where_scipy_does(words: dict[str, Any]) -> None:
    # 0.07 of 100 px is 7 and a last bit, which decides whether a column is seen or cut
    shifts = {"width_shift_range": [0.07, 0.145, 0.29], "height_shift_range": [4, 7.5, 30]}
    batch = batch_of(noise(24, (100, 100, 1)))
    keras, ops = (engine({**shifts, **words}) for engine in (KerasEngine, KerasOpsEngine))
    np.testing.assert_array_equal(keras.change(batch).images, ops.change(batch).images)


def test_flips_with_brightness_are_exact_whatever_the_order() -> None:
    words = {"horizontal_flip": True, "brightness_range": [0.5, 1.5], "interpolation_order": 3}
    batch = batch_of(noise(20, (20, 32, 3)))
    made = KerasOpsEngine(words).change(batch).images
    np.testing.assert_array_equal(made, KerasEngine(words).change(batch).images)


def test_a_picture_of_thousands_of_pixels_is_read_as_exactly_as_a_small_one() -> None:
    largest, share = both({"rotation_range": 2, "zoom_range": 0.3}, noise(3, (4, 4000, 1)))
    assert largest <= 1
    assert share < 1e-3


def test_the_bits_are_the_same_again_in_threads_and_after_other_shapes(clothing: Path) -> None:
    engine = KerasOpsEngine({**GEOMETRY, "fill_mode": "reflect", "brightness_range": [0.8, 1.2]})
    images = pictures(clothing, 16, (24, 30, 3))
    before = images.copy()
    batches = [batch_of(images, epoch=epoch) for epoch in range(6)]
    alone = [engine.change(batch).images for batch in batches]
    engine.change(batch_of(images[:5]))
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda batch: engine.change(batch).images, batches))
    np.testing.assert_array_equal(found, alone)
    assert difference(alone[0], alone[1])[1] > 0.1
    np.testing.assert_array_equal(images, before)
    part = engine.change(batch_of(images[5:10], first=5)).images
    assert difference(part, alone[0][5:10])[0] <= 1
    assert alone[0].flags.writeable and alone[0].dtype == np.uint8


@pytest.mark.parametrize(
    ("words", "draws", "said"),
    [
        ({}, "native", "has no native draws"),
        (
            {"rotation_range": 5, "interpolation_order": 3, "brightness_range": [0.5, 1]},
            "matched",
            "brightness_range with interpolation_order=3.*engines that can: keras, albumentations$",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(words: dict[str, Any], draws: Any, said: str) -> None:
    with pytest.raises(Refusal, match=f"keras-ops.*{said}"):
        KerasOpsEngine(words, draws=draws).check(COLOUR, 2)
